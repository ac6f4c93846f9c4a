"""One worker's hold on one reading: claimed by a conditional update, kept by a lease.

The lease is renewed with every write and is the proof that the run is still ours: a worker
that was thought dead, and was not, writes nothing more.
"""

from __future__ import annotations

import datetime as dt
import time

from django.conf import settings
from django.db.models import F, Q

from catalog.models import SyncRun
from practice import tenancy
from practice.vendors import registry
from practice.vendors.contract import Unavailable, VendorError

# A list whose reading began longer ago than this is begun again: its pages have moved.
STALE = dt.timedelta(hours=1)
FIRST_WAIT, LONGEST_WAIT = 30, 3600
ATTEMPTS = 12
COUNTS = ("seen", "added", "changed", "unchanged", "skipped", "missing")


class Lost(Exception):
    """Another worker holds the run now."""


def claimable(now: dt.datetime) -> Q:
    """Runs that are due, or whose worker died."""
    due = Q(not_before_at__isnull=True) | Q(not_before_at__lte=now)
    dead = Q(state=SyncRun.State.RUNNING, lease_until__lt=now)
    return dead | (Q(state=SyncRun.State.WAITING) & due)


class Hold:
    """`run` is the row as we last wrote it. Every change opens a unit of its own, but
    `write`, which works inside one."""

    def __init__(self, run: SyncRun, now: dt.datetime):
        self.run = run
        self._now, self._began = now, time.monotonic()

    @classmethod
    def claim(cls, run_id: int, now: dt.datetime) -> Hold | None:
        """None when somebody else holds the run or it is not due. A run that had read no
        whole page, or whose pages are stale, begins again."""
        with tenancy.unit():
            hit = SyncRun.objects.filter(claimable(now), pk=run_id).update(
                state=SyncRun.State.RUNNING, lease_until=_lease(now), attempts=F("attempts") + 1
            )
            if not hit:
                return None
            run = SyncRun.objects.select_related("connection").get(pk=run_id)
            hold = cls(run, now)
            moved = run.started_at is None or run.started_at < now - STALE
            if run.next_page == 1 or (run.next_page is not None and moved):
                fresh = dict.fromkeys(COUNTS, 0)
                hold.write(started_at=now, next_page=1, total=None, **fresh)
        return hold

    @property
    def label(self) -> str:
        return registry.VENDORS[self.run.vendor].label

    @property
    def seconds(self) -> float:
        """How long we have worked."""
        return time.monotonic() - self._began

    def now(self) -> dt.datetime:
        return self._now + dt.timedelta(seconds=self.seconds)

    def write(self, **values):
        """Changes the run while it is ours, and renews the lease. Raises Lost."""
        values.setdefault("lease_until", _lease(self.now()))
        hit = SyncRun.objects.filter(
            pk=self.run.pk, state=SyncRun.State.RUNNING, lease_until=self.run.lease_until
        ).update(**values)
        if not hit:
            raise Lost
        for name, value in values.items():
            setattr(self.run, name, value)

    def hand_on(self):
        """The next worker goes on at once."""
        self._wait(None, "")

    def put_off(self, error: Unavailable):
        """Again later: what was read is kept, and the next worker goes on from there."""
        if error.held_back:  # nothing was asked: no attempt
            seconds = error.retry_after or FIRST_WAIT
            until = self.now() + dt.timedelta(seconds=seconds)
            self._wait(until, "", attempts=max(0, self.run.attempts - 1))
            return
        if self.run.attempts >= ATTEMPTS:
            self.fail(f"{self.label} did not answer for hours. Read it again later.", error)
            return
        wait = min(FIRST_WAIT * 2 ** max(0, self.run.attempts - 1), LONGEST_WAIT)
        seconds = max(wait, error.retry_after or 0)
        self._wait(
            self.now() + dt.timedelta(seconds=seconds),
            f"{self.label} did not answer. We go on by ourselves.{_reference(error)}",
        )

    def fail(self, why: str, error: VendorError | None = None):
        self.close(SyncRun.State.FAILED, f"{why}{_reference(error)}")

    def close(self, state: str, why: str = "", **values):
        with tenancy.unit():
            self.write(
                state=state, last_error=why, finished_at=self.now(), lease_until=None, **values
            )

    def _wait(self, until: dt.datetime | None, why: str, **values):
        waiting = SyncRun.State.WAITING
        with tenancy.unit():
            self.write(
                state=waiting, not_before_at=until, lease_until=None, last_error=why, **values
            )


def _reference(error: VendorError | None) -> str:
    return f" Reference: {error.request_id}." if error and error.request_id else ""


def _lease(now: dt.datetime) -> dt.datetime:
    return now + dt.timedelta(seconds=settings.LEASE_SECONDS)
