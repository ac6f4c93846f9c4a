"""Who is suggested as one person, who is a household, and what was said about it."""

import datetime as dt

import pytest
from django.utils import timezone

from practice import duplicates
from practice.alike import Record, Register, compare
from practice.models import Patient, PatientsApart
from tests.factories import PatientFactory
from tests.practice import many

JANE = {
    "first_name": "Jane",
    "last_name": "Marchetti",
    "birth_date": dt.date(1984, 5, 6),
    "email": "jane@patients.example",
    "phone": "+18135550142",
    "record_number": "",
    "sex": "",
}
ELSEWHERE = {"email": "other@patients.example", "phone": "+18135550199"}


def likeness(**other):
    return compare(Record.read(1, **JANE), Record.read(2, **JANE | other))


@pytest.mark.parametrize(
    "other",
    [
        ELSEWHERE,
        {"first_name": "JANÉ", "last_name": "marchetti ", **ELSEWHERE},
        {"first_name": "Marchetti", "last_name": "Jane", **ELSEWHERE},
        {"last_name": "Marchetty", **ELSEWHERE},
        {"birth_date": None, **ELSEWHERE},
        {"birth_date": dt.date(1984, 6, 5), **ELSEWHERE},
        {"birth_date": dt.date(1984, 5, 8), **ELSEWHERE},
        {"birth_date": dt.date(1951, 1, 1)},
        {"last_name": "Osei"},
    ],
    ids=[
        "same", "accents and case", "names swapped", "a letter off", "birth date unknown",
        "day and month swapped", "a digit off", "same name and contact", "new surname",
    ],
)  # fmt: skip
def test_what_may_be_one_person(other):
    assert likeness(**other).may_be_same


@pytest.mark.parametrize(
    "other",
    [
        {"birth_date": dt.date(1951, 1, 1), **ELSEWHERE},
        {"first_name": "Otto", "last_name": "Quill", **ELSEWHERE},
        {"last_name": "Marchetty", "birth_date": None, **ELSEWHERE},
        {"first_name": "Rune", "birth_date": dt.date(2016, 2, 14)},
    ],
    ids=["namesake", "same birth date", "close name alone", "a child"],
)
def test_what_is_not_suggested(other):
    assert not likeness(**other).may_be_same


def test_a_shared_contact_with_another_name_and_birth_date_is_a_household():
    assert likeness(first_name="Rune", birth_date=dt.date(2016, 2, 14)).is_household
    assert not likeness(birth_date=dt.date(1984, 5, 6)).is_household


def test_the_likeliest_pair_comes_first(clinic):
    for fields in ({}, {"birth_date": None}, {"last_name": "Marchetty"}):
        clinic.patient(**JANE | fields | {"email": "", "phone": ""})
    with clinic.open():
        found = duplicates.of_practice(clinic.here)
    assert [pair.likeness.name for pair in found] == ["close", "same"]


def test_archived_patients_and_other_practices_are_left_out(clinic):
    clinic.patient(**JANE)
    clinic.patient(**JANE, archived_at=timezone.now())
    with clinic.open_elsewhere():
        PatientFactory(practice=clinic.elsewhere, **JANE)
    with clinic.open():
        assert duplicates.of_practice(clinic.here) == []


def test_a_key_that_everybody_shares_says_nothing(clinic):
    for number in range(201):
        clinic.patient(first_name=f"P{number}x", last_name=f"Q{number * 7919}", email="")
    with clinic.open():
        assert duplicates.of_practice(clinic.here) == []


def test_the_page_shows_what_agrees_and_leads_to_merging(clinic):
    one, other = clinic.patient(**JANE), clinic.patient(**JANE | {"birth_date": None})
    page = clinic.ann.get(clinic.url("duplicate-list")).content.decode()
    assert clinic.url("patient-merge", one.pk, other.pk) in page
    assert "only one has it" in page


def test_a_household_is_not_listed_but_named_on_the_patients_page(clinic):
    mother = clinic.patient(**JANE)
    child = clinic.patient(**JANE | {"first_name": "Rune", "birth_date": dt.date(2016, 2, 14)})
    assert "No duplicates found" in clinic.ann.get(clinic.url("duplicate-list")).content.decode()
    page = clinic.rae.get(clinic.url("patient-detail", mother.pk)).content.decode()
    assert "Shares an e-mail or phone with" in page
    assert clinic.url("patient-detail", child.pk) in page


def test_not_the_same_is_remembered_by_both_pages(clinic):
    one, other = clinic.patient(**JANE), clinic.patient(**JANE)
    assert "Maybe the same person as" in of(clinic, one)
    for ids in ((one.pk, other.pk), (other.pk, one.pk)):
        clinic.ann.post(clinic.url("duplicate-apart"), {"one": ids[0], "other": ids[1]})
    assert "Maybe the same person as" not in of(clinic, other)
    assert "No duplicates found" in clinic.ann.get(clinic.url("duplicate-list")).content.decode()
    with clinic.open():
        said = PatientsApart.objects.get()
    assert (said.first_id, said.second_id, said.said_by) == (one.pk, other.pk, "Ann Ames")


@pytest.mark.parametrize("other", ["theirs", "nobody", "junk", "self"])
def test_not_the_same_of_strange_ids(clinic, other):
    one = clinic.patient()
    with clinic.open_elsewhere():
        theirs = PatientFactory(practice=clinic.elsewhere)
    ids = {"theirs": theirs.pk, "nobody": 999_999_999, "junk": "x", "self": one.pk}
    sent = {"one": one.pk, "other": ids[other]}
    answer = clinic.ann.post(clinic.url("duplicate-apart"), sent)
    assert answer.status_code == (302 if other == "self" else 404)
    with clinic.open():
        assert not PatientsApart.objects.exists()


def test_the_lists_number_of_queries_does_not_grow(clinic, queries):
    def pairs(count):
        for number in range(count):
            born = dt.date(1970, 1, 1) + dt.timedelta(days=number)
            for _ in range(2):
                clinic.patient(**JANE | {"birth_date": born, "email": "", "phone": ""})

    pairs(2)
    with queries() as few:
        clinic.ann.get(clinic.url("duplicate-list"))
    pairs(15)
    with queries() as many:
        clinic.ann.get(clinic.url("duplicate-list"))
    assert len(many) == len(few) <= 8


def test_many_patients_are_read_in_two_queries_and_compared_with_few(clinic, queries):
    """`make bench-duplicates` does it with fifty thousand, and shows how long it takes."""
    with clinic.open():
        many.patients(clinic.here, 4_000)
        twice = many.twice(clinic.here, 40)
        with queries() as done:
            found = duplicates.of_practice(clinic.here)
        compared = sum(1 for _ in Register.of(Patient.objects.current()).near())
    assert len(done) == 2
    assert {(pair.first_id, pair.second_id) for pair in found} >= twice
    assert compared < 3 * 4_000  # and not 8,000,000


def of(clinic, patient):
    return clinic.ann.get(clinic.url("patient-detail", patient.pk)).content.decode()
