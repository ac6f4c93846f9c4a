"""What a plan adds up to in a day."""

from decimal import Decimal

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from catalog.facts_panel import FactsPanel, Ingredient
from practice import tenancy
from recommendations import intake, limits, outgoing
from recommendations.intake import Taken
from recommendations.models import Dose, PackPill, PlanItem, UpperLimit
from tests.factories import staff_user
from tests.recommendations.rows import Desk

MAGNESIUM = Ingredient("Magnesium", "as magnesium citrate", Decimal(150), "mg")
ZINC = Ingredient("Zinc", "", Decimal(15), "mg")
ASHWAGANDHA = Ingredient("Ashwagandha extract", "", Decimal("0.3"), "g")


def panel(*ingredients, serving=2, unit="capsules", **more):
    return FactsPanel(Decimal(serving), unit, ingredients=ingredients, **more)


def taken(name, panel, units=2, unit="Veggie Caps", why=""):
    return Taken(name, panel, None if units is None else Decimal(units), unit, why)


def added(*lines):
    return intake.of(lines, limits.PUBLISHED)


def test_one_ingredient_on_two_lines_is_added_up_and_held_against_its_limit():
    found = added(
        taken("Calm", panel(MAGNESIUM), units=4),
        taken("Bone", panel(MAGNESIUM, ZINC, serving=3), units=3),
    )
    [magnesium] = found.above
    assert magnesium.amount_words == "450 mg"
    assert magnesium.share == 129
    assert [part.name for part in magnesium.parts] == ["Calm", "Bone"]
    assert found.repeated == [magnesium]
    assert (found.readable, found.lines) == (2, 2)


def test_units_of_mass_are_added_up_as_one():
    half = Ingredient("Ashwagandha Extract", "", Decimal(300), "mg")
    [total] = added(taken("A", panel(ASHWAGANDHA)), taken("B", panel(half))).totals
    assert (total.amount_words, total.limit) == ("600 mg", None)


def test_exactly_the_limit_is_not_above_it():
    [zinc] = added(taken("Zinc", panel(Ingredient("Zinc", "", Decimal(40), "mg")))).totals
    assert (zinc.share, zinc.is_above) == (100, False)


def test_what_a_label_leaves_open_is_a_range():
    found = added(taken("A", panel(Ingredient("Vitamin A", "", Decimal(900), "mcg RAE")), units=8))
    [total] = found.above
    assert total.amount_words == "0 to 3,600 mcg"


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (taken("A", panel(ZINC), units=None, why=intake.AS_NEEDED), intake.AS_NEEDED),
        (taken("A", FactsPanel()), intake.NO_FACTS),
        (taken("A", panel(ZINC, unit="scoop (12 g)")), intake.OTHER_UNIT),
        (taken("A", panel(ZINC, unit="g"), unit="g"), intake.OTHER_UNIT),
        (taken("A", panel(ZINC, serving=0)), intake.OTHER_UNIT),
    ],
)
def test_what_cannot_be_counted_is_named_with_its_reason(line, why):
    found = added(line, taken("B", panel(ZINC)))
    assert found.not_counted == (("A", why),)
    assert (found.readable, found.lines) == (1, 2)


def test_rows_that_could_not_be_read_and_compounds_are_named():
    compound = Ingredient("Magnesium glycinate", "", Decimal(500), "mg")
    found = added(taken("A", panel(compound, unread=("Zinc ? mg",))))
    assert found.not_counted == (("A", "“Zinc ? mg” of its label could not be read"),)
    assert found.unclear == (("A", "Magnesium glycinate 500 mg"),)


@given(st.lists(st.tuples(st.integers(1, 99), st.integers(1, 12)), min_size=1, max_size=8))
def test_a_total_is_the_sum_of_its_lines(doses):
    lines = [taken(str(n), panel(ZINC, serving=s), units=u) for n, (u, s) in enumerate(doses)]
    [zinc] = added(*lines).totals
    exact = sum(Decimal(15) * u / s for u, s in doses)
    assert abs(zinc.most - exact) < Decimal("1e-9")
    assert zinc.is_above == (zinc.most > 40)


@pytest.mark.django_db
def test_a_plans_lines_and_packs_count():
    desk, facts = Desk(), panel(ZINC, serving=1, unit="capsule").as_json()
    bottle = desk.listing(name="Zinc", facts=facts)
    pill = desk.listing(name="Zinc pill", kind="pill", bottle=bottle)
    with desk.opened():
        item = PlanItem.objects.create(practice=desk.practice, plan=desk.plan, listing=bottle)
        Dose.objects.create(practice=desk.practice, item=item, slot="breakfast", quantity=2)
        PackPill.objects.create(
            practice=desk.practice, pack=desk.pack(), listing=pill, slot="bedtime", quantity=1
        )
        parts = outgoing.parts(desk.plan)
        [zinc] = intake.of_rows(line.row for part in parts for line in part.lines).above
    assert zinc.amount_words == "45 mg"


@pytest.mark.django_db
def test_the_newest_row_of_staff_stands_in_place_of_the_published_limit():
    staff = staff_user(email="op@staff.example")
    said = {"source": "Panel", "set_by": staff, "set_at": timezone.now()}
    with tenancy.unit(tenancy.EVERYTHING):
        UpperLimit.objects.create(nutrient="zinc", amount=30, published=2024, **said)
        UpperLimit.objects.create(nutrient="zinc", amount=25, published=2025, **said)
        UpperLimit.objects.create(nutrient="iron", amount=None, published=2025, **said)
        current = limits.current()
    assert (current["zinc"].amount, current["zinc"].published) == (25, 2025)
    assert "iron" not in current
    assert current["selenium"] == limits.PUBLISHED["selenium"]
