"""Products side by side: what is the same, what differs, and what nobody can tell."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog import compare
from catalog.facts_panel import FactsPanel, Ingredient
from catalog.models import Listing
from practice import tenancy
from tests.catalog.readings import shelf
from tests.recommendations.conftest import make_harbor


def rows(*panels):
    """label → (word, the cells) of the ingredients of these labels."""
    found = [compare.Column(None, None, panel) for panel in panels]
    return {row.label: row for row in compare._ingredients(found)}


def of(*ingredients, **values):
    return FactsPanel(ingredients=ingredients, **values)


def zinc(amount, unit="mg", **more):
    return Ingredient("Zinc", amount=amount and Decimal(amount), unit=unit, **more)


@pytest.mark.parametrize(
    ("one", "other", "word"),
    [
        (zinc("15"), zinc("15"), ""),
        (zinc("15"), zinc("15000", "mcg"), ""),
        (zinc("0.015", "g"), zinc("15.0"), ""),
        (zinc("15"), zinc("30"), "differs"),
        (zinc("15", form="as zinc picolinate"), zinc("15", form="as zinc oxide"), "differs"),
        (zinc("1000", "IU"), zinc("25", "mcg"), "unclear"),
        (zinc("1000", "IU"), zinc("2000", "IU"), "differs"),
        (zinc("15", "mcg DFE"), zinc("15", "mcg"), "unclear"),
        (zinc(None, blend="Calm Blend"), zinc("15"), "unclear"),
        (zinc(None), zinc(None), "unclear"),
    ],
)
def test_amounts_are_compared_by_weight_and_nothing_else(one, other, word):
    assert rows(of(one), of(other))["Zinc"].word == word


def test_what_is_not_on_the_other_label_differs():
    row = rows(of(zinc("15"), Ingredient("Boron")), of(zinc("15")))["Boron"]
    assert row.word == "differs"
    assert row.cells[1].notes == ("not on the label",)


def test_a_product_without_a_label_makes_nothing_differ():
    row = rows(of(zinc("15")), FactsPanel())["Zinc"]
    assert row.word == "unclear"
    assert row.cells[1].notes == ("no label was read",)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Vitamin B12 (as Methylcobalamin)", "vitamin B-12"),
        ("Magnesium", "MAGNESIUM®"),
        ("Omega 3", "Omega-3"),
    ],
)
def test_names_are_folded(one, other):
    assert compare.name_key(one) == compare.name_key(other)


def test_masses_that_are_printed_in_several_units_are_told_in_one():
    row = rows(of(zinc("15")), of(zinc("500", "mcg")))["Zinc"]
    assert row.cells[1].lines == ("500 mcg",)
    assert "= 0.5 mg" in row.cells[1].notes[0]


def test_unknown_amounts_say_so_with_their_blend():
    row = rows(of(zinc(None, blend="Calm Blend")))["Zinc"]
    assert row.cells[0].lines == ("amount unknown",)
    assert row.cells[0].notes == ("in Calm Blend",)


class Shelf:
    def __init__(self, client, count=5):
        self.client, self.harbor, self.products = client, make_harbor(), shelf(count)
        client.force_login(self.harbor.nora.user)

    def get(self, *products, **query):
        query |= {"p": [getattr(product, "pk", product) for product in products]}
        address = reverse("catalog:product-compare", args=["harbor"])
        return self.client.get(address, query).content.decode()


@pytest.fixture
def here(db, client):
    return Shelf(client)


def test_an_address_holds_the_products_in_its_order(here):
    one, two = here.products[:2]
    page = here.get(two, one)
    assert page.index(two.name) < page.index(one.name)
    assert f'href="?p={one.pk}" aria-label="Take {two.name} out"' in page


def test_four_are_compared_and_a_fifth_is_said_to_be_left_out(here):
    page = here.get(*here.products)
    assert "The first four are shown" in page
    assert here.products[4].name not in page


def test_what_is_no_product_is_left_out(here):
    page = here.get("x", "", "9" * 30, 999_999, here.products[0])
    assert page.count('<th scope="col">') == 1


def test_nothing_chosen_teaches_to_search(here):
    assert "Nothing to compare yet" in here.get()


def test_a_product_is_found_and_added_by_a_link(here):
    one, two = here.products[:2]
    page = here.get(one, q=two.name)
    assert f'href="?p={one.pk}&amp;p={two.pk}"' in page


def test_a_label_is_shown_with_its_blend_and_only_differences_when_asked(here):
    one, two = here.products[:2]
    for product, amount in ((one, "15"), (two, "30")):
        panel = of(zinc(amount), Ingredient("Boron", amount=Decimal(1), unit="mg"))
        with tenancy.unit(tenancy.EVERYTHING):
            Listing.objects.filter(product=product).update(facts=panel.as_json())
    assert "Boron" in here.get(one, two)
    page = here.get(one, two, show="differences")
    assert "15 mg" in page
    assert "Boron" not in page


def test_the_number_of_queries_is_the_same_for_one_and_four(here, django_assert_num_queries):
    here.get(here.products[0])
    with CaptureQueriesContext(connection) as few:
        here.get(here.products[0])
    with django_assert_num_queries(len(few)):
        here.get(*here.products[:4])
    assert len(few) <= 16
