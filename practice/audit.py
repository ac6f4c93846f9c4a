"""Noting in the audit trail what pages show and people do. Changes of rows note themselves.

Append-only: an entry is added in the caller's unit, with the declared actor. A page calls
`seen` for what is about one patient, `listed` for a list of patients and `searched` for a
search among them; `shown` takes any other word: printed, exported, launched, looked.
"""

import functools
import logging
from collections.abc import Iterable

from django.core.cache import cache
from django.db import transaction
from redis.exceptions import RedisError

from practice import tenancy
from practice.models import AuditEntry, Practice

Action = AuditEntry.Action
log = logging.getLogger("regimen.audit")

# Seconds for which the parts of a page that was noted are no event of their own.
SAME_PAGE = 60 * 60


def note(
    action: str,
    *,
    practice_id: int | None,
    kind: str,
    object_id: int | None = None,
    patient_id: int | None = None,
    **detail,
) -> None:
    """Adds one entry. `kind` is a model's label or the name of a page; `detail` holds plain
    values that say more, never a secret."""
    entry = _entry(action, practice_id, kind, object_id, detail, patient_id)
    AuditEntry.objects.bulk_create([entry])


def did(rows, deed: str) -> None:
    """Notes that the operator's staff did `deed` to each of `rows`, whatever came of it."""
    AuditEntry.objects.bulk_create(
        [
            _entry(
                Action.LOOKED,
                row.pk if isinstance(row, Practice) else getattr(row, "practice_id", None),
                row._meta.label_lower,
                row.pk,
                {"deed": deed},
            )
            for row in rows
        ],
        batch_size=1000,
    )


def _entry(action, practice_id, kind, object_id, detail, patient_id=None) -> AuditEntry:
    actor = tenancy.actor()
    return AuditEntry(
        practice_id=practice_id,
        action=action,
        kind=kind,
        object_id=object_id,
        patient_id=patient_id,
        user_id=actor.user_id,
        who=actor.who[:150],
        via=actor.via[:80],
        request_id=actor.request_id[:64],
        address=actor.address[:45],
        reason=actor.reason[:300],
        detail=detail,
    )


def seen(request, row, *, patient_id: int | None, kind: str = "", **detail) -> None:
    """Notes that the member was shown `row`, as its own page or as the page `kind`. A part
    that htmx fetches is noted only where its page was not, within the last hour."""
    kind = kind or row._meta.label_lower
    if _is_new(request, f"{kind}:{row.pk}"):
        shown(request, Action.VIEWED, row, patient_id=patient_id, kind=kind, **detail)


def listed(request, kind: str, patient_ids: Iterable[int | None]) -> None:
    """Notes that the page `kind` showed something of each of these patients; nothing where
    there are none."""
    patients = _distinct(patient_ids)
    if patients:
        shown(request, Action.VIEWED, kind=kind, patients=patients)


def searched(request, kind: str, patient_ids: Iterable[int], found: int) -> None:
    """Notes a search among patients: how many it found and which it showed. The words stay
    out: they may be anybody's name."""
    shown(request, Action.SEARCHED, kind=kind, found=found, patients=_distinct(patient_ids))


def shown(
    request, action: str, row=None, *, patient_id: int | None = None, kind: str = "", **detail
) -> None:
    """Notes `action` (printed, exported, launched …) of `row` or of the page `kind`."""
    note(
        action,
        practice_id=request.practice.pk,
        kind=kind or row._meta.label_lower,
        object_id=row.pk if row is not None else None,
        patient_id=patient_id,
        **detail,
    )


def _distinct(patient_ids) -> list[int]:
    return sorted({number for number in patient_ids if number is not None})


def _is_new(request, what: str) -> bool:
    """Whether this is a page, or a part of one that this person was not shown lately: who
    asks for parts alone is noted, too. Without a cache everything is new."""
    key = f"seen:{request.practice.pk}:{tenancy.actor().user_id}:{what}"
    try:
        if request.htmx and cache.get(key):
            return False
    except RedisError:
        log.warning("cache_away")
    # Remembered only once the entry is sure to stay.
    transaction.on_commit(functools.partial(cache.set, key, 1, SAME_PAGE), robust=True)
    return True
