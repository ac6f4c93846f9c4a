"""Whose patients an import makes, and who sees it."""

import datetime as dt

import pytest

from practice.models import PatientImport, Practice
from tests.factories import PatientFactory
from tests.practice.imports import (
    HEADING,
    JANE,
    OTTO,
    checked,
    names,
    post,
    rows,
    run,
    taken_in,
    upload,
)


def restrict(clinic):
    with clinic.open():
        Practice.objects.filter(pk=clinic.here.pk).update(restricts_patients=True)


def test_the_uploader_says_whose_they_become(clinic):
    taken_in(clinic, HEADING + JANE, practitioner=clinic.members.bob.pk)
    assert names(clinic, practitioner=clinic.members.bob) == ["Jane"]


def test_who_sees_only_their_own_imports_for_themselves(clinic):
    restrict(clinic)
    batch = checked(clinic, HEADING + JANE, who="bob", practitioner=clinic.members.alice.pk)
    post(clinic, "import-confirm", batch, who="bob")
    run(clinic, batch)
    assert names(clinic, practitioner=clinic.members.bob) == ["Jane"]


def test_a_colleagues_import_and_patients_stay_unseen(clinic):
    hers = clinic.patient(
        first_name="Jane",
        birth_date=dt.date(1984, 5, 6),
        record_number="SECRET-7",
        practitioner=clinic.members.alice,
    )
    theirs = checked(clinic, HEADING + OTTO, who="alice")
    restrict(clinic)
    assert clinic.bob.get(clinic.url("import-detail", theirs.pk)).status_code == 404
    own = checked(clinic, HEADING + JANE, who="bob")
    assert rows(clinic, own)[0][1:3] == ("alike", None)
    page = clinic.bob.get(clinic.url("import-detail", own.pk)).content.decode()
    assert "known to the practice. Ask an owner" in page
    assert "SECRET-7" not in page
    assert clinic.url("patient-detail", hers.pk) not in page


@pytest.mark.parametrize("name", ["detail", "report"])
def test_another_practices_import_answers_like_none_at_all(clinic, name):
    with clinic.open_elsewhere():
        PatientFactory(practice=clinic.elsewhere)
        theirs = PatientImport.objects.create(
            practice=clinic.elsewhere, file_name="x.csv", uploaded_by=clinic.members.charlie
        )
    foreign = clinic.alice.get(clinic.url(f"import-{name}", theirs.pk))
    missing = clinic.alice.get(clinic.url(f"import-{name}", 999_999))
    assert (foreign.status_code, foreign.content) == (404, missing.content)


def test_who_may_only_read_imports_nothing(clinic):
    assert upload(clinic, HEADING + JANE, who="rae").status_code == 403
