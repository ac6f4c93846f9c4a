"""The nutrients for which adults have an upper limit, as labels name them and measure them.

What of a nutrient a limit counts differs: of vitamin A only what is preformed, of niacin,
folate and vitamin E only synthetic forms, of magnesium only what comes from supplements and
medicines (Institute of Medicine, Dietary Reference Intakes, notes to the table of upper
levels). `Nutrient.counted` gives a range, since a label may leave open what it is made of.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum

from catalog import keys
from catalog.facts_panel import Ingredient

MASS = {"mcg": Decimal(1), "mg": Decimal(1000), "g": Decimal(1_000_000)}
# What may follow the unit of mass, and how many of the nutrient's own unit are one of it.
PLAIN = {"": Decimal(1)}
# 1 mcg of folic acid taken with food is 1.7 mcg of dietary folate equivalents (DRI, folate).
FOLATE = PLAIN | {"dfe": Decimal(10) / Decimal(17)}
VITAMIN_A = PLAIN | {"rae": Decimal(1), "re": Decimal(1)}
NIACIN = PLAIN | {"ne": Decimal(1)}
VITAMIN_E = PLAIN | dict.fromkeys(("at", "ate", "α te", "alpha te"), Decimal(1))
_SHARE = re.compile(r"(\d{1,3}(?:\.\d+)?) ?% (?:\w+ ){0,3}?(?:beta )?carotene")


class Counts(Enum):
    """Whether a limit counts a form."""

    YES = "yes"
    NO = "no"
    UNSAID = "unsaid"


@dataclass(frozen=True)
class Range:
    """At least and at most, in the nutrient's unit. `why` says what is not sure or left out."""

    least: Decimal
    most: Decimal
    why: str = ""

    def times(self, factor: Decimal) -> Range:
        return Range(self.least * factor, self.most * factor, self.why)


@dataclass(frozen=True)
class Nutrient:
    """`names` and `forms` are folded words. `iu` gives, by words of the form, how many of `unit`
    one international unit is; its last row, of no words, is for a form that is not said."""

    key: str
    label: str
    unit: str
    names: tuple[str, ...]
    suffixes: dict[str, Decimal] = field(default_factory=lambda: PLAIN)
    iu: tuple[tuple[tuple[str, ...], Decimal], ...] = ()
    counts: tuple[tuple[tuple[str, ...], Counts], ...] = ()
    unsaid: Counts = Counts.YES
    doubled: tuple[str, ...] = ()

    def counted(self, ingredient: Ingredient) -> Range | None:
        """How much of one serving's amount the limit counts. None where it cannot be told."""
        whole = self._in_own_unit(ingredient)
        if whole is None:
            return None
        said = folded(f"{ingredient.form} {ingredient.name}")
        carotene = _SHARE.search(said)
        if self.key == "vitamin_a" and carotene and Decimal(carotene[1]) <= 100:
            rest = whole * (1 - Decimal(carotene[1]) / 100)
            return Range(rest, rest, f"{carotene[1]}% is carotene, which is not counted")
        match self._standing(said):
            case Counts.YES:
                return Range(whole, whole)
            case Counts.NO:
                return Range(Decimal(0), Decimal(0), "of a form that the limit does not count")
            case Counts.UNSAID:
                return Range(Decimal(0), whole, "the label does not say whether all of it counts")

    def _standing(self, said: str) -> Counts:
        found = {standing for words, standing in self.counts if _holds(said, words)}
        if len(found) > 1:
            return Counts.UNSAID
        return found.pop() if found else self.unsaid

    def _in_own_unit(self, ingredient: Ingredient) -> Decimal | None:
        """The amount in `unit`; what stands in brackets behind it where that is plain mass."""
        if ingredient.amount is None:
            return None
        said = folded(f"{ingredient.form} {ingredient.name}")
        if ingredient.unit == "IU":
            for words, per_unit in self.iu:
                if not words or _holds(said, words):
                    return ingredient.amount * per_unit
            return None
        mass, _, suffix = ingredient.unit.partition(" ")
        factor = self.suffixes.get(folded(suffix))
        if mass not in MASS or factor is None:
            return None
        twice = 2 if self.doubled and _holds(said, self.doubled) else 1
        return ingredient.amount * MASS[mass] / MASS[self.unit] * factor * twice


def folded(text: str) -> str:
    """As labels are compared: `vitamin b6` of "Vitamin B-6"."""
    return re.sub(r"\b(b|d|k) (\d+)\b", r"\1\2", keys.fold(re.sub(r"[(),.;:]", " ", text)))


def _holds(said: str, words: tuple[str, ...]) -> bool:
    return any(re.search(rf"\b{re.escape(word)}", said) for word in words)


CAROTENE = ("beta carotene", "carotene", "carotenoid", "provitamin a")
RETINOL = ("retinyl", "retinol", "palmitate", "vitamin a acetate", "cod liver", "fish liver")
SYNTHETIC_E = ("dl alpha", "dl α", "all rac")
NATURAL_E = ("d alpha", "d α", "rrr", "natural vitamin e", "mixed tocopherol")
MCG_RETINOL, MCG_VITAMIN_D = Decimal("0.3"), Decimal("0.025")
# Milligrams of alpha-tocopherol that the limit counts in one unit: natural, and all-racemic.
MG_NATURAL_E, MG_SYNTHETIC_E = Decimal("0.67"), Decimal("0.9")

NUTRIENTS = (
    Nutrient(
        *("vitamin_a", "Vitamin A, preformed", "mcg", ("vitamin a",)),
        suffixes=VITAMIN_A,
        iu=(((), MCG_RETINOL),),
        counts=((CAROTENE, Counts.NO), (RETINOL, Counts.YES)),
        unsaid=Counts.UNSAID,
    ),
    Nutrient(
        *("vitamin_d", "Vitamin D", "mcg"),
        ("vitamin d", "vitamin d3", "vitamin d2", "cholecalciferol", "ergocalciferol"),
        iu=(((), MCG_VITAMIN_D),),
    ),
    Nutrient(
        *("vitamin_e", "Vitamin E, synthetic", "mg", ("vitamin e",)),
        suffixes=VITAMIN_E,
        iu=((SYNTHETIC_E, MG_SYNTHETIC_E), (NATURAL_E, MG_NATURAL_E), ((), MG_SYNTHETIC_E)),
        counts=((SYNTHETIC_E, Counts.YES), (NATURAL_E, Counts.UNSAID)),
        unsaid=Counts.UNSAID,
        doubled=SYNTHETIC_E,
    ),
    Nutrient("vitamin_c", "Vitamin C", "mg", ("vitamin c", "ascorbic acid")),
    Nutrient(
        *("niacin", "Niacin, synthetic", "mg"),
        ("niacin", "niacinamide", "nicotinamide", "nicotinic acid", "vitamin b3"),
        suffixes=NIACIN,
    ),
    Nutrient("vitamin_b6", "Vitamin B6", "mg", ("vitamin b6",)),
    Nutrient(
        *("folate", "Folate, synthetic", "mcg", ("folate", "folic acid", "vitamin b9")),
        suffixes=FOLATE,
        counts=((("food", "lemon", "spinach", "broccoli"), Counts.NO),),
    ),
    Nutrient("choline", "Choline", "mg", ("choline",)),
    Nutrient("calcium", "Calcium", "mg", ("calcium",)),
    Nutrient("iron", "Iron", "mg", ("iron",)),
    Nutrient("magnesium", "Magnesium, from supplements", "mg", ("magnesium",)),
    Nutrient("zinc", "Zinc", "mg", ("zinc",)),
    Nutrient("copper", "Copper", "mcg", ("copper",)),
    Nutrient("selenium", "Selenium", "mcg", ("selenium",)),
    Nutrient("iodine", "Iodine", "mcg", ("iodine",)),
    Nutrient("manganese", "Manganese", "mg", ("manganese",)),
    Nutrient("molybdenum", "Molybdenum", "mcg", ("molybdenum",)),
    Nutrient("phosphorus", "Phosphorus", "mg", ("phosphorus",)),
    Nutrient("boron", "Boron", "mg", ("boron",)),
    Nutrient("vanadium", "Vanadium", "mg", ("vanadium",)),
    Nutrient("nickel", "Nickel", "mg", ("nickel",)),
)
BY_KEY = {one.key: one for one in NUTRIENTS}
BY_NAME = {name: one for one in NUTRIENTS for name in one.names}


def named(ingredient: Ingredient) -> Nutrient | None:
    """The nutrient that a row of a label is. None for a compound ("Zinc picolinate 50 mg"): how
    much of the nutrient is in it, its label does not say."""
    return BY_NAME.get(folded(ingredient.name).removesuffix(" elemental").strip())


def is_compound(ingredient: Ingredient) -> bool:
    """Whether a row names a nutrient and is more than it: `Magnesium glycinate`."""
    name = folded(ingredient.name)
    return named(ingredient) is None and name.startswith(tuple(f"{one} " for one in BY_NAME))
