"""Whose patients a member sees: all of the practice's, or their own and those they cover for."""

from django.utils import timezone

from practice import tenancy
from practice.models import Cover, Membership
from practice.roles import RESTRICTED


def is_restricted(membership: Membership) -> bool:
    return membership.practice.restricts_patients and membership.role in RESTRICTED


def covered(membership: Membership):
    """Ids of the memberships that `membership` covers for today, the practice's day, to be
    asked for within another query."""
    today = timezone.localdate(timezone=membership.practice.zone)
    covers = Cover.objects.for_practice(membership.practice_id).filter(by=membership).on(today)
    return covers.order_by().values_list("absent_id", flat=True)


def absent(membership: Membership) -> list[int]:
    return list(covered(membership))


def scope_of(membership: Membership) -> tenancy.Scope:
    """The scope in which `membership` works."""
    of_practice = tenancy.of_practice(membership.practice_id, membership.user_id)
    if not is_restricted(membership):
        return of_practice
    with tenancy.unit(of_practice):
        others = absent(membership)
    return tenancy.of_practice(
        membership.practice_id, membership.user_id, only_of=(membership.pk, *others)
    )
