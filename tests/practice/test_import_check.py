"""The dry run: what each line would become."""

import datetime as dt

import pytest

from practice import dry_run
from tests.practice.imports import (
    HEADING,
    JANE,
    OTTO,
    ask_for_check,
    check,
    checked,
    names,
    rows,
    states,
    uploaded,
)


def test_a_dry_run_adds_nobody_and_says_what_each_line_becomes(clinic):
    batch = checked(clinic, HEADING + JANE + OTTO + "Ada,,1970-01-02,,,,,\n")
    assert names(clinic) == []
    assert [(row[0], row[1]) for row in rows(clinic, batch)] == [
        (2, "ready"), (3, "ready"), (4, "wrong")
    ]  # fmt: skip
    page = clinic.ann.get(clinic.url("import-detail", batch.pk)).content.decode()
    assert "Last name: Enter the last name." in page
    assert "Add 2 patients" in page
    assert "DOB" in page


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("Ada,Lum,1/1/2999,,,,,", "Birth date: The birth date lies in the future."),
        ("Ada,Lum,31/12/1980,,,,,", "Birth date: Enter the birth date as a date"),
        ("Ada,Lum,,,nonsense,,,", "E-mail: Enter an e-mail address"),
        ("Ada,Lum,,,,12,,", "Phone: Enter a US phone number with area code"),
        ("Ada,Lum,,,,,ZZ,", "State: Enter the two letters of a US state"),
        ("Ada,Lum,,,,,,336", "ZIP code: Enter a ZIP code of 5 or 9 digits"),
        ("Ada,Lum,,dragon,,,,", "Sex: Enter F, M or X"),
        (f"{'A' * 121},Lum,,,,,,", "First name: Ensure this value has at most 120"),
        ("Ada,Lum,,,,,,,surplus", "more cells than the heading"),
    ],
)
def test_a_wrong_line_is_explained_by_field_in_the_forms_words(clinic, line, said):
    batch = checked(clinic, HEADING + line + "\n")
    [(_, state, _, problems)] = rows(clinic, batch)
    assert state == "wrong"
    assert any(said in problem for problem in problems)


def test_a_line_that_ends_early_is_read_as_far_as_it_goes(clinic):
    assert states(clinic, checked(clinic, HEADING + "Ada,Lum\n")) == ["ready"]


def test_who_is_here_already_is_named(clinic):
    known = clinic.patient(first_name="JANE", birth_date=dt.date(1984, 5, 6), email="", phone="")
    batch = checked(clinic, HEADING + JANE)
    [(_, state, patient_id, problems)] = rows(clinic, batch)
    assert (state, patient_id) == ("alike", known.pk)
    assert problems == ["A patient here has the same name and birth date."]


def test_a_family_member_is_new(clinic):
    clinic.patient(
        first_name="Rune", birth_date=dt.date(2016, 2, 14), email="jane@patients.example"
    )
    assert states(clinic, checked(clinic, HEADING + JANE)) == ["ready"]


def test_the_same_person_twice_in_the_file_is_asked_about(clinic):
    batch = checked(clinic, HEADING + JANE + JANE)
    assert states(clinic, batch) == ["ready", "alike"]
    assert rows(clinic, batch)[1][3] == [
        "Line 2 of this file has the same name, birth date, e-mail and phone."
    ]


def many(count):
    return HEADING + "".join(
        f"P{n},Quill{n % 97},{1940 + n % 70}-0{1 + n % 9}-1{n % 10},F,p{n}@a.example,"
        f"813555{n:04},FL,33602\n"
        for n in range(count)
    )


def test_as_many_lines_as_a_file_may_have_are_checked(clinic):
    assert states(clinic, checked(clinic, many(5000))).count("ready") > 4900


def test_a_batch_is_checked_by_two_queries_however_many_lines_it_has(clinic, queries):
    asked = []
    for count in (1, dry_run.BATCH, 3 * dry_run.BATCH):
        batch = uploaded(clinic, many(count))
        ask_for_check(clinic, batch)
        with queries() as done:
            check(clinic, batch)
        asked.append(len(done))
    assert asked[0] == asked[1] < 15
    assert asked[2] - asked[1] == 2 * 2


def test_the_dry_runs_number_of_queries_does_not_grow(clinic, queries):
    few = checked(clinic, HEADING + JANE)
    many = checked(clinic, HEADING + "".join(f"P{n},Quill,,,,,,\n" for n in range(80)))
    asked = []
    for batch in (few, many):
        with queries() as done:
            clinic.ann.get(clinic.url("import-detail", batch.pk))
        asked.append(len(done))
    assert asked[0] == asked[1] <= 8
