"""Choosing who is added, and adding them."""

import datetime as dt

from django.utils import timezone

from practice import dry_run, import_work, take_in, tasks, tenancy
from practice.models import AuditEntry, Patient, PatientEvent, PatientImport, PatientImportFile
from tests.practice.imports import (
    HEADING,
    JANE,
    OTTO,
    checked,
    names,
    page_of,
    post,
    rows,
    run,
    states,
)

MONTH = dt.timedelta(days=30, hours=1)


def test_confirming_queues_and_a_worker_adds(clinic):
    batch = checked(clinic, HEADING + JANE + OTTO)
    post(clinic, "import-confirm", batch)
    assert names(clinic) == []
    page = clinic.ann.get(clinic.url("import-detail", batch.pk)).content.decode()
    assert "Adding patients" in page
    run(clinic, batch)
    assert names(clinic) == ["Jane", "Otto"]
    with clinic.open():
        jane = Patient.objects.get(first_name="Jane")
        told = PatientEvent.objects.get(patient=jane)
    assert (str(jane.phone), jane.state, jane.sex) == ("+18135550142", "FL", "female")
    assert jane.birth_date == dt.date(1984, 5, 6)
    assert (told.text, told.by) == ("Imported from a file", "Ann Ames")


def test_the_progress_asks_again_until_it_is_done(clinic):
    batch = checked(clinic, HEADING + JANE)
    post(clinic, "import-confirm", batch)
    htmx = {"hx-request": "true"}
    part = page_of(clinic, batch, **htmx).content.decode()
    assert 'hx-trigger="every 1s"' in part
    assert "<html" not in part
    run(clinic, batch)
    assert page_of(clinic, batch, **htmx)["HX-Refresh"] == "true"
    assert "1 patient added." in page_of(clinic, batch).content.decode()


def test_look_alikes_are_left_out_unless_chosen(clinic):
    clinic.patient(first_name="Jane", birth_date=dt.date(1984, 5, 6))
    clinic.patient(first_name="Otto", last_name="Quill", birth_date=dt.date(1970, 1, 2))
    batch = checked(clinic, HEADING + JANE + OTTO)
    post(clinic, "import-choose", batch, shown=["2", "3"], add=["3"])
    post(clinic, "import-confirm", batch)
    run(clinic, batch)
    assert names(clinic) == ["Jane", "Otto", "Otto"]
    assert states(clinic, batch) == ["skipped", "added"]


def test_a_choice_keeps_to_the_lines_that_were_shown(clinic):
    clinic.patient(first_name="Jane", birth_date=dt.date(1984, 5, 6))
    clinic.patient(first_name="Otto", last_name="Quill", birth_date=dt.date(1970, 1, 2))
    batch = checked(clinic, HEADING + JANE + OTTO + "Ada,,,,,,,\n")
    post(clinic, "import-choose", batch, shown=["2"], add=["2"])
    post(clinic, "import-choose", batch, shown=["3", "4"], add=["4"])
    with clinic.open():
        assert list(batch.rows.filter(add_anyway=True).values_list("number", flat=True)) == [2]


def test_somebody_added_since_the_check_has_to_be_decided_on(clinic):
    batch = checked(clinic, HEADING + JANE + OTTO)
    clinic.patient(first_name="Jane", birth_date=dt.date(1984, 5, 6))
    page = post(clinic, "import-confirm", batch).content.decode()
    assert "Patients were added meanwhile, and 1 of the lines" in page
    assert states(clinic, batch) == ["alike", "ready"]
    post(clinic, "import-confirm", batch)
    run(clinic, batch)
    assert names(clinic) == ["Jane", "Otto"]


def test_confirming_and_running_twice_adds_once(clinic):
    batch = checked(clinic, HEADING + JANE)
    for _ in range(2):
        post(clinic, "import-confirm", batch)
        run(clinic, batch)
    assert names(clinic) == ["Jane"]


def test_a_worker_that_lost_its_lease_adds_nobody(clinic):
    batch = checked(clinic, HEADING + JANE)
    post(clinic, "import-confirm", batch)
    with clinic.open():
        PatientImport.objects.update(
            state="running", attempts=1, lease_until=timezone.now() + dt.timedelta(seconds=60)
        )
        stale = PatientImport.objects.get()
        PatientImport.objects.update(attempts=2)
    run(clinic, batch)
    with tenancy.declare(tenancy.of_practice(clinic.here.pk)):
        assert take_in._add_some(stale) is False
    assert names(clinic) == []


def test_the_sweep_finds_what_was_confirmed_and_what_a_dead_worker_left(clinic):
    batch = checked(clinic, HEADING + JANE)
    post(clinic, "import-confirm", batch)
    now = timezone.now()
    with tenancy.declare(tenancy.EVERYTHING):
        assert import_work.ADD.due(now) == [(clinic.here.pk, batch.pk)]
    with clinic.open():
        PatientImport.objects.update(state="running", lease_until=now + dt.timedelta(seconds=60))
    with tenancy.declare(tenancy.EVERYTHING):
        assert import_work.ADD.due(now) == []
        assert import_work.ADD.due(now + dt.timedelta(seconds=61)) == [(clinic.here.pk, batch.pk)]


def test_the_trail_names_who_confirmed(clinic):
    batch = checked(clinic, HEADING + JANE)
    post(clinic, "import-confirm", batch)
    tasks.take_in_patients(clinic.here.pk, batch.pk)
    with clinic.open():
        made = AuditEntry.objects.get(kind="practice.patient", action="created")
    assert (made.who, made.via) == ("Ann Ames", "task:practice.tasks.take_in_patients")


def test_a_discarded_file_is_forgotten(clinic):
    batch = checked(clinic, HEADING + JANE)
    post(clinic, "import-discard", batch)
    post(clinic, "import-confirm", batch)
    run(clinic, batch)
    assert (names(clinic), rows(clinic, batch)) == ([], [])


def test_a_file_that_nobody_goes_on_with_is_forgotten_after_a_month(clinic):
    old, young = (checked(clinic, HEADING + line) for line in (JANE, OTTO))
    with clinic.open():
        PatientImport.objects.filter(pk=old.pk).update(created_at=timezone.now() - MONTH)
    with tenancy.declare(tenancy.EVERYTHING):
        found = dry_run.abandoned(timezone.now())
    assert found == [(clinic.here.pk, old.pk)]
    tasks.discard_import(*found[0])
    with clinic.open():
        states = dict(PatientImport.objects.values_list("pk", "state"))
        files = list(PatientImportFile.objects.values_list("batch_id", flat=True))
    assert states == {old.pk: "discarded", young.pk: "checked"}
    assert (files, rows(clinic, old)) == ([young.pk], [])


def test_while_another_file_is_added_nobody_else_is(clinic):
    """Both were checked before either's patients were here."""
    first, second = (checked(clinic, HEADING + JANE) for _ in range(2))
    post(clinic, "import-confirm", first)
    page = post(clinic, "import-confirm", second, who="alice").content.decode()
    assert "Patients of another file are being added." in page
    run(clinic, first)
    page = post(clinic, "import-confirm", second, who="alice").content.decode()
    assert "1 of the lines look like one of them" in page
    run(clinic, second)
    assert names(clinic) == ["Jane"]


def test_adding_that_fails_again_and_again_is_said_and_can_go_on(clinic):
    batch = checked(clinic, HEADING + JANE)
    post(clinic, "import-confirm", batch)
    with clinic.open():
        row = batch.rows.get()
        batch.rows.update(values=row.values | {"birth_date": "no date"})
    for _ in range(import_work.MOST_TRIES):
        with clinic.open():
            PatientImport.objects.update(not_before_at=None)
        run(clinic, batch)
    page = page_of(clinic, batch).content.decode()
    assert "Adding patients stopped halfway" in page
    with clinic.open():
        batch.rows.update(values=row.values)
    assert "Go on and add 1 patient" in page
    post(clinic, "import-confirm", batch)
    run(clinic, batch)
    assert names(clinic) == ["Jane"]


def test_the_file_is_kept_no_longer_than_it_can_be_checked(clinic):
    confirmed, discarded = (checked(clinic, HEADING + line) for line in (JANE, OTTO))
    post(clinic, "import-confirm", confirmed)
    post(clinic, "import-discard", discarded)
    with clinic.open():
        assert not PatientImportFile.objects.exists()
