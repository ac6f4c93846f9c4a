"""Noting in the audit trail what pages show and people do. Changes of rows note themselves.

Append-only: an entry is added in the caller's unit, with the declared actor.
"""

from practice import tenancy
from practice.models import AuditEntry

Action = AuditEntry.Action


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
    actor = tenancy.actor()
    AuditEntry.objects.bulk_create(
        [
            AuditEntry(
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
        ]
    )


def seen(request, row=None, *, patient_id: int | None = None, kind: str = "", **detail) -> None:
    """Notes that the member was shown `row`, or the page `kind`. A fragment of a page that
    was noted already is not noted again."""
    if request.htmx:
        return
    shown(request, Action.VIEWED, row, patient_id=patient_id, kind=kind, **detail)


def shown(
    request, action: str, row=None, *, patient_id: int | None = None, kind: str = "", **detail
) -> None:
    """Notes `action` (printed, exported, searched …) of `row` or of the page `kind`."""
    note(
        action,
        practice_id=request.practice.pk,
        kind=kind or row._meta.label_lower,
        object_id=row.pk if row is not None else None,
        patient_id=patient_id,
        **detail,
    )
