"""Notes on a patient's timeline."""

import datetime as dt

from practice.models import Patient, PatientEvent


def note(
    patient: Patient,
    kind: str,
    text: str,
    *,
    source: str,
    happened_at: dt.datetime,
    by: str = "",
    detail: str = "",
    view_name: str = "",
    object_id: int | None = None,
) -> None:
    """Adds one line. `source` names what it came from ("sending:7:sent"); a second note of
    the same source changes nothing. `view_name` and `object_id` lead to the page behind it."""
    PatientEvent.objects.bulk_create(
        [
            PatientEvent(
                practice_id=patient.practice_id,
                patient=patient,
                kind=kind,
                text=text,
                detail=detail,
                happened_at=happened_at,
                by=by,
                view_name=view_name,
                object_id=object_id,
                source=source,
            )
        ],
        ignore_conflicts=True,
    )
