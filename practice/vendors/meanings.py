"""How the meaning of a vendor's word is spelt, and made of what a person typed.

`midday`, `breakfast with food`; a number of days, of times or of what is taken; a form in the
singular. What a person typed that is none raises `ValueError` with a sentence for them.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from practice.vendors import words
from practice.vendors.contract import Allowed, Slot, Term

_FOOD = {True: " with food", False: " without food", None: ""}


def at(slot: Slot, with_food: bool | None = None) -> str:
    """A time of day as a meaning: `midday`, `breakfast with food`."""
    return f"{slot.value}{_FOOD[with_food]}"


def time_of(meaning: str) -> tuple[Slot, bool | None] | None:
    """(slot, with food) of a meaning that is a time of day; None for anything else."""
    name, _, food = meaning.partition(" ")
    foods = {"": None, "with food": True, "without food": False}
    return (Slot(name), foods[food]) if name in list(Slot) and food in foods else None


def a_time(text: str) -> str:
    """What a person typed, as a time of day."""
    typed = re.sub(r"mid[ _-]morning", "mid_morning", " ".join(text.lower().split()))
    if time_of(typed) is None or typed.startswith(Slot.AS_NEEDED):
        names = ", ".join(slot.value.replace("_", "-") for slot in Slot if slot != Slot.AS_NEEDED)
        raise ValueError(f"Write one of {names}; behind it “with food” or “without food”.")
    return typed


def a_time_alone(text: str) -> str:
    """What a person typed, as a time of day that says nothing of food."""
    typed = a_time(text)
    if " " in typed:
        raise ValueError("Write the time of day only: food has a field of its own there.")
    return typed


def a_whole(text: str) -> str:
    """What a person typed, as a whole number."""
    digits = text.strip()
    if not re.fullmatch("[1-9][0-9]{0,3}", digits):
        raise ValueError("Write a whole number, at least 1.")
    return digits


def an_amount(text: str) -> str:
    """What a person typed, as how many are taken."""
    try:
        found = Decimal(text.strip())
    except InvalidOperation:
        raise ValueError("Write a number, as in 0.25 or 3.") from None
    if not found.is_finite() or not 0 < found < 1000:
        raise ValueError("Write a number above 0 and below 1000.")
    return words.amount(found)


def a_form(text: str) -> str:
    """What a person typed, as a form in the singular."""
    word = " ".join(text.lower().split())
    if not re.fullmatch("[a-z][a-z -]{1,30}", word):
        raise ValueError("Write the form in the singular, as in softgel.")
    return word


def slots(allowed: Allowed, term: Term) -> tuple[Slot, ...]:
    """The times of day that have an opened word which says nothing of food."""
    return tuple(slot for slot in Slot if allowed.word(term, at(slot)))
