"""What a person sees of a product or a pill before it goes into a plan: its warnings, all of its
names, and whether it can be had."""

import pytest

from catalog import words
from catalog.models import Product
from practice import tenancy
from recommendations import board, outgoing
from recommendations.models import PackPill
from tests.factories import ConnectionFactory
from tests.recommendations.rows import Desk

pytestmark = pytest.mark.django_db

SKU = "000000000100000873"
WARNED = {"warnings": ["Prop65BirthDefectCancer"]}


@pytest.fixture
def desk():
    return Desk()


def pill(desk, **values):
    known = {"kind": "pill", "name": "RegeneMax", "generic_name": "BIOTIN PLUS", "sku": SKU}
    return desk.listing(**(known | values))


def label(desk, clinician_of=None, **values):
    """The private label of a clinician for the same pill."""
    other = clinician_of or desk
    with other.opened():
        connection = ConnectionFactory(membership=other.clinician)
    known = {"name": "Beauty", "is_private_label": True, "practice": other.practice}
    return pill(desk, **(known | {"connection": connection} | values))


def packed(desk, *listings):
    pack = desk.pack()
    with desk.opened():
        for listing in listings:
            PackPill.objects.create(
                practice=desk.practice, pack=pack, listing=listing, slot="breakfast", quantity=1
            )
    return pack


def found(desk, pack, words):
    return desk.get("pill-search", desk.plan.pk, pack.pk, data={"q": words}).content.decode()


def test_a_pill_is_found_with_its_three_names(desk):
    pill(desk)
    label(desk)
    page = found(desk, desk.pack(), "RegeneMax")
    assert "BIOTIN PLUS · private label Beauty" in page


def test_another_clinicians_label_is_not_told(desk):
    pill(desk)
    label(desk, clinician_of=Desk())
    assert "Beauty" not in found(desk, desk.pack(), "RegeneMax")


def test_a_label_that_is_only_the_generic_name_is_none(desk):
    pill(desk)
    label(desk, name="BIOTIN PLUS")
    assert "private label" not in found(desk, desk.pack(), "RegeneMax")


def test_a_found_pill_shows_warnings_and_stock_before_it_is_added(desk):
    pill(desk, stock=8394, **WARNED)
    page = found(desk, desk.pack(), "RegeneMax")
    assert page.index("Manufacturer&#x27;s warning") < page.index("<button")
    assert "8394 in stock" in page


def test_an_unknown_warning_of_a_found_product_is_shown(desk):
    with tenancy.unit(tenancy.EVERYTHING):
        product = Product.objects.create(name="Zinc")
    desk.listing(name="Zinc", sku="Z-1", product=product, warnings=["SoldInJars"])
    with tenancy.unit(tenancy.EVERYTHING):
        words.refresh([product.pk], None)
    page = desk.get("plan-search", desk.plan.pk, data={"q": "Z-1"}).content.decode()
    assert page.index("Manufacturer&#x27;s warning: SoldInJars") < page.index("<button")


def test_the_pack_shows_each_pills_warnings_names_and_stock(desk):
    packed(desk, pill(desk, stock=-2, **WARNED))
    page = desk.get("plan-detail", desk.plan.pk).content.decode()
    assert "Manufacturer&#x27;s warning" in page
    assert "BIOTIN PLUS" in page
    assert "a pill is out of stock" in page


def test_the_review_shows_a_packs_warnings_by_pill(desk):
    packed(desk, pill(desk, warnings=["SoldInJars"]))
    with desk.opened():
        (part,) = outgoing.parts(desk.plan)
    assert part.lines[0].warnings == ["RegeneMax: Manufacturer's warning: SoldInJars"]


@pytest.mark.parametrize(
    ("stocks", "is_available"), [((5, 9), True), ((5, 0), False), ((5, None), None), ((), None)]
)
def test_a_pack_can_be_had_when_its_pills_can(desk, stocks, is_available):
    listings = [
        pill(desk, sku=f"P{n}", stock=stock, in_stock=None) for n, stock in enumerate(stocks)
    ]
    pack = packed(desk, *listings)
    with desk.opened():
        (shown,) = board.Board(desk.plan).packs
    assert pack.pk == shown.pack.pk
    assert shown.is_available is is_available
