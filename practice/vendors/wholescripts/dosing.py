"""WholeScripts' dosing text (WholeScripts reference 8.6): `1-AM|2-PM`.

What cannot be read as numbers stays text, word for word; only what the writing grammar
allows is ever written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal

from practice.vendors import meanings
from practice.vendors.contract import NOTHING_MORE, Allowed, Dose, Slot, Term

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


def doses(text: str | None, allowed: Allowed = NOTHING_MORE) -> tuple[Dose, ...] | None:
    """`text` as doses; None when it, or a slot in it, has no meaning of ours."""
    found = segments(text)
    if found is None:
        return None
    times = [time(word, allowed, Term.TIME) for _, word in found]
    if None in times:
        return None
    return tuple(
        Dose(slot, Decimal(quantity), with_food)
        for (quantity, _), (slot, with_food) in zip(found, times, strict=True)
    )


def write(found: Sequence[Dose], allowed: Allowed = NOTHING_MORE) -> str | None:
    """`found` in the writing grammar, in the order of the day; None when it does not fit.

    What a dose says of food is not carried, unless an opened word says it.
    """
    slots = [dose.slot for dose in found]
    words = {dose.slot: word(dose.slot, dose.with_food, allowed)[0] for dose in found}
    if len(set(slots)) != len(slots) or not all(words.values()):
        return None
    if not all(dose.quantity == int(dose.quantity) >= 1 for dose in found):
        return None
    ordered = sorted(found, key=lambda dose: list(Slot).index(dose.slot))
    return "|".join(f"{int(dose.quantity)}-{words[dose.slot]}" for dose in ordered)


def time(word: str, allowed: Allowed, term: Term) -> tuple[Slot, bool | None] | None:
    """What a time of day means, and what it says of food; None for one we do not know."""
    return READABLE.get(word) or meanings.time_of(allowed.meaning(term, word))


def word(
    slot: Slot,
    with_food: bool | None,
    allowed: Allowed,
    term: Term = Term.TIME,
    documented: Mapping[Slot, str] = WRITABLE,
) -> tuple[str, bool | None]:
    """(the word that is written, what it says of food); '' where none may be written. One that
    says just what is meant comes before the documented one of that time."""
    usual = documented.get(slot, "")
    if usual and READABLE[usual][1] is with_food:
        return usual, with_food
    if exact := allowed.word(term, meanings.at(slot, with_food)):
        return exact, with_food
    if usual:
        return usual, READABLE[usual][1]
    return allowed.word(term, meanings.at(slot)), None
