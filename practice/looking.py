"""Why somebody of the operator's staff looks at a practice's patients. Asked once for each
practice and half hour, kept in the session, written beside every row that is looked at."""

from __future__ import annotations

import dataclasses
import datetime as dt

from practice import audit, tenancy

LASTS = dt.timedelta(minutes=30)
SESSION_KEY = "staff_looks"


def remember(session, practice_id: int, reason: str, now: dt.datetime) -> None:
    until = (now + LASTS).isoformat()
    session[SESSION_KEY] = {
        **session.get(SESSION_KEY, {}),
        str(practice_id): {"reason": reason, "until": until},
    }


def reason(session, practice_id: int, now: dt.datetime) -> str:
    """The reason that holds now; '' where none was given or it is too long ago."""
    given = session.get(SESSION_KEY, {}).get(str(practice_id))
    if given is None or dt.datetime.fromisoformat(given["until"]) <= now:
        return ""
    return given["reason"]


def note(row, patient_id: int | None, why: str) -> None:
    """Writes down that `row` was looked at, and why."""
    with tenancy.acting(dataclasses.replace(tenancy.actor(), reason=why)):
        audit.note(
            audit.Action.LOOKED,
            practice_id=row.practice_id,
            kind=row._meta.label_lower,
            object_id=row.pk,
            patient_id=patient_id,
        )
