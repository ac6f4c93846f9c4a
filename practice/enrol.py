"""Taking patients in, changing, archiving and restoring them, each noted on the timeline."""

import datetime as dt

from django.db.models import Q
from django.db.models.functions import Lower

from practice import covering, duplicates, tenancy, timeline
from practice.models import Membership, Patient, PatientEvent

LOOK_ALIKES_SHOWN = 5
KNOWN_TO_COLLEAGUES = (
    "Someone with this name and birth date is known to the practice. Ask an owner before you "
    "add a second record."
)


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


def exactly(patient: Patient) -> tuple:
    """What must all agree before a colleague's patient is spoken of."""
    return (patient.first_name.lower(), patient.last_name.lower(), patient.birth_date)


def known_to_colleagues(member: Membership, **where) -> set[tuple]:
    """Exactly whom the practice has as patients whom `member` may not see
    (docs/decisions/013-own-patients.md). Empty for who sees all."""
    if not covering.is_restricted(member):
        return set()
    current = Patient.objects.for_practice(member.practice_id).current()
    asked = (
        current.annotate(first_low=Lower("first_name"), last_low=Lower("last_name"))
        .filter(birth_date__isnull=False, **where)
        .values_list("pk", "first_low", "last_low", "birth_date")
    )
    seen = {row[0] for row in asked}
    with tenancy.unit(tenancy.of_practice(member.practice_id)):
        return {tuple(who) for pk, *who in asked.all() if pk not in seen}


def is_known_to_colleagues(patient: Patient, member: Membership) -> bool:
    """Whether somebody of exactly this name and birth date is a patient here whom `member`
    may not see."""
    first, last, born = exactly(patient)
    if not born:
        return False
    return bool(known_to_colleagues(member, first_low=first, last_low=last, birth_date=born))


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
