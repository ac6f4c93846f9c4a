"""The same thing in another size, and the pills of a bottle, held against the made-up market."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog import twins
from catalog.models import Listing, Product
from practice import tenancy
from practice.vendors.contract import Kind
from tests.catalog.readings import SEED
from tests.factories import PracticeFactory
from tests.simulators.catalogue.articles import articles
from tests.simulators.catalogue.wholescripts import sku

pytestmark = pytest.mark.django_db


@pytest.fixture
def practice(filled, nora):
    with tenancy.unit(tenancy.of_practice(nora.practice_id)):
        yield nora.practice


@pytest.fixture
def product_of(practice):
    """{SKU: product} of all that WholeScripts lists."""
    rows = Listing.objects.filter(vendor="wholescripts", kind=Kind.BOTTLE, is_private_label=False)
    return {row.sku: row.product for row in rows.select_related("product")}


def sizes():
    """Lists of SKUs of one thing in several sizes, the smallest first."""
    families = {}
    for article in articles(SEED):
        if article.wholescripts:
            families.setdefault(article.family, []).append(article)
    return [
        [sku(article) for article in sorted(found, key=lambda one: one.count)]
        for found in families.values()
        if len(found) > 1
    ]


def test_nearly_every_size_of_one_thing_is_found_from_every_other(practice, product_of):
    pairs = [(one, other) for family in sizes() for one in family for other in family]
    pairs = [(product_of[one], product_of[other]) for one, other in pairs if one != other]
    found = [other in twins.other_sizes(practice, one) for one, other in pairs]
    assert len(found) > 100
    assert sum(found) >= 0.8 * len(found)


def test_what_is_found_is_of_the_brand_and_in_another_count(practice, product_of):
    for product in product_of.values():
        for twin in twins.other_sizes(practice, product):
            assert twin.brand.split()[0].strip("®") == product.brand.split()[0].strip("®")
            assert twin.count != product.count


def test_sizes_are_found_with_two_statements(practice, product_of):
    with CaptureQueriesContext(connection) as done:
        twins.other_sizes(practice, next(iter(product_of.values())))
    assert len(done) == 2


def test_a_bottle_has_its_pill_and_a_pill_its_bottles(practice):
    bottles = list(Listing.objects.seen_by(practice).offered().exclude(pill_sku=""))
    pills = twins.pills_of(practice, bottles)
    assert len(pills) > 50
    for bottle in bottles[:20]:
        if pill := pills.get(bottle.pk):
            assert pill.sku == bottle.pill_sku
            assert bottle in twins.bottles_of(practice, pill)


def test_what_another_practice_sells_is_no_twin(practice, product_of):
    product = next(p for p in product_of.values() if twins.other_sizes(practice, p))
    listing = product.listings.exclude(family=None).first()
    with tenancy.unit(tenancy.EVERYTHING):
        elsewhere = PracticeFactory()
        theirs = Product.objects.create(name="Elsewhere", practice=elsewhere, count="777")
        listing.pk, listing.practice, listing.product = None, elsewhere, theirs
        listing.save()
    assert theirs not in twins.other_sizes(practice, product)
