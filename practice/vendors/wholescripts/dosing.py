"""WholeScripts' dosing text (WholeScripts reference 8.6): `1-AM|2-PM`.

What cannot be read as numbers stays text, word for word; only what the writing grammar
allows is ever written.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from practice.vendors.contract import Dose, Slot

# Times as they are printed (8.5): Slot and what they say of food.
READABLE = {
    "AM": (Slot.BREAKFAST, None),
    "PM": (Slot.EVENING, None),
    "Bedtime without food": (Slot.BEDTIME, False),
    "AM with food": (Slot.BREAKFAST, True),
    "PM with food": (Slot.EVENING, True),
}
WRITABLE = {Slot.BREAKFAST: "AM", Slot.EVENING: "PM"}

# Nine digits are more than any dose; the grammar itself has no limit.
_SEGMENT = re.compile(r" *([1-9][0-9]{0,8})-([^|\x00-\x1f\x7f-\x9f]+)")


def segments(text: str | None) -> tuple[tuple[int, str], ...] | None:
    """(quantity, slot) pairs; () for no dosing; None for text that must stay text."""
    if not (text or "").strip(" "):
        return ()
    found = []
    for part in text.split("|"):
        match = _SEGMENT.fullmatch(part)
        slot = match[2].strip(" ") if match else ""
        if not slot or slot in (other for _, other in found):
            return None
        found.append((int(match[1]), slot))
    return tuple(found)


def doses(text: str | None) -> tuple[Dose, ...] | None:
    """`text` as doses; None when it, or a slot in it, has no meaning of ours."""
    found = segments(text)
    if found is None or not all(slot in READABLE for _, slot in found):
        return None
    return tuple(
        Dose(READABLE[slot][0], Decimal(quantity), READABLE[slot][1]) for quantity, slot in found
    )


def write(found: Sequence[Dose]) -> str | None:
    """`found` in the writing grammar, in the order of the day; None when it does not fit.

    What a dose says of food is not carried: it has no place here.
    """
    slots = [dose.slot for dose in found]
    if len(set(slots)) != len(slots) or not all(slot in WRITABLE for slot in slots):
        return None
    if not all(dose.quantity == int(dose.quantity) >= 1 for dose in found):
        return None
    ordered = sorted(found, key=lambda dose: list(WRITABLE).index(dose.slot))
    return "|".join(f"{int(dose.quantity)}-{WRITABLE[dose.slot]}" for dose in ordered)
