"""Staff say what means the same in a search."""

import pytest
from django.test import Client

from catalog import synonyms
from catalog.models import Synonym
from practice import tenancy
from tests.factories import staff_user

pytestmark = pytest.mark.django_db
DESK = "/admin/catalog/synonym/"


@pytest.fixture
def staff():
    browser = Client(headers={"x-forwarded-proto": "https"})
    browser.force_login(staff_user())
    return browser


def rows():
    with tenancy.unit(tenancy.EVERYTHING):
        return [row.phrases for row in Synonym.objects.filter(phrases__contains=["quark"])]


def test_phrases_are_kept_as_they_are_compared(staff):
    staff.post(f"{DESK}add/", {"phrases": "Quark®, Curd-Cheese,  quark"})
    assert rows() == [["quark", "curd cheese"]]


@pytest.mark.parametrize("phrases", ["quark", "quark, Quark", "quark, one two three four five six"])
def test_what_says_nothing_is_refused(staff, phrases):
    answer = staff.post(f"{DESK}add/", {"phrases": phrases})
    assert answer.status_code == 200
    assert rows() == []


def test_the_longest_phrase_is_taken():
    with tenancy.unit(tenancy.EVERYTHING):
        Synonym.objects.create(phrases=["quark oil", "curd oil"])
        Synonym.objects.create(phrases=["oil", "fat"])
        first, second = synonyms.parts(["quark", "oil", "pure"])
    assert (first.typed, first.others) == (("quark", "oil"), (("curd", "oil"),))
    assert (second.typed, second.others) == (("pure",), ())
