"""Who may do what: the one table that views, templates and tests share."""

import enum
import functools

from django.core.exceptions import PermissionDenied
from django.db import models


class Role(models.TextChoices):
    OWNER = "owner", "Owner"
    PRACTITIONER = "practitioner", "Practitioner"
    ASSISTANT = "assistant", "Assistant"
    READ_ONLY = "read_only", "Read only"


class May(enum.Enum):
    """What the table answers for one role."""

    YES = "yes"
    NO = "no"
    CLINICIAN = "if they are a clinician"
    SETTING = "where the practice says so"


YES, NO, CLINICIAN, SETTING = May

# action                  owner      practitioner assistant read-only
TABLE = {
    "see":                  (YES,       YES,      YES,      YES),
    "edit_patients":        (YES,       YES,      YES,      NO),
    "draft_plans":          (YES,       YES,      YES,      NO),
    "sign_plans":           (CLINICIAN, YES,      NO,       NO),
    "connect_own_account":  (CLINICIAN, YES,      NO,       NO),
    "book_deliveries":      (YES,       YES,      YES,      NO),
    "import_patients":      (YES,       YES,      YES,      NO),
    "see_wholesale_prices": (YES,       YES,      SETTING,  NO),
    "arrange_cover":        (YES,       YES,      NO,       NO),
    "edit_formulary":       (YES,       YES,      NO,       NO),
    "manage_members":       (YES,       NO,       NO,       NO),
    "manage_practice":      (YES,       NO,       NO,       NO),
    "manage_courier":       (YES,       NO,       NO,       NO),
    "manage_hosts":         (YES,       NO,       NO,       NO),
    "see_audit":            (YES,       NO,       NO,       NO),
}  # fmt: skip

# The practice's setting that a SETTING above asks.
SETTINGS = {"see_wholesale_prices": "assistants_see_wholesale"}

# Whom a practice that restricts its patients shows only their own, and those they cover for.
RESTRICTED = frozenset({Role.PRACTITIONER})


def answer(role: str, action: str) -> May:
    """The table's own word. Raises KeyError for an action it does not have."""
    return TABLE[action][list(Role).index(Role(role))]


def roles_of(action: str) -> frozenset[Role]:
    """The roles of which some members may do `action`."""
    return frozenset(role for role in Role if answer(role, action) is not NO)


def may(membership, action: str) -> bool:
    said = answer(membership.role, action)
    if said is CLINICIAN:
        return membership.is_clinician
    if said is SETTING:
        return getattr(membership.practice, SETTINGS[action])
    return said is YES


def allow(action: str):
    """A view decorator: members whom the table lets do `action`; others get a 403 that says why."""
    if action not in TABLE:
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
