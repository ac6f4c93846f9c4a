"""What a day of a product costs."""

from __future__ import annotations

import re
from decimal import Decimal

from catalog.facts_panel import FactsPanel
from catalog.keys import FORM_OF, MEASURES
from practice.vendors.contract import Kind, ListingRow, Slot

_COUNT = re.compile(r"\s*(\d{1,6}(?:\.\d{1,4})?)\s*")
MOST_UNITS, MOST_MONEY = 1000, 10**8
_CENTS = Decimal("0.0001")


def of(row: ListingRow, panel: FactsPanel) -> Decimal | None:
    """The retail price of a day: at the vendor's default dose, else of one serving a day. None
    where either is not said, or the count is none of what is taken: 30 servings and 60 capsules
    are, 8 fl oz are not.
    """
    count, form = _COUNT.fullmatch(row.count), _form(row.count_unit)
    if row.kind != Kind.BOTTLE or row.retail_price is None or not count or not form:
        return None
    units, per_bottle = _units(row, panel, form), Decimal(count[1])
    if not units or not per_bottle or units > MOST_UNITS or not 0 <= row.retail_price < MOST_MONEY:
        return None
    return (row.retail_price * units / per_bottle).quantize(_CENTS)


def _units(row: ListingRow, panel: FactsPanel, form: str) -> Decimal | None:
    """How many of what is counted are taken a day."""
    if row.default_doses:
        # 30 servings of 2 capsules: a dose of 2 is one of them, or two.
        if form == "serving" and _form(panel.serving_unit) not in ("", form):
            return None
        if any(dose.slot is Slot.AS_NEEDED for dose in row.default_doses):
            return None
        return sum((dose.quantity for dose in row.default_doses), Decimal(0))
    if row.default_sig:  # there is advice, which is no numbers
        return None
    if form == "serving":
        return Decimal(1)
    return panel.serving_quantity if _form(panel.serving_unit) == form else None


def _form(unit: str) -> str:
    """The form in "veggie capsules"; '' where it is a measure, or none that we know."""
    words = re.findall(r"[a-z]+", re.sub(r"\(.*", "", unit.lower()))
    known = [FORM_OF[word] for word in words if word in FORM_OF and word not in MEASURES]
    return known[-1] if known else ""
