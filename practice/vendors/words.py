"""Doses in plain English, for the text fields of vendors that have no word of their own."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from practice.vendors.contract import Dose, PlanLine, Slot

SLOTS = {
    Slot.WAKING: "on waking",
    Slot.BREAKFAST: "at breakfast",
    Slot.MID_MORNING: "mid-morning",
    Slot.MIDDAY: "at midday",
    Slot.AFTERNOON: "in the afternoon",
    Slot.EVENING: "in the evening",
    Slot.BEDTIME: "at bedtime",
    Slot.AS_NEEDED: "as needed",
}

FOOD = {True: "with food", False: "without food", None: ""}


def amount(quantity: Decimal) -> str:
    """`2`, `1.5`, `0.25`: never an exponent, never a trailing zero."""
    written = f"{quantity:f}"
    return written.rstrip("0").rstrip(".") if "." in written else written


def doses(found: Sequence[Dose], unit: str = "") -> str:
    """`Take 1 at breakfast with food and 2 at bedtime.`; '' when there are none. With a
    `unit` (a form, singular or plural): `Take 2 softgels at bedtime.`"""
    parts = [
        " ".join(
            filter(None, (counted(dose.quantity, unit), SLOTS[dose.slot], FOOD[dose.with_food]))
        )
        for dose in found
    ]
    return f"Take {listed(parts)}." if parts else ""


def counted(quantity: Decimal, unit: str) -> str:
    """`1 softgel`, `0.5 tablet`, `2 softgels`; the bare number without a unit."""
    one = singular(unit)
    many = f"{one[:-1]}ies" if one.endswith("y") else f"{one}s"
    return f"{amount(quantity)} {one if quantity <= 1 else many}" if one else amount(quantity)


def singular(unit: str) -> str:
    """`Softgels` as `softgel`."""
    word = unit.strip().lower()
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def duration(line: PlanLine) -> str:
    """`Use for 14 days.`; '' for a line without an end."""
    if line.duration_days is None:
        return ""
    return f"Use for {line.duration_days} day{'' if line.duration_days == 1 else 's'}."


def listed(parts: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))


def sentences(*parts: str) -> str:
    """The non-empty parts, each trimmed, in one line of text."""
    return " ".join(part.strip() for part in parts if part.strip())
