"""Ending every connection of a practice at once, at the vendors and here.

Workers do it, one connection after the other (`practice/errands.py`); what became of each
stands in its row.
"""

from __future__ import annotations

from dataclasses import dataclass

from practice.models import Connection, Practice

State = Connection.State


@dataclass(frozen=True)
class Standing:
    """How far it is. `unconfirmed` were forgotten here, and the vendor could not be told."""

    rows: list[Connection]
    held: int
    waiting: int
    unconfirmed: list[Connection]


def standing(practice: Practice) -> Standing:
    """Two of a practice's queries at most, in its unit."""
    rows = list(
        Connection.objects.for_practice(practice)
        .exclude(state=State.PENDING)
        .select_related("membership")
        .order_by("membership__name", "vendor")
    )
    return Standing(
        rows,
        held=sum(bool(row.access_token) for row in rows),
        waiting=sum(is_waiting(row) for row in rows),
        unconfirmed=[row for row in rows if row.state == State.DISCONNECTED and row.last_error],
    )


def is_waiting(connection: Connection) -> bool:
    return connection.errand == Connection.Errand.REVOKE


def everyone(practice: Practice) -> list[Connection]:
    """Asks for the end of all that hold tokens, before anything else that was asked of them.
    Those that are asked for already are left alone."""
    rows = list(
        Connection.objects.for_practice(practice)
        .exclude(access_token="")
        .exclude(errand=Connection.Errand.REVOKE)
        .select_for_update()
        .order_by("pk")
    )
    Connection.objects.filter(pk__in=[row.pk for row in rows]).update(
        errand=Connection.Errand.REVOKE, errand_until=None, errand_outcome="", errand_done_at=None
    )
    return rows
