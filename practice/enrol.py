"""Taking patients in, changing, archiving and restoring them, each noted on the timeline."""

import datetime as dt

from django.db.models import Q

from practice import timeline
from practice.models import Patient, PatientEvent

LOOK_ALIKES_SHOWN = 5


def look_alikes(patient: Patient) -> list[Patient]:
    """Other patients, archived ones too, who may be the same person: same name and birth
    date (or no birth date to tell them apart), or same e-mail."""
    same_name = Q(first_name__iexact=patient.first_name, last_name__iexact=patient.last_name)
    if patient.birth_date:
        same_name &= Q(birth_date=patient.birth_date) | Q(birth_date__isnull=True)
    same = same_name
    if patient.email:
        same |= Q(email__iexact=patient.email)
    others = Patient.objects.for_practice(patient.practice_id).filter(same).exclude(pk=patient.pk)
    return list(others[:LOOK_ALIKES_SHOWN])


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
