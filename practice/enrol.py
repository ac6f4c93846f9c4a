"""Taking patients in, changing, archiving and restoring them, each noted on the timeline."""

import datetime as dt

from django.db.models import Q

from practice import covering, duplicates, tenancy, timeline
from practice.models import Membership, Patient, PatientEvent

LOOK_ALIKES_SHOWN = 5


def look_alikes(patient: Patient) -> list[Patient]:
    """Other patients, archived ones too, who may be the same person: same name and birth
    date (or no birth date to tell them apart), same e-mail, or same phone together with the
    birth date or, where that does not tell, the first name. Only those the member may see."""
    first_name = Q(first_low=patient.first_name.lower())
    born = Q(birth_date=patient.birth_date) | Q(birth_date__isnull=True)
    may_be_born = born if patient.birth_date else Q()
    same = first_name & Q(last_low=patient.last_name.lower()) & may_be_born
    if patient.email:
        same |= Q(email_low=patient.email.lower())
    if patient.phone:
        same_person = first_name & may_be_born
        if patient.birth_date:
            same_person |= Q(birth_date=patient.birth_date)
        same |= Q(phone=patient.phone) & same_person
    sharing = duplicates.sharing(patient).standing().filter(same).exclude(pk=patient.pk)
    return list(sharing[:LOOK_ALIKES_SHOWN])


def is_known_to_colleagues(patient: Patient, member: Membership) -> bool:
    """Whether somebody of exactly this name and birth date is a patient here whom `member`
    may not see (docs/decisions/013-own-patients.md)."""
    if not patient.birth_date or not covering.is_restricted(member):
        return False
    exactly = {
        "first_low": patient.first_name.lower(),
        "last_low": patient.last_name.lower(),
        "birth_date": patient.birth_date,
    }
    seen = {patient.pk, *duplicates.sharing(patient).filter(**exactly).values_list("pk", flat=True)}
    with tenancy.unit(tenancy.of_practice(patient.practice_id)):
        known = duplicates.sharing(patient).current().filter(**exactly)
        return not seen.issuperset(known.values_list("pk", flat=True))


def practitioners(member: Membership, patient: Patient):
    """Whom `member` may name as the patient's practitioner, and who it is now. None where
    the practice shows practitioners their own patients: who is one cannot give them away."""
    if covering.is_restricted(member):
        return None
    working = Q(is_clinician=True, deactivated_at__isnull=True)
    return (
        Membership.objects.for_practice(member.practice_id)
        .filter(working | Q(pk=patient.practitioner_id))
        .order_by("name")
    )


def assign(
    patients, practitioner: Membership | None, *, by: str, now: dt.datetime
) -> list[Patient]:
    """Makes `patients` those of `practitioner`, or of nobody. Answers whom it changed."""
    changed = list(patients.exclude(practitioner=practitioner).order_by("id").held())
    Patient.objects.filter(pk__in=[patient.pk for patient in changed]).update(
        practitioner=practitioner, updated_at=now
    )
    for patient in changed:
        detail = practitioner.name if practitioner else "Nobody"
        _note(patient, "Practitioner changed", by, now, detail=detail)
    return changed


def add(patient: Patient, *, by: str, now: dt.datetime) -> None:
    patient.save()
    _note(patient, "Added to the practice", by, now)


def change(patient: Patient, fields: list[str], *, by: str, now: dt.datetime) -> None:
    """`fields` are the labels of what changed; the values stay off the timeline."""
    patient.save()
    if fields:
        _note(patient, "Details changed", by, now, detail=", ".join(fields))


def archive(patient: Patient, *, by: str, now: dt.datetime) -> bool:
    """False where the patient was archived already."""
    if patient.archived_at:
        return False
    patient.archive(now)
    _note(patient, "Archived", by, now)
    return True


def restore(patient: Patient, *, by: str, now: dt.datetime) -> bool:
    """False where the patient was not archived."""
    if not patient.archived_at:
        return False
    patient.restore()
    _note(patient, "Restored from the archive", by, now)
    return True


def _note(patient, text, by, now, detail=""):
    timeline.note(
        patient,
        PatientEvent.Kind.PATIENT,
        text,
        source=f"patient:{patient.pk}:{text}:{now.isoformat()}",
        happened_at=now,
        by=by,
        detail=detail,
    )
