"""Changing members' places. A practice always keeps an owner who can sign in: each change of
places in one practice waits for the one before it. Works inside a unit."""

from __future__ import annotations

import datetime as dt

from practice import access
from practice.models import Membership, Practice
from practice.roles import Role


class LastOwner(Exception):
    """Without this member nobody could manage the practice."""

    def __init__(self):
        super().__init__("This is the practice's last owner. Make somebody else an owner first.")


def change(member: Membership) -> None:
    """Saves the name, role and clinician's mark of `member`. Raises LastOwner."""
    if member.role != Role.OWNER:
        keep_an_owner(member)
    member.save(update_fields=["name", "role", "is_clinician"])


def deactivate(member: Membership, *, now: dt.datetime) -> bool:
    """Takes the access of `member` away and ends all their sessions, also of other practices:
    one that went on would have access again when it is given back. False where they have no
    access already. Raises LastOwner."""
    keep_an_owner(member)
    mine = Membership.objects.filter(pk=member.pk, deactivated_at__isnull=True)
    member.deactivated_at = now
    if not mine.update(deactivated_at=now):
        return False
    access.end_sessions(member.user)
    return True


def reactivate(member: Membership) -> None:
    member.deactivated_at = None
    member.save(update_fields=["deactivated_at"])


def keep_an_owner(member: Membership) -> None:
    """Raises LastOwner where nobody else is an owner who may sign in. Holds the practice's row,
    so that two owners cannot each rely on the other."""
    Practice.objects.select_for_update(no_key=True).get(pk=member.practice_id)
    owners = Membership.objects.for_practice(member.practice_id).filter(
        role=Role.OWNER, deactivated_at__isnull=True, user__is_active=True
    )
    held = set(owners.values_list("pk", flat=True))
    if held == {member.pk}:
        raise LastOwner
