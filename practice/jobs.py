"""Periodic jobs: what beat starts, when each last ran, and whether it is late.

`tasking.sweep_task` records each run with one statement. A job is late when it did not
succeed within its period and a grace: three periods, a minute at least, or an hour for a
job that runs by the calendar.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from celery.schedules import crontab, maybe_schedule
from django.conf import settings
from django.utils.timesince import timesince

from practice.models import PeriodicJob

GRACE = dt.timedelta(minutes=1)
CALENDAR_GRACE = dt.timedelta(hours=1)


def record(name: str, started: dt.datetime, ended: dt.datetime, error: Exception | None) -> None:
    """Notes one run. A failed one keeps the time of the last success."""
    run = {
        "started_at": started,
        "runtime_ms": max(0, round((ended - started) / dt.timedelta(milliseconds=1))),
    }
    if error is None:
        run["succeeded_at"] = ended
    else:
        run |= {"failed_at": ended, "last_failure": type(error).__name__[:120]}
    PeriodicJob.objects.bulk_create(
        [PeriodicJob(name=name[:120], **run)],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=list(run),
    )


@dataclass(frozen=True)
class Standing:
    """One job of beat's schedule beside its last runs; `run` is None before the first."""

    name: str
    period: str
    grace: dt.timedelta
    run: PeriodicJob | None
    is_late: bool

    @property
    def has_failed(self) -> bool:
        """Whether its last run did."""
        run = self.run
        failed = run is not None and run.failed_at is not None
        return failed and (run.succeeded_at is None or run.failed_at > run.succeeded_at)

    @property
    def colour(self) -> str:
        if self.is_late:
            return "red"
        return "amber" if self.has_failed or self.run is None else "green"

    @property
    def in_words(self) -> str:
        if self.run is None:
            return "Has never run" if self.is_late else "Has not run yet"
        if self.is_late:
            return "Late"
        return "Failed last time" if self.has_failed else "On time"


def standings(now: dt.datetime) -> list[Standing]:
    """Every job of the schedule, in its order. One query."""
    runs = {run.name: run for run in PeriodicJob.objects.all()}
    began = min((run.first_at for run in runs.values()), default=None)
    return [
        _standing(entry, runs.get(entry["task"]), began, now)
        for entry in settings.CELERY_BEAT_SCHEDULE.values()
    ]


def _standing(
    entry: dict, run: PeriodicJob | None, began: dt.datetime | None, now: dt.datetime
) -> Standing:
    """One that never ran has been awaited since the first of all jobs ran."""
    rule = maybe_schedule(entry["schedule"])
    last = run.succeeded_at if run else began
    if isinstance(rule, crontab):
        grace, period = CALENDAR_GRACE, _calendar(rule)
        due = last and last + rule.remaining_delta(last)[1]
    else:
        grace, period = max(GRACE, 3 * rule.run_every), _seconds(rule.run_every)
        due = last and last + rule.run_every
    late = due is None or now > due + grace
    return Standing(entry["task"], period, grace, run, late)


def _calendar(rule: crontab) -> str:
    """Celery says it as `<crontab: 10 2 * * * (m/h/dM/MY/d)>`."""
    return "at " + str(rule).partition(": ")[2].partition(" (")[0] + " (minute, hour, day …)"


def _seconds(period: dt.timedelta) -> str:
    if period < dt.timedelta(minutes=1):
        return f"every {period.total_seconds():g} seconds"
    start = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
    return f"every {timesince(start, start + period)}"
