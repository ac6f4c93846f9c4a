"""Reading a vendor's list of products into listings.

What a run creates, updates and retires:

- A list that the vendor gives whole is taken into a file, and written from it in one
  transaction with what it retires: all of it, or nothing.
- A list in pages is stored page by page: new and changed rows are written, unchanged ones
  get their `seen_at` stamped. Committed with each, so that the run can be taken up again
  where it stopped and the page shows how far it is.
- Nothing is retired before the last row was read. Then listings of the same list that
  were not seen are retired, unless they are more than a fifth of what was known, or the
  vendor spoke of more rows than it gave: then nothing is, and a person is asked.
- Doing any part twice is harmless. A worker that lost its lease writes nothing more.
"""

from __future__ import annotations

import datetime as dt
import itertools
import logging
from contextlib import AbstractContextManager

from django.db.models import Exists, OuterRef, Q

from catalog import match, report, review, sources, upsert, words
from catalog.hold import ATTEMPTS, Hold, Lost, claimable
from catalog.models import SyncRun
from practice import tenancy
from practice.models import Connection, Practice
from practice.vendors import registry
from practice.vendors.contract import AccessRevoked, BadAnswer, Refused, Unavailable, WholeList

log = logging.getLogger("regimen.sync")

# WholeScripts reference 6.2: at most hourly; a catalogue of prices and stock ages in a day.
NOT_WITHIN = dt.timedelta(hours=1)
READ_DAILY = dt.timedelta(hours=24)
# More than this share of the known listings does not vanish unasked.
MAY_VANISH = 0.2
# A worker hands a long list on to the next nudge before its time limit.
SLICE_SECONDS = 60


def request(
    practice: Practice | None,
    connection: Connection | None,
    vendor: str,
    part: str,
    now: dt.datetime,
    *,
    by_person: bool = False,
) -> SyncRun:
    """The open run of this list, or a new one. A shared list read within the hour is not
    read again: its last run is returned. One that failed counts, unless a person asks.
    `connection` is whose token reads it; a shared list needs none. Works inside a unit of the
    practice; the caller nudges `tasks.run_sync`.
    """
    if sources.is_shared(vendor, part):
        with tenancy.unit(tenancy.EVERYTHING):
            runs = SyncRun.objects.filter(practice=None, vendor=vendor, part=part)
            counts = [SyncRun.State.DONE, SyncRun.State.NEEDS_REVIEW]
            if not by_person:
                counts.append(SyncRun.State.FAILED)
            recent = runs.filter(state__in=counts, finished_at__gt=now - NOT_WITHIN)
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


def request_all(
    connection: Connection, now: dt.datetime, *, by_person: bool = False
) -> list[SyncRun]:
    """Asks for every list that `connection` opens, and for the shared one of its vendor."""
    return [
        request(connection.practice, connection, connection.vendor, part, now, by_person=by_person)
        for part in sources.parts(connection.vendor)
    ]


def agree(run: SyncRun, now: dt.datetime) -> bool:
    """A person says that what was missing is really gone. False where nothing was asked.
    Inside a unit."""
    hit = SyncRun.objects.filter(pk=run.pk, state=SyncRun.State.NEEDS_REVIEW).update(
        state=SyncRun.State.DONE, last_error=""
    )
    if hit:
        _take_off(run, upsert.line(run).filter(retired_at=None, seen_at__lt=run.started_at), now)
    return bool(hit)


def due(now: dt.datetime) -> list[tuple[int | None, int]]:
    """(practice_id, run id) of runs that nobody holds and whose time has come."""
    with tenancy.unit():
        return list(
            SyncRun.objects.filter(claimable(now), practice__suspended_at__isnull=True)
            .order_by("pk")
            .values_list("practice", "pk")
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
                    .filter(
                        ~Exists(recent),
                        vendor=vendor,
                        membership__deactivated_at__isnull=True,
                        practice__suspended_at__isnull=True,
                    )
                    .values_list("practice", "pk")
                )
    return sorted(set(found))


def run(run_id: int, now: dt.datetime) -> SyncRun | None:
    """Works on one run until it is done, fails, has to wait or its slice of time is over.
    None when another worker holds it or it is not due. Never inside a unit."""
    hold = Hold.claim(run_id, now)
    if hold is None:
        return None
    if hold.run.attempts > ATTEMPTS:
        hold.fail(f"Reading {hold.label} broke off {ATTEMPTS} times. We look into it.")
        return hold.run
    try:
        _read(hold)
        if hold.run.next_page is None:
            _finish(hold)
        else:
            hold.hand_on()
    except Unavailable as error:
        hold.put_off(error)
    except AccessRevoked as error:
        hold.fail(f"{hold.label} did not give access. {_advice(hold.run)}", error)
    except Refused as error:
        hold.fail(f"{hold.label} refused: {error.message}", error)
    except BadAnswer as error:
        hold.fail(f"{hold.label} answered something we cannot read. Nothing was retired.", error)
    except Lost:
        log.warning("sync_lost", extra={"run": run_id})
    return hold.run


def _read(hold: Hold):
    """Reads a whole list, or pages until the last or until the slice is over."""
    run = hold.run
    if run.next_page is not None and (whole := sources.whole(run)):
        _read_whole(hold, whole)
    while run.next_page is not None and hold.seconds < SLICE_SECONDS:
        number = run.next_page
        page = sources.page(run, run.connection, number)
        total = page.total
        if total is None and page.pages:
            rows = run.seen + len(page.rows)
            total = max(rows, rows * page.pages // number)
        for start in range(0, len(page.rows), upsert.BATCH):
            rows = page.rows[start : start + upsert.BATCH]
            with tenancy.unit():
                counts = upsert.store(run, rows, hold.now())
                hold.write(
                    seen=run.seen + len(rows),
                    added=run.added + counts.added,
                    changed=run.changed + counts.changed,
                    unchanged=run.unchanged + counts.unchanged,
                    skipped=run.skipped + counts.skipped,
                    total=total,
                )
        if page.next is None and page.total is None:
            total = run.seen
        with tenancy.unit():
            hold.write(
                next_page=page.next, skipped=run.skipped + page.skipped, total=total, attempts=0
            )


def _read_whole(hold: Hold, whole: AbstractContextManager[WholeList]):
    """Takes a list that comes whole. What is written is seen with what it retires, or, where
    the list breaks off, not at all."""
    run = hold.run
    with whole as found, tenancy.unit():
        counts, rows = upsert.Counts(), found.rows()
        while batch := list(itertools.islice(rows, upsert.BATCH)):
            counts += upsert.store(run, batch, hold.now())
        seen = counts.added + counts.changed + counts.unchanged + counts.skipped
        counts += upsert.Counts(skipped=found.skipped)
        total = seen + found.skipped
        hold.write(next_page=None, attempts=0, seen=seen, total=total, **vars(counts))
        _retire(hold)


def _retire(hold: Hold) -> tuple[str, int]:
    """Retires what was not seen, unless that is odd. (why it is, how many are missing). Inside
    a unit."""
    run = hold.run
    known = upsert.line(run).filter(retired_at=None, first_seen_at__lt=run.started_at)
    unseen = known.filter(seen_at__lt=run.started_at)
    before, missing = known.count(), unseen.count()
    doubt = _doubt(hold, before, missing)
    if not doubt:
        _take_off(run, unseen, hold.now())
    # What was retired with its list is counted already.
    missing = max(missing, run.missing)
    hold.write(missing=missing)
    return doubt, missing


def _take_off(run: SyncRun, listings, now: dt.datetime):
    """Retires `listings` of the run's owner; they are found no more. Inside a unit."""
    products = sorted(set(listings.exclude(product=None).values_list("product", flat=True)))
    listings.update(retired_at=now)
    for start in range(0, len(products), words.BATCH):
        words.refresh(products[start : start + words.BATCH], run.practice_id)


def _finish(hold: Hold):
    """Ties, matches, retires what was not seen, and says how it went."""
    run = hold.run
    with tenancy.unit():
        match.tie_pills(run.practice_id, run.vendor)
    for _ in match.run(run.practice_id):
        with tenancy.unit():
            hold.write()
    with tenancy.unit():
        review.find(run.practice_id)
    with tenancy.unit():
        doubt, missing = _retire(hold)
        words.catch_up(run.practice_id)
        if run.added or run.changed or missing:
            words.recount(run.practice_id)
        state = SyncRun.State.NEEDS_REVIEW if doubt else SyncRun.State.DONE
        hold.close(state, doubt, missing=missing)
        report.prune(run)


def _doubt(hold: Hold, before: int, missing: int) -> str:
    """Why a person should look before anything is retired; '' when nothing is odd."""
    given = hold.run.seen + hold.run.skipped
    if hold.run.total and given < hold.run.total:
        return (
            f"{hold.label} speaks of {hold.run.total} products and listed {given}. "
            "Nothing was retired."
        )
    if before and missing > before * MAY_VANISH:
        return (
            f"{missing} of {before} known products are missing from {hold.label}'s list. "
            "Nothing was retired: someone should check whether that is right."
        )
    return ""


def _advice(run: SyncRun) -> str:
    if run.connection_id is None:
        return "The operator's credentials need a look."
    return "Connect it again, or ask the vendor for the right to list products."
