"""A label's panel, and how it is kept in a column."""

from __future__ import annotations

from dataclasses import dataclass, fields
from decimal import Decimal

# What the law of the United States names, and gluten.
ALLERGENS = (
    *("milk", "egg", "fish", "shellfish", "tree nuts"),
    *("peanut", "wheat", "soy", "sesame", "gluten"),
)


@dataclass(frozen=True, slots=True)
class Ingredient:
    """One row of a label. `form` begins with its word: "as magnesium bisglycinate".

    `amount` is None where the label names no single number: in a proprietary blend, or
    where it says "less than 0.5 g" or "2–4 g". `also` then holds these words; beside an amount
    it holds what stands in brackets ("1,000 IU" behind 25 mcg). `daily_value` is in percent.
    `blend` is the name of the blend that the row is a part of, '' where it is in none.
    """

    name: str
    form: str = ""
    amount: Decimal | None = None
    unit: str = ""
    daily_value: Decimal | None = None
    blend: str = ""
    also: str = ""

    @property
    def amount_words(self) -> str:
        """`500 mg`, `less than 0.5 g`, `amount unknown`."""
        if self.amount is None:
            return self.also or "amount unknown"
        return f"{self.amount:,f} {self.unit}".strip()


@dataclass(frozen=True, slots=True)
class FactsPanel:
    """One label. `serving_unit` stands as printed ("scoop (12 g)"). `free_of` is what the label
    says it is free of; like `allergens` it uses the words of `ALLERGENS` alone."""

    serving_quantity: Decimal | None = None
    serving_unit: str = ""
    servings: Decimal | None = None
    ingredients: tuple[Ingredient, ...] = ()
    others: tuple[str, ...] = ()
    allergens: tuple[str, ...] = ()
    free_of: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()

    def as_json(self) -> dict:
        """For a column: numbers as text, and nothing that is empty."""
        return _filled(self)

    @classmethod
    def of(cls, found: dict) -> FactsPanel:
        """The panel that `as_json` gave; an empty one of {}."""
        lists = {name: tuple(found.get(name, ())) for name in LISTS}
        return cls(
            serving_quantity=_decimal(found.get("serving_quantity")),
            serving_unit=found.get("serving_unit", ""),
            servings=_decimal(found.get("servings")),
            ingredients=tuple(_ingredient(one) for one in found.get("ingredients", ())),
            **lists,
        )


LISTS = ("others", "allergens", "free_of", "unread")
OF_A_PANEL = tuple(field.name for field in fields(FactsPanel))
OF_AN_INGREDIENT = tuple(field.name for field in fields(Ingredient))


def _filled(panel: FactsPanel) -> dict:
    found = _named(panel, OF_A_PANEL)
    if panel.ingredients:
        found["ingredients"] = [_named(one, OF_AN_INGREDIENT) for one in panel.ingredients]
    return found


def _named(row, names) -> dict:
    found = {}
    for name in names:
        value = getattr(row, name)
        if isinstance(value, Decimal):
            found[name] = str(value)
        elif value:
            found[name] = list(value) if isinstance(value, tuple) else value
    return found


def _ingredient(found: dict) -> Ingredient:
    numbers = {name: _decimal(found.get(name)) for name in ("amount", "daily_value")}
    return Ingredient(**found | numbers)


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
