"""Who may do what: the one table that views, templates and tests share."""

import functools

from django.core.exceptions import PermissionDenied
from django.db import models


class Role(models.TextChoices):
    OWNER = "owner", "Owner"
    PRACTITIONER = "practitioner", "Practitioner"
    ASSISTANT = "assistant", "Assistant"
    READ_ONLY = "read_only", "Read only"


ALL = frozenset(Role)
STAFF = frozenset({Role.OWNER, Role.PRACTITIONER, Role.ASSISTANT})

ACTIONS = {
    "see": ALL,
    "edit_patients": STAFF,
    "draft_plans": STAFF,
    "sign_plans": frozenset({Role.OWNER, Role.PRACTITIONER}),
    "connect_own_account": frozenset({Role.OWNER, Role.PRACTITIONER}),
    "book_deliveries": STAFF,
    "see_wholesale_prices": frozenset({Role.OWNER, Role.PRACTITIONER}),
    "manage_practice": frozenset({Role.OWNER}),
}

# An owner signs and connects only as a clinician.
CLINICIANS_ONLY = {"sign_plans", "connect_own_account"}


def may(membership, action: str) -> bool:
    if membership.role not in ACTIONS[action]:
        return False
    return membership.is_clinician or action not in CLINICIANS_ONLY


def allow(action: str):
    """A view decorator: members whose role has `action`; others get a 403 that says why."""
    if action not in ACTIONS:
        raise KeyError(action)

    def decorate(view):
        @functools.wraps(view)
        def checked(request, *args, **kwargs):
            if not may(request.membership, action):
                raise PermissionDenied(
                    f"Your role ({request.membership.get_role_display()}) does not include this. "
                    "Ask an owner of the practice."
                )
            return view(request, *args, **kwargs)

        checked.action = action
        return checked

    return decorate
