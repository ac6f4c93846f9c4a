"""How much two labels say that they are one product: points from 0 to 100, part by part.

Each part answers with what it found and what that costs. A label in another count, strength,
form or flavour is another product, whatever else agrees. What only one of two labels says
costs so much that a name alone links nothing; a person is asked.
"""

from __future__ import annotations

import enum
import functools
from collections.abc import Mapping
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from catalog import lexicon
from catalog.keys import Facts

LINKED = 90  # and above, by name alone
ASKED = 70  # and above, a person is asked
# A candidate that is nearly as good as the best makes both doubtful.
CLEAR_OF_OTHERS = 5
IMPOSSIBLE = 100
HALF_SAID = 20
STRANGE, STRANGE_BOTH, TURNING = 12, 25, 45
SHORTEST_SLIP, SHORTEST_ABBREVIATION, LONG = 5, 3, 6
# A word in so many names is one, unless another like it is that much more frequent.
SURELY_A_WORD, MORE_FREQUENT = 3, 8
NO_WORDS: Mapping[str, int] = {}


class Says(enum.StrEnum):
    SAME = "same"
    ALIKE = "alike"
    HALF = "half"  # only one of the two says it
    DIFFERS = "differs"


@dataclass(frozen=True)
class Part:
    """What one part of both labels says, and the points that are lost by it."""

    label: str
    one: str
    other: str
    says: Says
    cost: int


def compare(
    one: Facts, other: Facts, known: Mapping[str, int] = NO_WORDS
) -> tuple[int, list[Part]]:
    """Points and their evidence. `known` says of how many names a word is part: two that are
    often written are two words, and no slips of the pen."""
    parts = []
    for label, judge in PARTS.items():
        says, cost = judge(one, other, known)
        parts.append(Part(label, *_shown(label, one, other), says, cost))
    return max(0, 100 - sum(part.cost for part in parts)), parts


def points(one: Facts, other: Facts, known: Mapping[str, int] = NO_WORDS) -> int:
    """As `compare`, for many: stops at what rules a pair out."""
    left = 100
    for judge in PARTS.values():
        left -= judge(one, other, known)[1]
        if left < ASKED:
            return 0
    return left


def contradict(one: Facts, other: Facts) -> bool:
    """Whether the two cannot be one product, even with one barcode: another count, form,
    strength or flavour. What one of them does not say contradicts nothing."""
    return any(judge(one, other, NO_WORDS)[0] is Says.DIFFERS for judge in HARD)


def one_barcode_fits(one: Facts, other: Facts) -> bool:
    """Whether labels under one barcode may be one product: nothing contradicts, the brands are
    about the same, and the names do not each say something else."""
    return (
        not contradict(one, other)
        and brand(one, other, NO_WORDS)[0] is not Says.DIFFERS
        and name(one, other, NO_WORDS)[0] is not Says.DIFFERS
    )


# --- Parts


def count(one: Facts, other: Facts, known):
    return _said(one.count, other.count)


def form(one: Facts, other: Facts, known):
    return _said(one.form, other.form)


def strength(one: Facts, other: Facts, known):
    """Amounts are compared measure by measure: IU beside mcg contradict nothing."""
    if one.strength == other.strength:
        return Says.SAME, 0
    ours, theirs = _measures(one.strength), _measures(other.strength)
    agreed = full = 0
    for measure in ours.keys() & theirs.keys():
        mine, yours = ours[measure], theirs[measure]
        if not (mine <= yours or yours <= mine):
            return Says.DIFFERS, IMPOSSIBLE
        agreed, full = agreed + 1, full + (mine == yours)
    return (Says.ALIKE, 2) if agreed and agreed == full else (Says.HALF, HALF_SAID)


def flavour(one: Facts, other: Facts, known):
    ours, theirs = _tokens(one.words)[1], _tokens(other.words)[1]
    if ours == theirs:
        return Says.SAME, 0
    if not ours or not theirs:
        return Says.HALF, HALF_SAID
    if ours <= theirs or theirs <= ours:
        return Says.HALF, HALF_SAID
    return Says.DIFFERS, IMPOSSIBLE


def brand(one: Facts, other: Facts, known):
    """Alike with or without `Labs`, and with one letter amiss; `X Labs` is not `X Naturals`."""
    if one.brand == other.brand:
        return (Says.SAME, 0) if one.brand else (Says.HALF, HALF_SAID)
    if not one.brand or not other.brand:
        return Says.HALF, HALF_SAID
    return _brands(one.brand, other.brand)


def name(one: Facts, other: Facts, known):
    if one.words == other.words:
        return (Says.SAME, 0) if one.words else (Says.HALF, HALF_SAID)
    ours, theirs = _tokens(one.words)[0], _tokens(other.words)[0]
    left, right = set(ours - theirs), set(theirs - ours)
    cost = _joined(left, right) + _joined(right, left)
    for word in sorted(left):
        fits = [(slip, twin) for twin in right if (slip := _slip(word, twin, known)) is not None]
        if fits:
            slip, twin = min(fits)
            cost += slip
            left.discard(word)
            right.discard(twin)
    if not left and not right:
        return Says.ALIKE, cost
    cost += _neutral(left) + _neutral(right)
    cost += _unitless(left, other.strength) + _unitless(right, one.strength)
    turning = [word for word in left | right if _turns(word)]
    strange = STRANGE_BOTH if left and right else STRANGE
    cost += TURNING * len(turning) + strange * (len(left) + len(right) - len(turning))
    if turning or (left and right) or not (ours & theirs or ours == theirs):
        return Says.DIFFERS, cost
    return (Says.HALF if left or right else Says.ALIKE), cost


# Cheapest first: most pairs of a block are of another strength.
PARTS = {
    "Strength": strength,
    "Count": count,
    "Form": form,
    "Flavour": flavour,
    "Brand": brand,
    "Name": name,
}
HARD = (count, form, strength, flavour)


def _shown(label: str, one: Facts, other: Facts) -> tuple[str, str]:
    if label == "Flavour":
        return tuple(" ".join(sorted(_tokens(facts.words)[1])) for facts in (one, other))
    if label == "Name":
        return tuple(" ".join(sorted(_tokens(facts.words)[0])) for facts in (one, other))
    return getattr(one, label.lower()), getattr(other, label.lower())


def _said(one: str, other: str):
    if one == other and one:
        return Says.SAME, 0
    return (Says.DIFFERS, IMPOSSIBLE) if one and other else (Says.HALF, HALF_SAID)


@functools.lru_cache(maxsize=2000)
def _measures(strength: str) -> dict[str, frozenset[str]]:
    found: dict[str, set] = {}
    for amount in strength.split("+"):
        if amount:
            found.setdefault(amount.lstrip("0123456789."), set()).add(amount)
    return {measure: frozenset(amounts) for measure, amounts in found.items()}


@functools.lru_cache(maxsize=20_000)
def _tokens(words: str) -> tuple[frozenset[str], frozenset[str]]:
    """(words of the name, words of the flavour)."""
    all_of_them = frozenset(words.split())
    flavours = all_of_them & lexicon.FLAVOURS
    return all_of_them - flavours, flavours


@functools.lru_cache(maxsize=20_000)
def _brands(one: str, other: str):
    ours, theirs = one.split(), other.split()
    bare = [[word for word in words if word not in lexicon.HOUSES] for words in (ours, theirs)]
    if bare[0] == bare[1] and bare[0] and (set(ours) <= set(theirs) or set(theirs) <= set(ours)):
        return Says.ALIKE, 4
    if "".join(ours) == "".join(theirs):
        return Says.ALIKE, 1
    if len(ours) == len(theirs):
        unlike = [pair for pair in zip(ours, theirs, strict=True) if pair[0] != pair[1]]
        if len(unlike) == 1 and _is_slip(*unlike[0]) and lexicon.HOUSES.isdisjoint(unlike[0]):
            return Says.ALIKE, 6
    return Says.DIFFERS, 60


def _joined(left: set[str], right: set[str]) -> int:
    """Takes out `left`'s words that are two of `right`'s written as one."""
    for word in sorted(left):
        for first in sorted(right):
            second = word.removeprefix(first)
            if second != word and second in right and second != first:
                left.discard(word)
                right -= {first, second}
                return 1
    return 0


def _slip(word: str, twin: str, known: Mapping[str, int]) -> int | None:
    """What it costs to take the two for one word written twice; None where they are not."""
    short, long = sorted((word, twin), key=len)
    if _turns(word) or _turns(twin):
        # `Comlete` is `Complete`; `Men` and `Women`, `B6` and `B12` are themselves.
        both = _turns(word) and _turns(twin)
        return 6 if len(short) >= LONG and not both and _is_slip(word, twin) else None
    if long in (f"{short}s", f"{short}es"):
        return 0
    if word in lexicon.DISTINCT and twin in lexicon.DISTINCT:
        return None
    both_known = _are_words(known.get(word, 0), known.get(twin, 0))
    if len(short) >= SHORTEST_ABBREVIATION and long.startswith(short) and not both_known:
        return None if short in lexicon.DISTINCT else 5
    return 6 if _is_slip(word, twin) and not both_known else None


def _are_words(one: int, other: int) -> bool:
    fewer, more = sorted((one, other))
    return fewer >= SURELY_A_WORD and fewer * MORE_FREQUENT > more


def _is_slip(one: str, other: str) -> bool:
    """One letter amiss, left out, too many, or two in the wrong order."""
    return (
        min(len(one), len(other)) >= SHORTEST_SLIP
        and OSA.distance(one, other, score_cutoff=1) <= 1
        and not any(letter.isdigit() for letter in one + other)
    )


def _turns(word: str) -> bool:
    """Whether a product with this word is another than the one without it."""
    return word in lexicon.TURNS or len(word) == 1 or any(letter.isdigit() for letter in word)


def _neutral(words: set[str]) -> int:
    said = words & (lexicon.NEUTRAL | lexicon.POURED | lexicon.HOUSES)
    words -= said
    return len(said)


def _unitless(words: set[str], strength: str) -> int:
    """Takes out a bare number that is the other label's amount: `Zinc 30` of `Zinc 30 mg`."""
    for word in sorted(words):
        if word.replace(".", "", 1).isdigit() and any(
            amount.rstrip("abcdefghijklmnopqrstuvwxyz%").removesuffix(zeros) == word
            for amount in strength.split("+")
            for zeros in ("", "000", "000000", "000000000")
        ):
            words.discard(word)
            return 5
    return 0
