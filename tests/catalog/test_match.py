"""Which listings become one product, held against the market's own ground truth."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog import match, review
from catalog.models import Listing, Product
from practice import tenancy
from practice.vendors.contract import Kind
from tests.catalog.readings import SEED
from tests.simulators import catalogue

pytestmark = pytest.mark.django_db


@pytest.fixture
def product_of(filled):
    """{SKU: product id} of every bottle."""
    with tenancy.unit(tenancy.EVERYTHING):
        bottles = Listing.objects.filter(kind=Kind.BOTTLE, is_private_label=False)
        return dict(bottles.values_list("sku", "product_id"))


def linked(product_of, pairs):
    return [pair for pair in pairs if product_of[pair[0]] == product_of[pair[1]]]


def test_every_bottle_has_a_product(product_of):
    assert None not in product_of.values()


def test_all_twins_by_barcode_are_one_product(product_of):
    pairs = [pair for pair in catalogue.twins(SEED) if pair[2] == "upc"]
    assert len(pairs) > 100
    assert linked(product_of, pairs) == pairs


def test_most_twins_by_name_are_one_product(product_of):
    pairs = [pair for pair in catalogue.twins(SEED) if pair[2] == "name"]
    assert len(linked(product_of, pairs)) >= 0.9 * len(pairs)


def test_nothing_that_only_looks_alike_is_one_product(product_of):
    assert linked(product_of, catalogue.traps(SEED)) == []


def test_shared_products_hold_and_show_shared_words_only(filled, nora):
    with tenancy.unit(tenancy.EVERYTHING):
        joined = Product.objects.filter(
            practice=None, listings__practice=nora.practice, listings__kind=Kind.BOTTLE
        )
        assert joined.count() > 100
        own = Listing.objects.filter(practice=None, product__practice=nora.practice)
        assert not own.exists()


def test_no_statement_compares_listings_with_listings(filled, nora):
    """It would take minutes where the database has no statistics yet: at a first reading."""
    with tenancy.unit(tenancy.of_practice(nora.practice_id)):
        with CaptureQueriesContext(connection) as captured:
            Listing.objects.for_practice(nora.practice).update(matched_by="")
            match.reconsider(nora.practice_id)
            match.batch(nora.practice_id)
            review.find(nora.practice_id)
        asked = [query["sql"] for query in captured if "catalog_listing" in query["sql"]]
    assert len(asked) >= 7
    for statement in asked:
        assert len(re.findall('(?:FROM|JOIN) "?catalog_listing', statement)) <= 1, statement
