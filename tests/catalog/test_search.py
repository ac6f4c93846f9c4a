"""Search finds what a clinician types, and only what the practice may see."""

import pytest

from catalog import search
from catalog.models import Listing, Product
from practice import tenancy
from practice.vendors.contract import Kind

pytestmark = pytest.mark.django_db


@pytest.fixture
def found(filled, nora):
    """`found(words)` is what Nora's practice finds."""

    def go(words, limit=20):
        with tenancy.unit(tenancy.of_practice(nora.practice_id)):
            return search.find(nora.practice, words, limit)

    return go


@pytest.fixture
def sample(filled):
    """A WholeScripts bottle with a UPC that Fullscript lists too."""
    with tenancy.unit(tenancy.EVERYTHING):
        return (
            Listing.objects.filter(
                practice=None, kind=Kind.BOTTLE, product__listings__vendor="fullscript"
            )
            .exclude(gtin="")
            .select_related("product")
            .first()
        )


def test_one_product_carries_the_offers_of_both_vendors(found, sample):
    (product,) = found(sample.sku)
    assert product.pk == sample.product_id
    assert [offer.vendor for offer in product.offers] == ["fullscript", "wholescripts"]


@pytest.mark.parametrize("spelling", ["{}", "0{}", " {} "])
def test_a_upc_is_found_however_it_is_written(found, sample, spelling):
    assert found(spelling.format(sample.gtin[2:]))[0].pk == sample.product_id


def test_a_fullscript_id_is_found(found, filled):
    with tenancy.unit(tenancy.EVERYTHING):
        listing = Listing.objects.filter(vendor="fullscript").last()
    assert [product.pk for product in found(listing.sku)] == [listing.product_id]


@pytest.mark.parametrize(
    "words", ["Adrenal Complex", "adren comp", "ADRENAL complex 400mg", "complex adrenal"]
)
def test_words_are_found_by_their_beginnings_in_any_order(found, words):
    names = [product.name.lower() for product in found(words, 50)]
    named = ["adrenal" in name for name in names]
    assert any(named)
    assert named == sorted(named, reverse=True)  # before those that only have it inside


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("adernal complex", "adrenal"), ("ashwaganda root", "ashwagandha"), ("vitmin d3", "vitamin")],
)
def test_one_slip_is_forgiven(found, typed, meant):
    names = [product.name.lower() for product in found(typed, 5)]
    assert names
    assert meant in names[0]


def test_nothing_typed_finds_nothing(found):
    assert found("  ") == found("''&|!:*") == []


def test_another_practice_finds_no_listing_of_ours(filled, nora, clara):
    with tenancy.unit(tenancy.EVERYTHING):
        own = Listing.objects.filter(practice=nora.practice, kind=Kind.BOTTLE)
        skus = list(own.values_list("sku", flat=True))
        names = list(own.filter(product__practice=nora.practice).values_list("name", flat=True))
    with tenancy.unit(tenancy.of_practice(clara.practice_id)):
        assert not any(search.find(clara.practice, sku) for sku in skus[:20])
        for name in names[:10]:
            products = search.find(clara.practice, name)
            assert all(offer.practice_id is None for p in products for offer in p.offers)
        everything = search.look_up(clara.practice, search.Asked()).ids
        assert not Product.objects.filter(pk__in=everything).exclude(practice=None).exists()


def test_the_number_of_queries_does_not_grow(filled, nora, django_assert_num_queries):
    with tenancy.unit(tenancy.of_practice(nora.practice_id)):
        with django_assert_num_queries(4):
            assert len(search.find(nora.practice, "vitamin", 5)) == 5
        with django_assert_num_queries(4):
            assert len(search.find(nora.practice, "vitamin", 50)) == 50
