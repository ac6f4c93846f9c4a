"""How much of a label's row counts towards an upper limit, checked by hand.

The sums follow the Institute of Medicine's Dietary Reference Intakes: vitamin A (2001, chapter
4: 1 IU of retinol is 0.3 mcg RAE), vitamin D (2011: 40 IU are 1 mcg), vitamin E (2000, chapter
6: 1 IU is 0.67 mg of RRR-alpha-tocopherol; of the all-racemic form the limit counts 0.9 mg, for
1,000 mg are 1,100 IU), folate (1998, chapter 8: 1 mcg of folic acid is 1.7 mcg DFE).
"""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.facts_panel import Ingredient
from recommendations import limits, nutrients

# Name, form, amount, unit → nutrient, at least, at most, in the nutrient's unit.
CHECKED = [
    ("Vitamin A", "as retinyl palmitate", "10000", "IU", "vitamin_a", "3000", "3000"),
    ("Vitamin A", "as beta-carotene", "10000", "IU", "vitamin_a", "0", "0"),
    ("Vitamin A", "as 40% beta-carotene", "1000", "mcg RAE", "vitamin_a", "600", "600"),
    ("Vitamin A", "", "900", "mcg RAE", "vitamin_a", "0", "900"),
    ("Vitamin D3", "as cholecalciferol", "5000", "IU", "vitamin_d", "125", "125"),
    ("Vitamin D", "", "25", "mcg", "vitamin_d", "25", "25"),
    ("Vitamin E", "as d-alpha tocopheryl succinate", "400", "IU", "vitamin_e", "0", "268"),
    ("Vitamin E", "as dl-alpha tocopheryl acetate", "400", "IU", "vitamin_e", "360", "360"),
    ("Vitamin E", "as dl-alpha tocopheryl acetate", "15", "mg", "vitamin_e", "30", "30"),
    ("Vitamin C", "as ascorbic acid", "1", "g", "vitamin_c", "1000", "1000"),
    ("Niacin", "as niacinamide", "50", "mg NE", "niacin", "50", "50"),
    ("Vitamin B-6", "as pyridoxal 5'-phosphate", "25", "mg", "vitamin_b6", "25", "25"),
    ("Folate", "as folic acid", "1700", "mcg DFE", "folate", "1000", "1000"),
    ("Folate", "from food, lemon peel", "400", "mcg", "folate", "0", "0"),
    ("Magnesium", "as magnesium bisglycinate chelate", "200", "mg", "magnesium", "200", "200"),
    ("Magnesium (elemental)", "", "200", "mg", "magnesium", "200", "200"),
    ("Selenium", "as selenomethionine", "0.2", "mg", "selenium", "200", "200"),
    ("Copper", "as copper glycinate", "2", "mg", "copper", "2000", "2000"),
]


def row(name, form="", amount=None, unit=""):
    return Ingredient(name, form, Decimal(amount) if amount else None, unit)


@pytest.mark.parametrize("case", CHECKED, ids=lambda case: " ".join(case[:4]))
def test_a_row_counts_as_checked_by_hand(case):
    name, form, amount, unit, key, least, most = case
    found = row(name, form, amount, unit)
    counted = nutrients.named(found).counted(found)
    assert nutrients.named(found).key == key
    assert (counted.least, counted.most) == (Decimal(least), Decimal(most))


@pytest.mark.parametrize(
    ("name", "amount", "unit"),
    [("Vitamin C", None, ""), ("Vitamin C", "500", "IU"), ("Zinc", "15", "billion CFU")],
)
def test_what_cannot_be_measured_is_not_counted(name, amount, unit):
    found = row(name, amount=amount, unit=unit)
    assert nutrients.named(found).counted(found) is None


@pytest.mark.parametrize("name", ["Magnesium glycinate", "Zinc picolinate", "Calcium carbonate"])
def test_a_compound_is_not_its_nutrient(name):
    found = row(name, amount="500", unit="mg")
    assert nutrients.named(found) is None
    assert nutrients.is_compound(found)


@pytest.mark.parametrize("name", ["Ashwagandha", "Vitamin K2", "Ironwort"])
def test_another_thing_is_no_nutrient(name):
    found = row(name, amount="5", unit="mg")
    assert nutrients.named(found) is None
    assert not nutrients.is_compound(found)


def test_every_published_limit_is_of_a_nutrient():
    assert set(limits.PUBLISHED) == set(nutrients.BY_KEY)


@given(
    st.sampled_from(nutrients.NUTRIENTS),
    st.text(max_size=60),
    st.decimals(0, 10**6, places=3),
    st.sampled_from(["mg", "mcg", "g", "IU", "mcg DFE", "mcg RAE", "mg NE", "CFU", ""]),
)
def test_a_range_is_a_range_whatever_a_label_says(nutrient, form, amount, unit):
    found = nutrient.counted(Ingredient("", form, amount, unit))
    assert found is None or 0 <= found.least <= found.most
