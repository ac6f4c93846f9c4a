"""What a day costs is said where it is known, and else not."""

from decimal import Decimal

import pytest

from catalog import daily_price
from catalog.facts_panel import FactsPanel
from practice.vendors.contract import Dose, Kind, ListingRow, Slot

TWO = (Dose(Slot.BREAKFAST, Decimal(1)), Dose(Slot.EVENING, Decimal(1)))
NOTHING = FactsPanel()
OF_TWO = FactsPanel(serving_quantity=Decimal(2), serving_unit="veggie caps")
OF_A_SCOOP = FactsPanel(serving_quantity=Decimal(1), serving_unit="scoop (12 g)")


def day(panel=NOTHING, **given):
    values = {"retail_price": Decimal(30), "count": "60", "count_unit": "Capsules"} | given
    return daily_price.of(ListingRow("1", "Zinc", **values), panel)


@pytest.mark.parametrize(
    ("given", "panel", "price"),
    [
        ({"default_doses": TWO}, FactsPanel(), "1.0000"),
        ({"default_doses": TWO[:1]}, OF_TWO, "0.5000"),
        ({}, OF_TWO, "1.0000"),
        ({"count": "30", "count_unit": "servings"}, OF_A_SCOOP, "1.0000"),
        ({"count": "90", "retail_price": Decimal("20")}, OF_TWO, "0.4444"),
    ],
)
def test_a_day_costs_its_share_of_the_bottle(given, panel, price):
    assert day(panel, **given) == Decimal(price)


@pytest.mark.parametrize(
    ("given", "panel"),
    [
        ({}, FactsPanel()),
        ({"retail_price": None}, OF_TWO),
        ({"retail_price": Decimal("-1")}, OF_TWO),
        ({"retail_price": Decimal("1e40")}, OF_TWO),
        ({"count": ""}, OF_TWO),
        ({"count": "0"}, OF_TWO),
        ({"count": "2 x 30"}, OF_TWO),
        ({"count_unit": "fl oz"}, OF_A_SCOOP),
        ({"count_unit": "tablets"}, OF_TWO),
        ({"count_unit": "servings", "default_doses": TWO}, OF_TWO),
        ({"default_sig": "as directed"}, OF_TWO),
        ({"default_doses": (Dose(Slot.AS_NEEDED, Decimal(1)),)}, OF_TWO),
        ({"default_doses": (Dose(Slot.MIDDAY, Decimal(5000)),)}, OF_TWO),
        ({"kind": Kind.PILL}, OF_TWO),
    ],
)
def test_what_is_not_known_costs_nothing_that_is_said(given, panel):
    assert day(panel, **given) is None
