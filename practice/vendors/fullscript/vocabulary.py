"""Fullscript's closed lists of words (Fullscript reference 2.1, 5.4, 5.8, 6.6).

Written: only what is listed. Read: anything.
"""

from __future__ import annotations

from decimal import Decimal

from practice.vendors import meanings
from practice.vendors.contract import Slot, Term, Vocabulary

# The whole list the reference knows. `1-2` is read, never written: a dose here is one number.
AMOUNTS = {Decimal(1): "1", Decimal("0.5"): "1/2"}

FREQUENCIES = {
    1: "once per day",
    2: "twice per day",
    3: "three times per day",
    4: "four times per day",
}
EVERY_MORNING = "every morning"

AS_NEEDED = "as needed"
ONGOING = "ongoing"
FOOD = "food"

TIMES = {
    Slot.WAKING: "upon waking",
    Slot.BREAKFAST: "morning",
    Slot.MID_MORNING: "morning",
    Slot.MIDDAY: "afternoon",
    Slot.AFTERNOON: "afternoon",
    Slot.EVENING: "evening",
    Slot.BEDTIME: "bedtime",
}
# Slots whose time of day is rounded above: their own words are written out as well.
ROUNDED = frozenset({Slot.MID_MORNING, Slot.MIDDAY})

SLOTS = {
    "upon waking": Slot.WAKING,
    "morning": Slot.BREAKFAST,
    "afternoon": Slot.AFTERNOON,
    "evening": Slot.EVENING,
    "bedtime": Slot.BEDTIME,
}

FORMATS = frozenset(
    {
        *("capsule", "chewable", "drops", "gel", "liquid", "lozenge"),
        *("packet", "pellet", "powder", "strip", "suppository", "tablet"),
    }
)
# Singular forms and how they are listed. What is not here is left out, not guessed.
FORMS = {**{name: name for name in FORMATS}, "drop": "drops"}

# What staff may open more words of (5.4); times that are not rounded have their one word.
VOCABULARIES = (
    Vocabulary(
        Term.TIME,
        "time of day",
        {word: meanings.at(slot) for word, slot in SLOTS.items()},
        meanings.a_time_alone,
    ),
    Vocabulary(
        Term.AMOUNT,
        "amount",
        {word: str(quantity) for quantity, word in AMOUNTS.items()},
        meanings.an_amount,
    ),
    Vocabulary(
        Term.FREQUENCY,
        "frequency",
        {word: str(times) for times, word in FREQUENCIES.items()},
        meanings.a_whole,
        read={EVERY_MORNING: "1"},
    ),
    Vocabulary(
        Term.FORM,
        "form",
        {word: form for form, word in sorted(FORMS.items()) if form != "drops"},
        meanings.a_form,
    ),
)

# As REST takes them; Embed has other words.
GENDERS = frozenset({"female", "male", "x"})

# Reference 9: the plain link for a plan takes no dependent; the gateway's and the frame do.
DEPENDENTS = (
    "Plans for a dependent go by the API, in Fullscript's frame, or by a link that lets you "
    "choose them there; Fullscript's plain link for a new plan takes no dependents."
)

STATES = {"draft": "draft", "active": "active", "cancelled": "cancelled", "canceled": "cancelled"}

IN_STOCK = {"in stock": True, "out of stock": False, "backordered": False, "discontinued": False}
ENDED = frozenset({"discontinued"})

# What an order's line is, by `type` or `lab_type` (6.6).
LINE_KINDS = {"supplement": "supplement", "lab": "labs", "labs": "labs"}

# A laboratory order's state, in REST's words and in the webhook's (10).
LAB_STATES = {
    "not_purchased": "not_purchased",
    "purchased": "purchased",
    "schedule_appointment": "to_book",
    "upcoming_appointment": "booked",
    "processing": "processing",
    "partial_results": "partial",
    "results_ready": "ready",
    "results_amended": "amended",
    "interpretation_ready": "to_interpret",
    "interpretation_shared": "shared",
    "results_received": "partial",
    "all_results_received": "ready",
}

# Where laboratories are to be had at all (1).
LAB_ENVIRONMENTS = frozenset({"us", "us-snd"})

EVENT_CATEGORIES = (
    "patients",
    "treatment_plans",
    "orders",
    "products",
    "lab_orders",
)

# What a token must carry for each operation. Documented for webhooks only; the rest is the
# narrowest reading of the scope table.
SCOPES = {
    "account": frozenset({"clinic:read"}),
    "products": frozenset({"catalog:read"}),
    "variant": frozenset({"catalog:read"}),
    "product": frozenset({"catalog:read"}),
    "search_patients": frozenset({"patients:read"}),
    "patient": frozenset({"patients:read"}),
    "patients_by_our_id": frozenset({"patients:read"}),
    "metadata": frozenset({"patients:read"}),
    "patients": frozenset({"patients:read"}),
    "dependents": frozenset({"patients:read"}),
    "addresses": frozenset({"patients:read"}),
    "create_patient": frozenset({"patients:write"}),
    "change_patient": frozenset({"patients:write"}),
    "leave_our_id": frozenset({"patients:write"}),
    "create_plan": frozenset({"clinic:write", "patients:read"}),
    "cancel_plan": frozenset({"clinic:write", "patients:read"}),
    "find_plan": frozenset({"patients:read"}),
    "plan": frozenset({"patients:read", "patients:treatment_plan_history"}),
    "plans_of_patient": frozenset({"patients:read", "patients:treatment_plan_history"}),
    "protocols": frozenset({"clinic:read"}),
    "protocol": frozenset({"clinic:read"}),
    "hand_over": frozenset({"clinic:write", "patients:write"}),
    "plan_link": frozenset({"clinic:write", "patients:write"}),
    "edit_link": frozenset({"clinic:write"}),
    "order": frozenset({"patients:order_history"}),
    "orders": frozenset({"patients:order_history"}),
    "orders_of_patient": frozenset({"patients:order_history"}),
    "lab_orders": frozenset({"patients:order_history"}),
    "lab_order": frozenset({"patients:order_history"}),
    "lab_test": frozenset({"catalog:read"}),
    "events_patients": frozenset({"patients:read"}),
    "events_treatment_plans": frozenset({"patients:treatment_plan_history"}),
    "events_orders": frozenset({"patients:order_history"}),
    "events_products": frozenset({"catalog:read"}),
    "events_lab_orders": frozenset({"patients:order_history"}),
    "practitioners": frozenset({"clinic:read"}),
    "open_checkout": frozenset({"clinic:write", "patients:read"}),
    "webhooks": frozenset(
        {
            "catalog:read",
            "patients:read",
            "patients:treatment_plan_history",
            "patients:order_history",
        }
    ),
}

NEEDED_SCOPES = frozenset().union(*SCOPES.values())

# What a scope lets us do, after "Regimen may not …".
SCOPE_WORDS = {
    "catalog:read": "read its products",
    "clinic:read": "read your clinic and its practitioners",
    "clinic:write": "act for you as a practitioner there",
    "patients:read": "read your patients and the plans made by Regimen",
    "patients:write": "create and update patients",
    "patients:treatment_plan_history": "read plans made in Fullscript itself",
    "patients:order_history": "read what your patients ordered",
}

# Operations on endpoints that the vendor opens on request only, and the right they belong to
# (5: marked restricted). A 403 there is meant for our application, not for one person.
RESTRICTED = {
    "products": "products",
    "similar_products": "products",
    "search_products": "products",
    "create_plan": "plans",
    "activate_plan": "plans",
    "lab_tests": "labs",
    # Open to everybody as documented, but for the United States only and where a clinic registered
    # for laboratories: a refusal is the staff's to know, and stops nobody else.
    "lab_orders": "lab_orders",
    "lab_order": "lab_orders",
}

# What an environment is called, and whether it is for trying out only (1).
ENVIRONMENTS = {
    "us-snd": ("United States", True),
    "ca-snd": ("Canada", True),
    "us": ("United States", False),
    "ca": ("Canada", False),
}


def missing_scopes(operation: str, held: frozenset[str]) -> frozenset[str]:
    """The scopes `operation` needs and a token with `held` lacks. Upgrading a token means
    authorizing again. An operation that is not listed needs none that we know of."""
    return SCOPES.get(operation, frozenset()) - {scope.lower() for scope in held}
