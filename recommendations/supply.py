"""How long what was ordered lasts: units × pills in each ÷ pills a day of our own plan's line.

Said only where all three were read as numbers and count the same thing. A dose in words, "as
needed", or grams in a tub that is dosed by the scoop say nothing.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from catalog.models import Listing
from practice.vendors import reading, words
from practice.vendors.contract import Slot
from recommendations.models import PlanItem

# Of these a bottle holds a number, and a dose takes a number.
COUNTED = frozenset(
    {
        *("capsule", "softgel", "tablet", "caplet", "gummy", "lozenge", "chewable", "pill"),
        *("packet", "pellet", "suppository", "strip", "count", "vegetarian capsule"),
        *("veg capsule", "chewable tablet", "soft gel", "stick", "sachet", "troche"),
    }
)
LONGEST = 3650  # days: beyond, something was misread


@dataclass(frozen=True)
class Supply:
    until: dt.date
    basis: str


def of_line(item: PlanItem, quantity: int | None, placed_on: dt.date) -> Supply | None:
    """For `quantity` units of what `item` recommends; None where it cannot be told."""
    held, daily = held_by(item.listing), a_day(item)
    if not (quantity and quantity > 0 and held and daily):
        return None
    days = int(quantity * held / daily)
    if not 0 < days <= LONGEST:
        return None
    unit = words.singular(item.listing.count_unit) or item.listing.product.form
    many = item.listing.count_unit.strip().lower() or f"{unit}s"
    basis = (
        f"{quantity} × {words.amount(held)} {many}, {words.amount(daily)} a day on the plan, "
        "from the day of the order"
    )
    return Supply(placed_on + dt.timedelta(days=days), basis)


def held_by(listing: Listing) -> Decimal | None:
    """How many one unit holds of what a dose counts."""
    unit = words.singular(listing.count_unit)
    if not unit and listing.product:
        unit = words.singular(listing.product.form)
    count = reading.number(listing.count)
    return count if unit in COUNTED and count and count > 0 else None


def a_day(item: PlanItem) -> Decimal | None:
    doses = list(item.doses.all())
    if not doses or item.as_needed or any(dose.slot == Slot.AS_NEEDED for dose in doses):
        return None
    return sum((dose.quantity for dose in doses), Decimal(0))
