"""Up to four products side by side: what is the same on their labels, and what differs.

Nothing is turned into something else but the unit of a mass: mcg, mg and g are compared by
their weight. IU and CFU stay themselves, and what a label leaves unsaid is neither the same nor
another: the row says "unclear".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from catalog import keys, search
from catalog.facts_panel import FactsPanel, Ingredient
from catalog.models import Listing, Product
from practice.vendors import registry, words

MOST = 4
MICROGRAMS = {"mcg": Decimal(1), "mg": Decimal(1000), "g": Decimal(1_000_000)}
DIFFERS, UNCLEAR = "differs", "unclear"
_BRACKETS = re.compile(r"\([^()]*\)")


@dataclass(frozen=True)
class Cell:
    """What one product says. Two with equal `same` say the same, where both are measured in the
    same `units`; one that `is_open` does not say it."""

    lines: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    same: object = None
    units: frozenset[str] = frozenset()
    is_open: bool = False


@dataclass(frozen=True)
class Row:
    label: str
    cells: tuple[Cell, ...]

    @property
    def word(self) -> str:
        """DIFFERS, UNCLEAR, or '' where all say the same."""
        said = [cell for cell in self.cells if not cell.is_open]
        lacks = any(not cell.lines for cell in said) and any(cell.lines for cell in self.cells)
        measures = {cell.units for cell in said if cell.units}
        if lacks or (len({cell.same for cell in said}) > 1 and len(measures) <= 1):
            return DIFFERS
        return UNCLEAR if len(measures) > 1 or len(said) < len(self.cells) else ""


@dataclass(frozen=True)
class Section:
    title: str
    rows: tuple[Row, ...]
    note: str = ""


@dataclass(frozen=True)
class Column:
    """A product and the label that speaks for it: the fullest of its offers'."""

    product: Product
    listing: Listing
    panel: FactsPanel = field(default_factory=FactsPanel)

    @property
    def has_label(self) -> bool:
        return self.panel != FactsPanel()


def columns(practice, product_ids: Sequence[int]) -> list[Column]:
    """Those of `product_ids` that are on offer, in their order. Three queries."""
    products = [one for one in search.with_offers(practice, product_ids) if one.offers]
    offers = [offer.pk for product in products for offer in product.offers]
    labels = Listing.objects.seen_by(practice).filter(pk__in=offers).values_list("pk", "facts")
    panels = {pk: FactsPanel.of(facts) for pk, facts in labels}
    found = []
    for product in products:
        fullest = max(product.offers, key=lambda offer: len(panels[offer.pk].ingredients))
        found.append(Column(product, fullest, panels[fullest.pk]))
    return found


def sections(found: Sequence[Column]) -> list[Section]:
    """The labels aligned, by what a clinician asks first."""
    serving, servings = _row("Serving", found, _serving), _row("Servings", found, _servings)
    note = "Amounts are of one serving."
    if serving.word:
        note = "Amounts are of one serving each, and the servings differ or are not said."
    besides = (
        ("Other ingredients", lambda one: _listed(one, one.panel.others)),
        ("Contains", lambda one: _listed(one, one.panel.allergens)),
        ("Said to be free of", lambda one: _listed(one, one.panel.free_of)),
        ("Warnings", _warnings),
        ("Not read, word for word", lambda one: _listed(one, one.panel.unread)),
    )
    return [
        Section("Serving", (serving, servings)),
        Section("Ingredients", tuple(_ingredients(found)), note),
        Section("Besides", tuple(_row(label, found, cell) for label, cell in besides)),
    ]


def _row(label: str, found: Iterable[Column], cell: Callable[[Column], Cell]) -> Row:
    return Row(label, tuple(map(cell, found)))


def _serving(column: Column) -> Cell:
    panel = column.panel
    number = "" if panel.serving_quantity is None else words.amount(panel.serving_quantity)
    said = f"{number} {panel.serving_unit}".strip()
    same = " ".join(map(words.singular, keys.fold(said).split()))
    return Cell((said,), same=same) if said else Cell(is_open=True)


def _servings(column: Column) -> Cell:
    number = column.panel.servings
    return Cell(is_open=True) if number is None else Cell((words.amount(number),), same=number)


def _ingredients(found: Sequence[Column]) -> list[Row]:
    """A row for each ingredient, in the order in which the labels name them."""
    rows: dict[str, list[list[Ingredient]]] = {}
    for place, column in enumerate(found):
        for one in column.panel.ingredients:
            row = rows.setdefault(name_key(one.name), [[] for _ in found])
            row[place].append(one)
    return [_ingredient(row, found) for row in rows.values()]


def name_key(name: str) -> str:
    """Equal for "Vitamin B12 (as Methylcobalamin)" and "vitamin B-12"."""
    return "".join(keys.fold(_BRACKETS.sub(" ", name)).split()) or keys.fold(name)


def _ingredient(row: Sequence[Sequence[Ingredient]], found: Sequence[Column]) -> Row:
    every = [one for said in row for one in said]
    masses = [one.unit for one in every if one.amount is not None and one.unit in MICROGRAMS]
    unit = masses[0] if len(set(masses)) > 1 else ""
    cells = tuple(
        _amounts(said, unit) if said else _absent(column)
        for said, column in zip(row, found, strict=True)
    )
    return Row(every[0].name, cells)


def _absent(column: Column) -> Cell:
    if column.has_label:
        return Cell(notes=("not on the label",))
    return Cell(notes=("no label was read",), is_open=True)


def _amounts(said: Sequence[Ingredient], unit: str) -> Cell:
    return Cell(
        lines=tuple(one.amount_words for one in said),
        notes=tuple(filter(None, (_more(one, unit) for one in said))),
        same=tuple(sorted(map(_weighed, said), key=repr)),
        units=frozenset(_measure(one) for one in said),
        is_open=any(one.amount is None for one in said),
    )


def _measure(one: Ingredient) -> str:
    return "mcg" if one.unit in MICROGRAMS else one.unit


def _weighed(one: Ingredient) -> tuple:
    amount = one.amount
    if amount is not None:
        amount = (amount * MICROGRAMS.get(one.unit, 1)).normalize()
    return (amount, one.also if amount is None else "", _measure(one), keys.fold(one.form))


def _more(one: Ingredient, unit: str) -> str:
    """`as magnesium bisglycinate · = 0.5 g · 48 % DV · in Calm Blend`. `unit` is what the masses
    of the row are told in as well, where they are printed in several."""
    parts = [one.form]
    if one.amount is not None:
        parts.append(one.also)
        if unit and one.unit in MICROGRAMS and one.unit != unit:
            amount = one.amount * MICROGRAMS[one.unit] / MICROGRAMS[unit]
            parts.append(f"= {words.amount(amount)} {unit}")
    if one.daily_value is not None:
        parts.append(f"{words.amount(one.daily_value)} % DV")
    if one.blend:
        parts.append(f"in {one.blend}")
    return " · ".join(filter(None, parts))


def _listed(column: Column, said: Sequence[str]) -> Cell:
    same = frozenset(map(keys.fold, said))
    return Cell(tuple(said), same=same, is_open=not column.has_label)


def _warnings(column: Column) -> Cell:
    said = {
        registry.warning(offer.vendor, code)
        for offer in column.product.offers
        for code in offer.warnings
    }
    return Cell(tuple(sorted(said)), same=frozenset(said))
