"""Periodic jobs: each run is noted once, and one that does not run is red."""

import datetime as dt

import pytest
from celery.schedules import crontab
from django.test import Client
from django.utils import timezone
from django.utils.module_loading import import_string

from practice import jobs, tasking
from practice.models import PeriodicJob
from tests.factories import staff_user

pytestmark = pytest.mark.django_db
NAME = "practice.tasks.sweep"
NOON = dt.datetime(2026, 5, 4, 12, 0, tzinfo=dt.UTC)


@pytest.fixture
def staff(db):
    browser = Client(headers={"x-forwarded-proto": "https"})
    browser.force_login(staff_user())
    return browser


@pytest.fixture
def schedule(settings):
    settings.CELERY_BEAT_SCHEDULE = {"sweep": {"task": NAME, "schedule": 10.0}}
    return settings.CELERY_BEAT_SCHEDULE


def at(seconds):
    return NOON + dt.timedelta(seconds=seconds)


def standing(now):
    return jobs.standings(now)[0]


def test_a_sweep_notes_its_run_in_one_statement(queries):
    def idle():
        """Does nothing."""

    task = tasking.sweep_task(idle)
    for _ in range(2):
        with queries() as done:
            task()
        assert len(done) == 1
    run = PeriodicJob.objects.get(name=f"{__name__}.idle")
    assert run.succeeded_at >= run.started_at
    assert run.failed_at is None


def test_a_sweep_that_fails_notes_the_class_of_its_error_and_still_fails():
    def broken():
        raise LookupError("made up")

    with pytest.raises(LookupError):
        tasking.sweep_task(broken)()
    run = PeriodicJob.objects.get(name=f"{__name__}.broken")
    assert (run.last_failure, run.succeeded_at) == ("LookupError", None)


def test_every_job_of_the_schedule_is_noted_under_its_name(settings):
    for entry in settings.CELERY_BEAT_SCHEDULE.values():
        import_string(entry["task"])()
        assert PeriodicJob.objects.filter(name=entry["task"]).exists()


def test_a_job_that_never_ran_is_late(schedule):
    assert (standing(NOON).in_words, standing(NOON).colour) == ("Has never run", "red")


def test_a_job_by_the_calendar_is_awaited_until_its_first_time_has_passed(schedule):
    jobs.record("practice.tasks.other", at(0), at(1), None)
    PeriodicJob.objects.update(first_at=NOON)
    schedule["sweep"]["schedule"] = crontab(minute=10)
    due = NOON + dt.timedelta(minutes=10)
    early, late = (standing(due + dt.timedelta(minutes=gap)) for gap in (59, 61))
    assert (early.in_words, early.colour) == ("Has not run yet", "amber")
    assert (late.in_words, late.colour) == ("Has never run", "red")


def test_a_job_is_late_after_its_period_and_grace(schedule):
    jobs.record(NAME, at(0), at(1), None)
    assert standing(at(70)).in_words == "On time"
    assert (standing(at(72)).in_words, standing(at(72)).colour) == ("Late", "red")


def test_a_failure_keeps_the_last_success_and_is_amber_until_it_is_late(schedule):
    jobs.record(NAME, at(0), at(1), None)
    jobs.record(NAME, at(10), at(11), KeyError())
    assert standing(at(20)).run.succeeded_at == at(1)
    assert (standing(at(20)).in_words, standing(at(20)).colour) == ("Failed last time", "amber")
    assert standing(at(90)).in_words == "Late"
    jobs.record(NAME, at(91), at(92), None)
    assert standing(at(93)).in_words == "On time"


def test_a_job_by_the_calendar_has_an_hour(schedule):
    schedule["sweep"]["schedule"] = crontab(minute=10, hour=2)
    jobs.record(NAME, at(0), at(1), None)
    due = dt.datetime(2026, 5, 5, 2, 10, tzinfo=dt.UTC)
    assert not standing(due + dt.timedelta(minutes=59)).is_late
    assert standing(due + dt.timedelta(minutes=61)).is_late


def test_the_desk_and_the_front_page_show_what_is_late(schedule, staff):
    jobs.record(NAME, timezone.now(), timezone.now(), ValueError())
    page = staff.get("/admin/jobs/").content.decode()
    assert "practice.tasks.sweep" in page
    assert "every 10 seconds" in page
    assert "ValueError" in page
    front = staff.get("/admin/")
    [figure] = [f for f in front.context["figures"] if f.label.startswith("Periodic")]
    assert (figure.count, figure.url) == (1, "/admin/jobs/")


def test_only_staff_see_the_desk(clinic):
    assert clinic.alice.get("/admin/jobs/").status_code == 302
