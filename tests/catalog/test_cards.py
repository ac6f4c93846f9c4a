"""What products are found by: whose words, which choices, how many of each."""

import pytest
from django.http import QueryDict

from catalog import search, words
from catalog.facets import Chosen
from catalog.models import OwnCard, Product, SharedCard, Synonym
from practice import tenancy
from tests.factories import PracticeFactory
from tests.recommendations.rows import ListingFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def ours():
    with tenancy.unit(tenancy.EVERYTHING):
        return PracticeFactory()


def stock(name, practice=None, product=None, **values):
    """A product with one offer, found from now on."""
    with tenancy.unit(tenancy.EVERYTHING):
        brand = values.get("brand", "")
        product = product or Product.objects.create(name=name, practice=practice, brand=brand)
        ListingFactory(product=product, practice=practice, name=name, **values)
        owner = practice and practice.pk
        words.refresh([product.pk], owner)
        words.recount(owner)
    return product


def look_up(practice, text="", address="", **values):
    asked = search.Asked(text, Chosen.of(QueryDict(address)), counted=True, **values)
    with tenancy.unit(tenancy.of_practice(practice.pk)):
        return search.look_up(practice, asked)


def test_an_own_listing_on_a_shared_product_is_found_by_its_practice_alone(ours):
    with tenancy.unit(tenancy.EVERYTHING):
        theirs = PracticeFactory()
    product = stock("Magnesium Calm")
    stock("Nightfall blend", practice=ours, product=product, is_private_label=True)
    assert look_up(ours, "nightfall").ids == (product.pk,)
    assert look_up(ours, "magnesium").counts["label"] == {"own": 1}
    assert look_up(theirs, "nightfall").ids == ()
    assert "label" not in look_up(theirs, "magnesium").counts
    assert look_up(theirs).counts["vendor"] == look_up(ours).counts["vendor"] == {"wholescripts": 1}


def test_a_shared_change_reaches_the_cards_of_practices(ours):
    product = stock("Magnesium Calm")
    stock("Nightfall blend", practice=ours, product=product)
    stock("Magnesium Renamed", product=product)
    assert look_up(ours, "renamed").ids == (product.pk,)


def test_choices_of_one_facet_are_alternatives_and_facets_add_up(ours):
    for number, (brand, left) in enumerate((("A", 1), ("A", 0), ("B", 1), ("C", 1))):
        stock(f"Zinc {number}", brand=brand, stock=left)
    found = look_up(ours, "zinc", "brand=A&brand=B&stock=yes")
    assert len(found.ids) == 2
    assert found.counts["brand"] == {"A": 1, "B": 1, "C": 1}  # as if no brand were chosen
    assert found.counts["stock"] == {"yes": 2}
    assert look_up(ours).counts["brand"] == {"A": 2, "B": 1, "C": 1}
    assert look_up(ours).total == 4


def test_what_a_label_says_is_found_and_narrowed_by(ours):
    facts = {"ingredients": [{"name": "Zinc", "form": "as zinc picolinate"}], "free_of": ["milk"]}
    product = stock("Shield", facts=facts, categories=["Immune"])
    stock("Zinc picolinate")
    assert look_up(ours, "picolinate").ids[1] == product.pk  # after the one that is called so
    assert look_up(ours, "immune", "free=milk").ids == (product.pk,)


def test_a_synonym_is_found_in_any_of_its_phrases(ours):
    with tenancy.unit(tenancy.EVERYTHING):
        Synonym.objects.create(phrases=["sunshine vitamin", "cholecalciferol"])
    product = stock("Cholecalciferol 5000 IU")
    assert look_up(ours, "sunshine vitamin 5000").ids == (product.pk,)


@pytest.mark.parametrize(
    "typed", ["magnseium glycinate", "mangesum glycinat", "magnesium glicinatte"]
)
def test_two_slips_are_forgiven_and_said(ours, typed):
    product = stock("Magnesium Glycinate")
    found = look_up(ours, typed)
    assert (found.ids, found.corrected) == ((product.pk,), "magnesium glycinate")
    assert look_up(ours, typed, as_typed=True).ids == ()


def test_who_is_sorted_by_price_stands_before_who_has_none(ours):
    dear, cheap, unknown = (
        stock(f"Zinc {price}", daily_price=price) for price in ("2.00", "0.30", None)
    )
    assert look_up(ours, "zinc", order=search.PRICE).ids == (cheap.pk, dear.pk, unknown.pk)
    assert look_up(ours, order=search.PRICE).ids == (cheap.pk, dear.pk, unknown.pk)


def test_what_is_offered_no_more_has_no_card(ours):
    product = stock("Zinc", practice=ours)
    with tenancy.unit(tenancy.EVERYTHING):
        product.listings.update(retired_at=product.created_at)
        words.refresh([product.pk], ours.pk)
        assert not OwnCard.objects.exists()
        assert not SharedCard.objects.exists()


def test_a_card_that_is_lacking_is_written(ours):
    with tenancy.unit(tenancy.EVERYTHING):
        ListingFactory(product=Product.objects.create(name="Zinc"), name="Zinc")
        words.catch_up(None)
    assert len(look_up(ours, "zinc").ids) == 1


def test_no_practice_writes_a_card_of_all(ours):
    stock("Zinc")
    with tenancy.unit(tenancy.of_practice(ours.pk)):
        assert SharedCard.objects.update(name="ours") == 0
