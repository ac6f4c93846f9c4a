"""Leaving a practice: access ends, what hangs on the person goes to a colleague, and their
vendor accounts are disconnected.

Other apps add what they know of to `add`. Each kind is handed over in a unit of its own, and
doing it again finds only what is left, so pressing once more finishes what was cut short.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from practice import connect, members, tenancy
from practice.models import Connection, Cover, Invitation, Membership, Patient
from practice.vendors import registry


@dataclass(frozen=True)
class Belonging:
    """One kind of what hangs on a member. `hand_over` gives it to `to`, or ends it where
    nobody takes it, and answers how many there were."""

    one: str
    many: str
    count: Callable[[Membership], int]
    hand_over: Callable[..., int]
    needs_somebody: bool = True
    done: str = "handed over"

    def words(self, count: int) -> str:
        return f"{count} {self.one if count == 1 else self.many}"


@dataclass(frozen=True)
class Left:
    """What leaving did. `missing` are sentences for the owner."""

    did: list[str]
    missing: list[str]


_belongings: list[Belonging] = []


class NeedsSomebody(Exception):
    """Somebody has to take over what the member leaves behind."""

    def __init__(self):
        super().__init__("Choose who takes over what is left.")


def add(belonging: Belonging) -> None:
    _belongings.append(belonging)


def standing(member: Membership) -> list[tuple[Belonging, int]]:
    """What hangs on `member`, in a unit of the practice."""
    return [(belonging, belonging.count(member)) for belonging in _belongings]


def accounts(member: Membership):
    """The vendor accounts that still hold tokens, in a unit of the practice."""
    held = Connection.objects.for_practice(member.practice_id).filter(membership=member)
    return held.filter(
        state__in=[Connection.State.ACTIVE, Connection.State.NEEDS_RECONNECT]
    ).order_by("vendor")


def run(member: Membership, to: Membership | None, *, by: str, now: dt.datetime) -> Left:
    """Lets `member` leave. Runs outside of units: vendors are told between them. Raises
    members.LastOwner and NeedsSomebody, having done nothing."""
    did, missing = [], []
    with tenancy.unit():
        left = standing(member)
        if to is None and any(count and kind.needs_somebody for kind, count in left):
            raise NeedsSomebody
        if members.deactivate(member, now=now):
            did.append(f"{member.name} has no access any more.")
    for kind, _ in left:
        with tenancy.unit():
            count = kind.hand_over(member, to, by=by, now=now)
        if count:
            whom = f" to {to.name}" if kind.needs_somebody else ""
            did.append(f"{kind.words(count)} {kind.done}{whom}.")
    with tenancy.unit():
        held = list(accounts(member))
    for connection in held:
        label = registry.VENDORS[connection.vendor].label
        note = connect.disconnect(connection)
        did.append(f"{label}: disconnected, our tokens are forgotten.")
        if note:
            missing.append(
                f"{label} could not be told. {member.name} can remove Regimen in their "
                f"{label} account."
            )
    return Left(did, missing)


def _hand_patients(member, to, **_) -> int:
    return _patients(member).update(practitioner=to)


def _patients(member):
    return Patient.objects.for_practice(member.practice_id).filter(practitioner=member)


def _end_covers(member, to, *, now, **_) -> int:
    return _covers(member).update(ended_at=now)


def _covers(member):
    covers = Cover.objects.for_practice(member.practice_id).filter(ended_at__isnull=True)
    return covers.filter(absent=member) | covers.filter(by=member)


def _revoke_invitations(member, to, *, now, **_) -> int:
    return _invitations(member).update(revoked_at=now)


def _invitations(member):
    waiting = Invitation.objects.for_practice(member.practice_id).open()
    return waiting.filter(invited_by=member)


def register() -> None:
    add(Belonging("patient", "patients", lambda member: _patients(member).count(), _hand_patients))
    add(
        Belonging(
            "cover",
            "covers",
            lambda member: _covers(member).count(),
            _end_covers,
            needs_somebody=False,
            done="ended",
        )
    )
    add(
        Belonging(
            "invitation",
            "invitations",
            lambda member: _invitations(member).count(),
            _revoke_invitations,
            needs_somebody=False,
            done="taken back",
        )
    )
