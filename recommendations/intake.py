"""What a plan adds up to in a day: each ingredient over all lines, beside the adult upper limit.

It warns and blocks nothing, and never says that something is safe. Only what was read as numbers
counts: a dose in words, a label without facts or a serving that is counted in another thing
than the dose is named among what is not counted, and never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from catalog import keys
from catalog.facts_panel import FactsPanel, Ingredient
from practice.vendors import words
from recommendations import limits, nutrients, supply
from recommendations.limits import Limit
from recommendations.models import Pack, PlanItem
from recommendations.nutrients import MASS, Range

NO_FACTS = "its label gives no facts"
IN_WORDS = "its directions are words"
AS_NEEDED = "it is taken only as needed"
OTHER_UNIT = "its label counts a serving in something else than its dose"


@dataclass(frozen=True)
class Taken:
    """One thing on a plan: `units` of its `unit` a day; None for the reason in `why`."""

    name: str
    panel: FactsPanel
    units: Decimal | None
    unit: str
    why: str = ""


@dataclass(frozen=True)
class Part:
    """What one line brings of one ingredient, a day."""

    name: str
    amount: Range
    label: str

    @property
    def in_words(self) -> str:
        return f"{self.label}{f': {self.amount.why}' if self.amount.why else ''}"


@dataclass(frozen=True)
class Total:
    """One ingredient, a day, over all lines. `limit` None where adults have none that we know."""

    key: str
    label: str
    unit: str
    parts: tuple[Part, ...]
    limit: Limit | None = None

    @property
    def least(self) -> Decimal:
        return sum((part.amount.least for part in self.parts), Decimal(0))

    @property
    def most(self) -> Decimal:
        return sum((part.amount.most for part in self.parts), Decimal(0))

    @property
    def amount_words(self) -> str:
        """`350 mg`, `0 to 900 mcg`."""
        least, most = _short(self.least), _short(self.most)
        return f"{most} {self.unit}" if least == most else f"{least} to {most} {self.unit}"

    @property
    def limit_words(self) -> str:
        return f"{_short(self.limit.amount)} {self.unit}" if self.limit else ""

    @property
    def share(self) -> int | None:
        """Percent of the limit, at most; rounded up, so that 100 means no more than the limit."""
        if self.limit is None:
            return None
        return int((self.most * 100 / self.limit.amount).to_integral_value(ROUND_CEILING))

    @property
    def is_above(self) -> bool:
        return self.limit is not None and self.most > self.limit.amount

    @property
    def is_repeated(self) -> bool:
        return len({part.name for part in self.parts}) > 1


@dataclass(frozen=True)
class Intake:
    """`totals` are those above a limit first, then those on several lines, then the rest.
    `not_counted` are (line, why); `unclear` rows of labels that name a nutrient and no amount
    of it."""

    totals: tuple[Total, ...]
    readable: int
    lines: int
    not_counted: tuple[tuple[str, str], ...]
    unclear: tuple[tuple[str, str], ...]

    @property
    def above(self) -> list[Total]:
        return [total for total in self.totals if total.is_above]

    @property
    def repeated(self) -> list[Total]:
        return [total for total in self.totals if total.is_repeated]


def of_rows(rows: Iterable[PlanItem | Pack]) -> Intake:
    """Everything on a plan, packs' pills by the label of their bottle. `rows` come with their
    doses, or with their pills and those's bottles. One query."""
    found: list[Taken] = []
    for row in rows:
        found += map(_of_pill, row.pills.all()) if isinstance(row, Pack) else [_of_item(row)]
    return of(found, limits.current())


def of(taken: Iterable[Taken], upper: dict[str, Limit]) -> Intake:
    """`upper` are limits by the key of their nutrient."""
    taken = list(taken)
    parts: dict[str, list[Part]] = {}
    heads: dict[str, tuple[str, str, str]] = {}
    not_counted, unclear, readable = [], [], 0
    for one in taken:
        servings, why = _servings(one)
        if servings is None:
            not_counted.append((one.name, why))
            continue
        readable += 1
        not_counted += [
            (one.name, f"“{row}” of its label could not be read") for row in one.panel.unread
        ]
        for row in one.panel.ingredients:
            found = _counted(row)
            if nutrients.is_compound(row) or (nutrients.named(row) and not found):
                unclear.append((one.name, _row(row)))
            if not found:
                continue
            key, head, amount = found
            heads.setdefault(key, head)
            label = f"{_row(row)} × {_short(servings)}"
            parts.setdefault(key, []).append(Part(one.name, amount.times(servings), label))
    totals = [
        Total(key, label, unit, tuple(parts[key]), upper.get(nutrient))
        for key, (label, unit, nutrient) in heads.items()
    ]
    totals.sort(
        key=lambda one: (not one.is_above, not one.is_repeated, -(one.share or 0), one.label)
    )
    return Intake(tuple(totals), readable, len(taken), tuple(not_counted), tuple(unclear))


def _counted(row: Ingredient) -> tuple[str, tuple[str, str, str], Range] | None:
    """The key that equal ingredients share, how their total is headed, and the amount of a
    serving; None where the label gives none that adds up."""
    nutrient = nutrients.named(row)
    if nutrient:
        amount = nutrient.counted(row)
        return amount and (nutrient.key, (nutrient.label, nutrient.unit, nutrient.key), amount)
    if row.amount is None:
        return None
    name = nutrients.folded(row.name)
    if row.unit in MASS:
        amount = row.amount * MASS[row.unit] / MASS["mg"]
        return f"{name}|mg", (row.name, "mg", ""), Range(amount, amount)
    return f"{name}|{row.unit}", (row.name, row.unit, ""), Range(row.amount, row.amount)


def _servings(one: Taken) -> tuple[Decimal | None, str]:
    """How many of the label's servings are taken a day, or why that cannot be told."""
    if one.units is None:
        return None, one.why
    if not one.panel.ingredients:
        return None, NO_FACTS
    per_serving = one.panel.serving_quantity
    if not per_serving or _form(one.panel.serving_unit) != _form(one.unit) or not _form(one.unit):
        return None, OTHER_UNIT
    return one.units / per_serving, ""


def _of_item(item) -> Taken:
    daily = supply.a_day(item)
    why = ""
    if daily is None:
        as_needed = item.as_needed or item.doses.all()
        why = AS_NEEDED if as_needed else IN_WORDS
    listing = item.listing
    return Taken(listing.name, FactsPanel.of(listing.facts), daily, listing.count_unit, why)


def _of_pill(pill) -> Taken:
    bottle = pill.listing.bottle or pill.listing
    panel = FactsPanel.of(bottle.facts)
    return Taken(pill.listing.name, panel, Decimal(pill.quantity), bottle.count_unit)


def _row(row: Ingredient) -> str:
    """`Zinc (as zinc citrate) 15 mg`."""
    return f"{row.name}{f' ({row.form})' if row.form else ''} {row.amount_words}"


def _form(unit: str) -> str:
    """`capsule` of "Vegetarian Capsules (500 mg)"; '' where it is a measure or not known."""
    form = keys.form_word(re.sub(r"\(.*", "", unit))
    return "" if form in keys.MEASURES or form in ("gram", "millilitre", "fluid ounce") else form


def _short(amount: Decimal) -> str:
    """No more digits than a person reads: `350`, `12.5`, `0.25`."""
    places = Decimal(1) if amount >= 100 else Decimal("0.1") if amount >= 10 else Decimal("0.01")
    return f"{Decimal(words.amount(amount.quantize(places))):,f}"
