"""Staff say that two spellings are one brand, and the next matching reads the labels anew."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from catalog import aliases, keys, match
from catalog.models import BrandAlias, Listing
from practice import tenancy
from tests.factories import staff_user
from tests.recommendations.rows import ListingFactory

pytestmark = pytest.mark.django_db

LIST = reverse("admin:catalog_brandalias_changelist")
ADD = reverse("admin:catalog_brandalias_add")


@pytest.fixture
def staff():
    browser = Client(headers={"x-forwarded-proto": "https"})
    browser.force_login(staff_user(email="op@staff.example"))
    return browser


@pytest.fixture
def two():
    """One product, of whose brand nobody would guess the other spelling."""
    made = {"count": "60", "count_unit": "Capsules", "matched_by": ""}
    for vendor, brand in (("wholescripts", "Sunmere"), ("fullscript", "SMN Europe")):
        label = keys.facts(name="Zinc 15 mg", brand=brand, count="60", unit="Capsules")
        with tenancy.unit(tenancy.EVERYTHING):
            ListingFactory(
                vendor=vendor, brand=brand, name="Zinc 15 mg", name_key=label.key, **made
            )
    return products


def products() -> int:
    """How many products the two are once they were matched."""
    with tenancy.declare(tenancy.EVERYTHING):
        list(match.run(None))
        with tenancy.unit():
            return Listing.objects.values("product").distinct().count()


def test_a_spelling_joins_what_it_kept_apart_and_taken_back_parts_it_again(staff, two):
    assert two() == 2
    staff.post(ADD, {"alias": "SMN Europe", "brand": "Sunmere"})
    assert two() == 1
    with tenancy.unit(tenancy.EVERYTHING):
        row = BrandAlias.objects.get()
        assert row.added_by
        aliases.remove(row)
    assert two() == 2


@pytest.mark.parametrize(
    ("alias", "brand"), [("Sunmere Inc.", "SUNMERE"), ("", "Sunmere"), ("®", "Sunmere")]
)
def test_what_is_read_alike_already_is_refused_with_words(staff, alias, brand):
    answer = staff.post(ADD, {"alias": alias, "brand": brand})
    assert answer.status_code == 200
    assert not BrandAlias.objects.exists()


def test_one_spelling_has_one_meaning(staff):
    with tenancy.unit(tenancy.EVERYTHING):
        aliases.add("SMN Europe", "Sunmere", "op", timezone.now())
    answer = staff.post(ADD, {"alias": "smn europe", "brand": "Other"})
    assert "This spelling has a meaning already" in answer.content.decode()
