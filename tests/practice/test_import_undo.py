"""Taking an import back."""

import datetime as dt

from django.utils import timezone

from practice.models import Patient
from recommendations.models import Plan
from tests.practice.imports import HEADING, JANE, OTTO, checked, names, post, run, states, taken_in


def test_an_import_is_taken_back_by_archiving_whom_nobody_touched(clinic):
    batch = taken_in(clinic, HEADING + JANE + OTTO)
    with clinic.open():
        otto = Patient.objects.get(first_name="Otto")
        Plan.objects.create(practice=clinic.here, patient=otto, clinician=clinic.members.bob)
    page = post(clinic, "import-undo", batch).content.decode()
    assert "1 patient archived. 1 stays" in page
    assert names(clinic, archived_at__isnull=True) == ["Otto"]
    assert states(clinic, batch) == ["taken_back", "added"]


def test_whose_details_were_changed_stays(clinic):
    batch = taken_in(clinic, HEADING + OTTO)
    with clinic.open():
        otto = Patient.objects.get()
    sent = {"first_name": "Otto", "last_name": "Quill", "allergies": "Soy"}
    clinic.ann.post(clinic.url("patient-edit", otto.pk), sent)
    post(clinic, "import-undo", batch)
    assert names(clinic, archived_at__isnull=True) == ["Otto"]


def test_another_file_that_names_them_does_not_touch_them(clinic):
    batch = taken_in(clinic, HEADING + OTTO)
    assert states(clinic, checked(clinic, HEADING + OTTO)) == ["alike"]
    post(clinic, "import-undo", batch)
    assert states(clinic, batch) == ["taken_back"]


def test_the_corrected_file_can_be_imported_afterwards(clinic):
    batch = taken_in(clinic, HEADING + JANE)
    post(clinic, "import-undo", batch)
    assert states(clinic, checked(clinic, HEADING + JANE)) == ["ready"]


def test_who_was_archived_by_a_person_is_still_recognised(clinic):
    clinic.patient(first_name="Jane", birth_date=dt.date(1984, 5, 6), archived_at=timezone.now())
    assert states(clinic, checked(clinic, HEADING + JANE)) == ["alike"]


def test_taking_back_twice_or_too_early_does_nothing(clinic):
    batch = checked(clinic, HEADING + JANE)
    assert "Only an import that is done" in post(clinic, "import-undo", batch).content.decode()
    post(clinic, "import-confirm", batch)
    run(clinic, batch)
    post(clinic, "import-undo", batch)
    assert "Only an import that is done" in post(clinic, "import-undo", batch).content.decode()
