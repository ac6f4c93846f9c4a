"""The list of patients and its search."""

import pytest
from django.utils import timezone


def test_archived_patients_are_listed_apart(clinic):
    clinic.patient(last_name="Current")
    clinic.patient(last_name="Gone", archived_at=timezone.now())
    current = clinic.rae.get(clinic.url("patient-list")).content.decode()
    archived = clinic.rae.get(clinic.url("patient-list"), {"show": "archived"}).content.decode()
    assert ("Current," in current, "Gone," in current) == (True, False)
    assert ("Current," in archived, "Gone," in archived) == (False, True)


def test_the_list_goes_by_last_name_whatever_the_case(clinic):
    for name in ("de Wit", "Baker", "abbot", "Zimmer"):
        clinic.patient(last_name=name)
    rows = clinic.rae.get(clinic.url("patient-list")).context["rows"]
    assert [row[0].last_name for row in rows] == ["abbot", "Baker", "de Wit", "Zimmer"]


@pytest.mark.parametrize("words", ["oka", "IMANI", "imani okafor", "imani@patients", "MRN-7"])
def test_search_finds_by_name_email_or_record_number(clinic, words):
    clinic.patient(first_name="Imani", last_name="Okafor", record_number="MRN-7")
    clinic.patient(first_name="Someone", last_name="Else")
    page = clinic.rae.post(clinic.url("patient-list"), {"q": words})
    assert [row[0].last_name for row in page.context["rows"]] == ["Okafor"]


def test_live_search_answers_with_the_results_alone(clinic):
    clinic.patient(last_name="Okafor")
    page = clinic.rae.post(clinic.url("patient-list"), {"q": "oka"}, headers={"hx-request": "true"})
    assert "Okafor" in page.content.decode()
    assert "<html" not in page.content.decode()


def test_a_name_in_the_address_is_not_searched_for(clinic):
    """Patient data never enters a query string (design 8), so nothing may depend on one."""
    clinic.patient(last_name="Okafor")
    assert len(clinic.rae.get(clinic.url("patient-list"), {"q": "nobody"}).context["rows"]) == 1


def test_a_search_without_results_says_what_to_try(clinic):
    clinic.patient()
    page = clinic.rae.post(clinic.url("patient-list"), {"q": "nobody"}).content.decode()
    assert "No patient found" in page
    assert "Add your first patient" not in page


def test_a_search_pages_by_its_own_form(clinic):
    for _ in range(51):
        clinic.patient(last_name="Okafor")
    page = clinic.rae.post(clinic.url("patient-list"), {"q": "okafor", "page": "2"})
    assert len(page.context["rows"]) == 1
    assert 'form="patient-search" name="page" value="1"' in page.content.decode()


@pytest.mark.parametrize("page", ["0", "-1", "x", "999999"])
def test_an_impossible_page_is_the_nearest_one(clinic, page):
    clinic.patient()
    assert clinic.rae.get(clinic.url("patient-list"), {"page": page}).status_code == 200


def test_the_lists_number_of_queries_does_not_grow(clinic, queries):
    clinic.patient()
    with queries() as few:
        clinic.rae.get(clinic.url("patient-list"))
    for _ in range(30):
        clinic.patient()
    with queries() as many:
        clinic.rae.get(clinic.url("patient-list"))
    assert len(many) == len(few) <= 8
