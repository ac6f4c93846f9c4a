"""The check as a worker's task: asked for, seen, taken over, stopped, given up."""

import datetime as dt

from django.utils import timezone

from practice import dry_run, import_work, tasks, tenancy
from practice.models import AuditEntry, PatientImport, PatientImportFile, Practice
from tests.practice.imports import (
    HEADING,
    JANE,
    OTTO,
    ask_for_check,
    check,
    checked,
    names,
    page_of,
    post,
    rows,
    state_of,
    states,
    uploaded,
)

HTMX = {"hx-request": "true"}


def asked_for(clinic, text, **kwargs):
    batch = uploaded(clinic, text, **kwargs)
    ask_for_check(clinic, batch)
    return batch


def due():
    with tenancy.declare(tenancy.EVERYTHING):
        return import_work.CHECK.due(timezone.now())


def left_by_a_dead_worker(clinic, text, *, lines):
    """A check whose worker died after its first `lines` lines."""
    batch = checked(clinic, text)
    with clinic.open():
        batch.rows.exclude(number__in=range(2, 2 + lines)).delete()
        ago = timezone.now() - dt.timedelta(seconds=1)
        PatientImport.objects.update(state="checking", lease_until=ago)
    return batch


def test_asking_checks_nothing_in_the_request_and_leads_to_the_progress(clinic):
    batch = uploaded(clinic, HEADING + JANE)
    answer = ask_for_check(clinic, batch)
    assert answer.url == clinic.url("import-detail", batch.pk)
    assert states(clinic, batch) == []
    page = page_of(clinic, batch).content.decode()
    assert "Waiting to be checked" in page
    assert "0 of 1 lines" in page
    assert "Add 1 patient" not in page


def test_the_progress_becomes_the_report_by_itself(clinic):
    batch = asked_for(clinic, HEADING + JANE)
    assert 'hx-trigger="every 1s"' in page_of(clinic, batch, **HTMX).content.decode()
    check(clinic, batch)
    assert page_of(clinic, batch, **HTMX)["HX-Refresh"] == "true"
    assert "1 new, 0 to decide on" in page_of(clinic, batch).content.decode()


def test_how_far_it_is_is_counted_in_lines_and_said_once_a_quarter(clinic):
    batch = left_by_a_dead_worker(clinic, HEADING + JANE * 4, lines=2)
    here = clinic.url("import-detail", batch.pk)
    said, again = (
        clinic.ann.get(here, {"said": step}, headers=HTMX).content.decode() for step in ("0", "2")
    )
    assert "2 of 4 lines</span>" in said
    assert 'hx-swap-oob="innerHTML:#import-said">2 of 4 lines checked.' in said
    assert "hx-swap-oob" not in again


def test_the_sweep_finds_a_check_that_nobody_does(clinic):
    batch = asked_for(clinic, HEADING + JANE)
    assert due() == [(clinic.here.pk, batch.pk)]
    with clinic.open():
        soon = timezone.now() + dt.timedelta(seconds=60)
        PatientImport.objects.update(state="checking", lease_until=soon)
    assert due() == []


def test_the_sweep_leaves_a_suspended_practice_alone(clinic):
    asked_for(clinic, HEADING + JANE)
    with tenancy.unit(tenancy.EVERYTHING):
        Practice.objects.filter(pk=clinic.here.pk).update(suspended_at=timezone.now())
    assert due() == []


def test_whoever_takes_over_checks_the_rest_against_what_was_checked(clinic):
    batch = left_by_a_dead_worker(clinic, HEADING + JANE + OTTO + JANE, lines=2)
    with clinic.open():
        kept = set(batch.rows.values_list("pk", flat=True))
    check(clinic, batch)
    assert [row[:2] for row in rows(clinic, batch)] == [(2, "ready"), (3, "ready"), (4, "alike")]
    assert rows(clinic, batch)[2][3][0].startswith("Line 2 of this file")
    with clinic.open():
        assert kept < set(batch.rows.values_list("pk", flat=True))


def test_a_worker_that_was_overtaken_keeps_nothing(clinic):
    batch = asked_for(clinic, HEADING + JANE)
    with clinic.open():
        PatientImport.objects.update(state="checking", attempts=1)
        stale = PatientImport.objects.select_related("uploaded_by__practice").get()
        PatientImport.objects.update(attempts=2)
    with tenancy.declare(tenancy.of_practice(clinic.here.pk)):
        dry_run._check(stale)
    assert (states(clinic, batch), state_of(clinic, batch)) == ([], "checking")


def test_two_people_who_ask_at_once_get_one_check(clinic):
    batch = uploaded(clinic, HEADING + JANE + OTTO)
    for who in ("ann", "alice"):
        ask_for_check(clinic, batch, who=who)
    for _ in range(2):
        check(clinic, batch)
    assert states(clinic, batch) == ["ready", "ready"]
    with clinic.open():
        assert PatientImport.objects.get().attempts == 1


def test_a_check_can_be_stopped_and_begun_anew(clinic):
    batch = left_by_a_dead_worker(clinic, HEADING + JANE + OTTO, lines=1)
    page = post(clinic, "import-stop", batch).content.decode()
    assert "The check is stopped. The file is still here." in page
    check(clinic, batch)
    assert (states(clinic, batch), state_of(clinic, batch)) == ([], "uploaded")
    ask_for_check(clinic, batch)
    check(clinic, batch)
    assert states(clinic, batch) == ["ready", "ready"]


def test_a_check_that_was_stopped_under_a_worker_keeps_nothing_of_it(clinic):
    batch = asked_for(clinic, HEADING + JANE)
    with clinic.open():
        PatientImport.objects.update(state="checking", attempts=1)
        working = PatientImport.objects.select_related("uploaded_by__practice").get()
    post(clinic, "import-stop", batch)
    with tenancy.declare(tenancy.of_practice(clinic.here.pk)):
        dry_run._check(working)
    assert (states(clinic, batch), state_of(clinic, batch)) == ([], "uploaded")


def test_what_is_over_cannot_be_stopped(clinic):
    batch = checked(clinic, HEADING + JANE)
    assert "The check was over already." in post(clinic, "import-stop", batch).content.decode()
    assert states(clinic, batch) == ["ready"]


def test_nobody_is_added_while_the_file_is_checked(clinic):
    batch = left_by_a_dead_worker(clinic, HEADING + JANE + OTTO, lines=1)
    post(clinic, "import-confirm", batch)
    assert (names(clinic), state_of(clinic, batch)) == ([], "checking")


def test_a_check_that_fails_is_tried_again_and_then_said(clinic):
    batch = asked_for(clinic, HEADING + JANE)
    with clinic.open():
        file = PatientImportFile.objects.get()
        PatientImportFile.objects.update(content=b"v1.gone.AAAA")
    check(clinic, batch)
    page = page_of(clinic, batch).content.decode()
    assert "It was interrupted and goes on by itself." in page
    for _ in range(import_work.MOST_TRIES):
        with clinic.open():
            PatientImport.objects.update(not_before_at=None)
        check(clinic, batch)
    page = page_of(clinic, batch).content.decode()
    assert "The check stopped before its end" in page
    assert f"import-{batch.pk}" in page
    with clinic.open():
        file.save()
    ask_for_check(clinic, batch)
    check(clinic, batch)
    assert states(clinic, batch) == ["ready"]


def test_a_file_that_kills_every_worker_is_given_up(clinic):
    batch = asked_for(clinic, HEADING + JANE)
    ago = timezone.now() - dt.timedelta(seconds=1)
    with clinic.open():
        PatientImport.objects.update(
            state="checking", tries=import_work.MOST_TRIES, lease_until=ago
        )
    check(clinic, batch)
    assert state_of(clinic, batch) == "check_failed"


def test_the_trail_names_whose_file_was_checked_by_which_task(clinic):
    batch = asked_for(clinic, HEADING + JANE)
    tasks.check_patients(clinic.here.pk, batch.pk)
    with clinic.open():
        last = AuditEntry.objects.filter(kind="practice.patientimport").latest("id")
    assert (last.who, last.via) == ("Ann Ames", "task:practice.tasks.check_patients")
    assert last.detail["state"] == ["checking", "checked"]
