"""Reading a vendor's list of products into listings.

What a run creates, updates and retires:

- Each page is stored as it comes: new and changed rows are written, unchanged ones get
  their `seen_at` stamped. Committed page by page, so that the run can be taken up again
  where it stopped and the page shows how far it is.
- Nothing is retired before the last page was read. Then listings of the same list that
  were not seen are retired, unless they are more than a fifth of what was known, or the
  vendor spoke of more rows than it gave: then nothing is, and a person is asked.
- Doing any part twice is harmless. A worker that lost its lease writes nothing more.
"""

from __future__ import annotations

import datetime as dt
import logging
import time

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q

from catalog import match, sources, upsert
from catalog.models import SyncRun
from practice import tenancy
from practice.models import Connection, Practice
from practice.vendors import registry
from practice.vendors.contract import AccessRevoked, BadAnswer, Refused, Unavailable, VendorError

log = logging.getLogger("regimen.sync")

# WholeScripts reference 6.2: at most hourly; a catalogue of prices and stock ages in a day.
NOT_WITHIN = dt.timedelta(hours=1)
READ_DAILY = dt.timedelta(hours=24)
# A listing that was begun longer ago than this is begun again: its pages have moved.
STALE = dt.timedelta(hours=1)
MAY_VANISH = 0.2
# A worker hands a long list on to the next nudge before its time limit.
SLICE_SECONDS = 60
FIRST_WAIT, LONGEST_WAIT = 30, 3600
ATTEMPTS = 12


class Lost(Exception):
    """Another worker holds the run now."""


# --- Asking for a run


def request(
    practice: Practice | None,
    connection: Connection | None,
    vendor: str,
    part: str,
    now: dt.datetime,
) -> SyncRun:
    """The open run of this list, or a new one. A shared list read within the hour is not
    read again: its last run is returned. `connection` is whose token reads it; a shared
    list needs none. Works inside a unit of the practice; the caller nudges `tasks.run_sync`.
    """
    if sources.is_shared(vendor, part):
        with tenancy.unit(tenancy.EVERYTHING):
            runs = SyncRun.objects.filter(practice=None, vendor=vendor, part=part)
            recent = runs.filter(
                state__in=[SyncRun.State.DONE, SyncRun.State.NEEDS_REVIEW],
                finished_at__gt=now - NOT_WITHIN,
            )
            found = recent.first()
            if found is None:
                found, _ = runs.open().get_or_create(practice=None, vendor=vendor, part=part)
            return found
    runs = SyncRun.objects.for_practice(practice).filter(vendor=vendor, part=part)
    if part == SyncRun.Part.PRIVATE_LABEL:
        runs = runs.filter(connection=connection)
    # Two practitioners' tokens read one catalogue of the practice: once is enough.
    found = runs.open().first()
    if found is None:
        found, _ = runs.open().get_or_create(
            practice=practice, vendor=vendor, part=part, connection=connection
        )
    return found


def request_all(connection: Connection, now: dt.datetime) -> list[SyncRun]:
    """Asks for every list that `connection` opens, and for the shared one of its vendor."""
    return [
        request(connection.practice, connection, connection.vendor, part, now)
        for part in sources.parts(connection.vendor)
    ]


def agree(run: SyncRun, now: dt.datetime) -> bool:
    """A person says that what was missing is really gone. False where nothing was asked.
    Inside a unit."""
    hit = SyncRun.objects.filter(pk=run.pk, state=SyncRun.State.NEEDS_REVIEW).update(
        state=SyncRun.State.DONE, last_error=""
    )
    if hit:
        upsert.line(run).filter(retired_at=None, seen_at__lt=run.started_at).update(retired_at=now)
    return bool(hit)


# --- Finding work, for the sweep


def due(now: dt.datetime) -> list[tuple[int | None, int]]:
    """(practice_id, run id) of runs that nobody holds and whose time has come."""
    with tenancy.unit():
        return list(
            SyncRun.objects.filter(_claimable(now)).order_by("pk").values_list("practice", "pk")
        )


def connections_to_read(now: dt.datetime) -> list[tuple[int, int]]:
    """(practice_id, connection id) of active connections of which a list was not asked for
    within a day."""
    found = []
    with tenancy.unit():
        for vendor in registry.VENDORS:
            for part in sources.parts(vendor):
                recent = SyncRun.objects.filter(
                    Q(created_at__gt=now - READ_DAILY) | Q(state__in=SyncRun.OPEN),
                    vendor=vendor,
                    part=part,
                )
                if sources.is_shared(vendor, part):
                    recent = recent.filter(practice__isnull=True)
                else:
                    recent = recent.filter(practice=OuterRef("practice"))
                    if part == SyncRun.Part.PRIVATE_LABEL:
                        recent = recent.filter(connection=OuterRef("pk"))
                found += (
                    Connection.objects.active()
                    .filter(~Exists(recent), vendor=vendor)
                    .values_list("practice", "pk")
                )
    return sorted(set(found))


# --- Doing it


def run(run_id: int, now: dt.datetime) -> SyncRun | None:
    """Works on one run until it is done, fails, has to wait or its slice of time is over.
    None when another worker holds it or it is not due. Never inside a unit."""
    work = _Work.claim(run_id, now)
    if work is None:
        return None
    if work.run.attempts > ATTEMPTS:
        work.fail(f"Reading {_label(work.run)} broke off {ATTEMPTS} times. We look into it.")
        return work.run
    try:
        work.read()
        if work.run.next_page is None:
            work.finish()
        else:
            work.wait(seconds=0, why="")
    except Unavailable as error:
        work.put_off(error)
    except AccessRevoked as error:
        work.fail(f"{_label(work.run)} did not give access. {_advice(work.run)}", error)
    except Refused as error:
        work.fail(f"{_label(work.run)} refused: {error.message}", error)
    except BadAnswer as error:
        work.fail(
            f"{_label(work.run)} answered something we cannot read. Nothing was retired.", error
        )
    except Lost:
        log.warning("sync_lost", extra={"run": run_id})
    return work.run


class _Work:
    """One worker's hold on one run. The lease is renewed with every write, and is the proof
    that the run is still ours."""

    def __init__(self, run: SyncRun, now: dt.datetime):
        self.run = run
        self._now, self._began = now, time.monotonic()

    def now(self) -> dt.datetime:
        return self._now + dt.timedelta(seconds=time.monotonic() - self._began)

    @classmethod
    def claim(cls, run_id: int, now: dt.datetime) -> _Work | None:
        with tenancy.unit():
            hit = SyncRun.objects.filter(_claimable(now), pk=run_id).update(
                state=SyncRun.State.RUNNING,
                lease_until=_lease(now),
                attempts=F("attempts") + 1,
            )
            if not hit:
                return None
            work = cls(SyncRun.objects.select_related("connection").get(pk=run_id), now)
            run = work.run
            begun = run.started_at
            stale = run.next_page is not None and begun is not None and begun < now - STALE
            if begun is None or run.next_page == 1 or stale:
                work.write(
                    started_at=now,
                    next_page=1,
                    total=None,
                    **dict.fromkeys(("seen", "added", "changed", "unchanged", "skipped"), 0),
                )
        return work

    def read(self):
        """Reads pages until the last, or until the slice is over."""
        while self.run.next_page is not None:
            if time.monotonic() - self._began > SLICE_SECONDS:
                return
            number = self.run.next_page
            page = sources.page(self.run, self.run.connection, number)
            skipped = page.skipped
            total = page.total
            if total is None and page.pages:
                rows = self.run.seen + len(page.rows)
                total = max(rows, rows * page.pages // number)
            for start in range(0, len(page.rows), upsert.BATCH):
                rows = page.rows[start : start + upsert.BATCH]
                with tenancy.unit():
                    counts = upsert.store(self.run, rows, self.now())
                    self._count(len(rows), counts, total)
            with tenancy.unit():
                self.write(
                    next_page=page.next,
                    skipped=self.run.skipped + skipped,
                    attempts=0,
                    total=total if page.next else self._final_total(page),
                )

    def finish(self):
        """Ties, matches, retires what was not seen, and says how it went."""
        with tenancy.unit():
            match.tie_pills(self.run.practice_id, self.run.vendor)
        for _ in match.run(self.run.practice_id):
            with tenancy.unit():
                self.write()
        now = self.now()
        with tenancy.unit():
            known = upsert.line(self.run).filter(
                retired_at=None, first_seen_at__lt=self.run.started_at
            )
            unseen = known.filter(seen_at__lt=self.run.started_at)
            before, missing = known.count(), unseen.count()
            doubt = self._doubt(before, missing)
            if not doubt:
                unseen.update(retired_at=now)
            self.write(
                state=SyncRun.State.NEEDS_REVIEW if doubt else SyncRun.State.DONE,
                missing=missing,
                last_error=doubt,
                finished_at=now,
                lease_until=None,
            )

    def put_off(self, error: Unavailable):
        """Again later: what was read is kept, and the next worker goes on from there."""
        if self.run.attempts >= ATTEMPTS:
            self.fail(f"{_label(self.run)} did not answer for hours. Read it again later.", error)
            return
        wait = min(FIRST_WAIT * 2 ** max(0, self.run.attempts - 1), LONGEST_WAIT)
        self.wait(
            seconds=max(wait, error.retry_after or 0),
            why=f"{_label(self.run)} did not answer. We go on by ourselves.",
        )

    def wait(self, *, seconds: float, why: str):
        until = self.now() + dt.timedelta(seconds=seconds) if seconds else None
        with tenancy.unit():
            self.write(
                state=SyncRun.State.WAITING, not_before_at=until, lease_until=None, last_error=why
            )

    def fail(self, why: str, error: VendorError | None = None):
        reference = f" Reference: {error.request_id}." if error and error.request_id else ""
        with tenancy.unit():
            self.write(
                state=SyncRun.State.FAILED,
                last_error=f"{why}{reference}",
                finished_at=self.now(),
                lease_until=None,
            )

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

    def _count(self, rows: int, counts: upsert.Counts, total: int | None):
        self.write(
            seen=self.run.seen + rows,
            added=self.run.added + counts.added,
            changed=self.run.changed + counts.changed,
            unchanged=self.run.unchanged + counts.unchanged,
            skipped=self.run.skipped + counts.skipped,
            total=total,
        )

    def _final_total(self, page) -> int:
        """What the vendor says there is, where it counts rows; otherwise what we saw."""
        return self.run.seen if page.total is None else page.total

    def _doubt(self, before: int, missing: int) -> str:
        """Why a person should look before anything is retired; '' when nothing is odd."""
        given = self.run.seen + self.run.skipped
        if self.run.total and given < self.run.total:
            return (
                f"{_label(self.run)} speaks of {self.run.total} products and listed {given}. "
                "Nothing was retired."
            )
        if before and missing > before * MAY_VANISH:
            return (
                f"{missing} of {before} known products are missing from {_label(self.run)}'s "
                "list. Nothing was retired: someone should check whether that is right."
            )
        return ""


def _claimable(now: dt.datetime) -> Q:
    waiting = Q(state=SyncRun.State.WAITING) & (
        Q(not_before_at__isnull=True) | Q(not_before_at__lte=now)
    )
    return waiting | Q(state=SyncRun.State.RUNNING, lease_until__lt=now)


def _lease(now: dt.datetime) -> dt.datetime:
    return now + dt.timedelta(seconds=settings.LEASE_SECONDS)


def _label(run: SyncRun) -> str:
    return registry.VENDORS[run.vendor].label


def _advice(run: SyncRun) -> str:
    if run.connection_id is None:
        return "The operator's credentials need a look."
    return "Connect it again, or ask the vendor for the right to list products."
