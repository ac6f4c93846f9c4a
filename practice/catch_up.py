"""Asking a vendor again for what its webhooks should have told, clinic by clinic.

    waiting ─claim→ running ─each page→ running ─the last page of the last category→ waiting
                       └──no answer, no room: later, from the same page──┘

Each account of a practice is asked hourly about the days round today, and daily about the last
thirty (`EventSweep`). An event that has no receipt gets one, marked as found, and is worked off
like any other: the one row an event has keeps a webhook that comes meanwhile from doing it twice.
A worker holds a sweep by a lease and notes the next page with what it found; whoever takes over
goes on there. No function but `begin` and `ask` may run in a unit.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone

from practice import connect, tenancy
from practice.models import Connection, EventSweep, Receipt
from practice.vendors import registry
from practice.vendors.contract import (
    Ability,
    AccessRevoked,
    BadAnswer,
    Event,
    Refused,
    Unavailable,
    VendorError,
    Verdict,
)

log = logging.getLogger("regimen.events")

Span = EventSweep.Span
EVERY = {Span.RECENT: dt.timedelta(hours=1), Span.MONTH: dt.timedelta(days=1)}
# Days before today; the client widens by one each side (Fullscript reference 14, unknown 16).
BACK = {Span.RECENT: dt.timedelta(0), Span.MONTH: dt.timedelta(days=29)}
# The vendor's own target for a webhook (6.7): what is younger may still be on its way.
ON_ITS_WAY = dt.timedelta(minutes=30)
WORKS_FOR = 20  # seconds, then others have their turn
WAIT = dt.timedelta(minutes=2)
FAILED_SHOWN = 20
NOBODY = "Nobody of this clinic is connected."
NOT_LET = "The vendor lets nobody of this clinic list its events."
NO_ANSWER = "The vendor did not answer."
SOME_LEFT_OUT = "Some events could not be read. We look into it."


# --- Which there are


def begin(connection: Connection) -> None:
    """The sweeps of an account that has just been connected, due at once: its webhooks may
    have been silent. In a unit of its practice."""
    if not connection.account_id or not connect.offers(connection.vendor, Ability.EVENTS):
        return
    now = timezone.now()
    of_account = {"vendor": connection.vendor, "account_id": connection.account_id}
    for span in Span:
        EventSweep.objects.update_or_create(
            practice_id=connection.practice_id,
            span=span,
            **of_account,
            defaults={"not_before_at": now},
        )


def complete() -> None:
    """Sweeps for accounts that have none yet. In the all-practices scope."""
    vendors = [vendor.key for vendor in connect.offering(Ability.EVENTS)]
    with tenancy.unit():
        known = set(EventSweep.objects.values_list("practice_id", "vendor", "account_id"))
        for one in Connection.objects.active().filter(vendor__in=vendors).order_by("pk"):
            if (one.practice_id, one.vendor, one.account_id) not in known:
                begin(one)


def due(now: dt.datetime, limit: int = 200) -> list[tuple[int, int]]:
    """(practice id, sweep id) of those whose time has come. In the all-practices scope."""
    with tenancy.unit():
        rows = _free(now).filter(practice__suspended_at__isnull=True)
        return list(rows.order_by("not_before_at").values_list("practice_id", "pk")[:limit])


def ask(sweeps: Sequence[EventSweep], now: dt.datetime) -> list[EventSweep]:
    """Those that are due now, because somebody asked. The caller's unit holds the rows locked
    and nudges the task."""
    chosen = [sweep for sweep in sweeps if not sweep.is_running]
    rows = EventSweep.objects.filter(pk__in=[sweep.pk for sweep in chosen])
    rows.update(not_before_at=now)
    return chosen


# --- Running one


@dataclass
class Round:
    """One worker's turn at a sweep. An event that happened after `since` should have come by
    webhook by itself; None where nobody can say."""

    sweep: EventSweep
    connections: list[Connection]
    since: dt.datetime | None

    @property
    def categories(self) -> tuple[str, ...]:
        return registry.VENDORS[self.sweep.vendor].event_categories

    def call(self, act):
        return connect.call_as_any(self.connections, act)


def run(sweep_id: int, now: dt.datetime) -> None:
    """Works on one sweep until it is done, has to wait or its time is over. Does nothing when
    somebody else has it. In its practice's scope."""
    with tenancy.unit():
        held = {"lease_until": _lease(now), "attempts": F("attempts") + 1}
        if not _free(now).filter(pk=sweep_id).update(**held):
            return
        sweep = EventSweep.objects.get(pk=sweep_id)
        connections = list(_connections(sweep))
    if not connections:
        _rest(sweep, now, last_error=NOBODY)
        return
    if sweep.last_error == NO_ANSWER:
        sweep.last_error = ""
    heard_at = _heard_at(sweep)
    turn = Round(sweep, connections, _since(connections, heard_at))
    if sweep.category not in turn.categories:
        _start(turn, heard_at, now)
    try:
        _read(turn)
    except Unavailable as error:
        _put_back(sweep, error)


def _start(turn: Round, heard_at: dt.datetime | None, now: dt.datetime) -> None:
    given = {"category": turn.categories[0], "page": 1, "seen": 0, "missed": 0, "skipped": []}
    given |= {"started_at": now, "last_error": ""}
    if heard_at and turn.sweep.overdue_since and heard_at > turn.sweep.overdue_since:
        given |= {"overdue": 0, "overdue_since": None}
    _change(turn.sweep, **given)


def _read(turn: Round) -> None:
    until = time.monotonic() + WORKS_FOR
    while turn.sweep.category:
        if not _read_a_page(turn):
            return
        if time.monotonic() > until:
            _change(turn.sweep, lease_until=None)
            return
    _finish(turn)


def _read_a_page(turn: Round) -> bool:
    """False when another worker has taken over."""
    sweep, given = turn.sweep, {}
    try:
        ids, following = turn.call(partial(_listed, sweep.category, *_days(sweep), sweep.page))
    except (AccessRevoked, Refused, BadAnswer) as error:
        log.warning("events_not_listed", extra={"sweep": sweep.pk, "error": str(error)})
        ids, following = (), None
        given["skipped"] = [*sweep.skipped, sweep.category]
    missed, overdue = 0, 0
    for event_id in _unknown(sweep, ids):
        event = _fetched(turn, event_id)
        if event is not None and _take_in(sweep, event):
            missed += 1
            overdue += _is_overdue(event, turn.since)
    given |= {"seen": sweep.seen + len(ids), "missed": sweep.missed + missed}
    given["last_error"] = sweep.last_error
    if overdue:
        given["overdue"] = sweep.overdue + overdue
        given["overdue_since"] = sweep.overdue_since or timezone.now()
    given["category"] = sweep.category if following else _after(turn)
    given["page"] = following or 1
    return _change(sweep, lease_until=_lease(timezone.now()), **given)


def _listed(category, first, last, page, client):
    return client.events(category, first, last, page)


def _fetched(turn: Round, event_id: str) -> Event | None:
    try:
        return turn.call(lambda client: client.event(event_id))
    except (AccessRevoked, Refused, BadAnswer) as error:
        log.warning("event_not_read", extra={"sweep": turn.sweep.pk, "error": str(error)})
        turn.sweep.last_error = SOME_LEFT_OUT
        return None


def _unknown(sweep: EventSweep, ids: Sequence[str]) -> list[str]:
    """Those that nobody told us of, or not so that anything could be made of it: an event that
    came too late lies in quarantine, one that named no clinic was led nowhere."""
    with tenancy.unit(tenancy.EVERYTHING):
        mine = Receipt.objects.filter(endpoint=sweep.vendor, event_id__in=ids)
        astray = mine.filter(account_id="", practice=None)
        astray.filter(state=Receipt.State.NEW).update(account_id=sweep.account_id)
        astray.filter(state=Receipt.State.IGNORED).update(
            account_id=sweep.account_id, state=Receipt.State.NEW, attempts=0, done_at=None
        )
        told = mine.exclude(state=Receipt.State.QUARANTINED)
        known = set(told.values_list("event_id", flat=True))
    return [event_id for event_id in dict.fromkeys(ids) if event_id[:200] not in known]


def _take_in(sweep: EventSweep, event: Event) -> bool:
    """False where a webhook was faster."""
    receipt = Receipt(
        vendor=sweep.vendor,
        endpoint=sweep.vendor,
        event_id=event.id[:200],
        event_type=event.type[:100],
        account_id=(event.account_id or sweep.account_id)[:120],
        verdict=Verdict.GENUINE,
        found_by=Receipt.FoundBy.SWEEP,
        received_at=timezone.now(),
    )
    receipt.keep(registry.VENDORS[sweep.vendor].webhook.body_of(event))
    if not _unknown(sweep, [event.id]):
        return False
    Receipt.objects.take_in(receipt)
    return True


def _is_overdue(event: Event, since: dt.datetime | None) -> bool:
    """Whether a webhook should have brought it: it happened while somebody was connected and
    after the last webhook that came, and not just now."""
    if since is None or event.created_at is None:
        return False
    return since < event.created_at < timezone.now() - ON_ITS_WAY


def _since(connections: list[Connection], heard_at: dt.datetime | None) -> dt.datetime | None:
    connected_at = [one.connected_at for one in connections if one.connected_at]
    return max(min(connected_at), heard_at or min(connected_at)) if connected_at else None


def _heard_at(sweep: EventSweep) -> dt.datetime | None:
    """When the last webhook of this account came."""
    came = Receipt.objects.filter(
        endpoint=sweep.vendor, found_by=Receipt.FoundBy.WEBHOOK, account_id=sweep.account_id
    ).order_by("-received_at")
    with tenancy.unit(tenancy.EVERYTHING):
        # One account of two practices belongs to neither: its receipts name none.
        last = [
            came.filter(practice=owner).values_list("received_at", flat=True).first()
            for owner in (sweep.practice_id, None)
        ]
    return max(filter(None, last), default=None)


def _finish(turn: Round) -> None:
    sweep = turn.sweep
    given = {"finished_at": timezone.now(), "failed_deliveries": []}
    if len(sweep.skipped) == len(turn.categories):
        is_let = any(connection.is_active for connection in turn.connections)
        given["last_error"] = NOT_LET if is_let else NOBODY
    elif sweep.missed:
        given["failed_deliveries"] = _failures(turn)
    _rest(sweep, timezone.now(), **given)


def _failures(turn: Round) -> list[dict]:
    """What the vendor says of webhooks that failed, for the operator's staff only: nothing is
    decided by it (reference 14, unknown 7)."""
    first, last = _days(turn.sweep)
    try:
        rows = turn.call(lambda client: client.failed_deliveries(first, last))
    except VendorError as error:
        log.info("deliveries_not_read", extra={"sweep": turn.sweep.pk, "error": str(error)})
        return []
    return [
        {
            "event": row.event_id[:120],
            "type": row.type[:100],
            "at": row.at.isoformat() if row.at else "",
            "status": row.status[:40],
        }
        for row in rows[-FAILED_SHOWN:]
    ]


def _put_back(sweep: EventSweep, error: Unavailable) -> None:
    """Later, from the same page. Where there was no room to ask, nothing went wrong."""
    wait = max(WAIT, dt.timedelta(seconds=error.retry_after or 0))
    given = {} if error.held_back else {"last_error": NO_ANSWER}
    _change(sweep, not_before_at=timezone.now() + wait, lease_until=None, **given)


def _rest(sweep: EventSweep, now: dt.datetime, **given) -> None:
    """Until the next time, from the start."""
    again = {"category": "", "page": 1, "not_before_at": now + EVERY[sweep.span]}
    _change(sweep, lease_until=None, **again, **given)


def _change(sweep: EventSweep, **given) -> bool:
    """Writes, unless another worker took over."""
    with tenancy.unit():
        mine = EventSweep.objects.filter(pk=sweep.pk, attempts=sweep.attempts)
        hit = mine.filter(lease_until__isnull=False).update(**given)
    for name, value in given.items():
        setattr(sweep, name, value)
    return bool(hit)


def _after(turn: Round) -> str:
    """The category after the present one; '' after the last."""
    place = turn.categories.index(turn.sweep.category) + 1
    return turn.categories[place] if place < len(turn.categories) else ""


def _days(sweep: EventSweep) -> tuple[dt.date, dt.date]:
    today = (sweep.started_at or timezone.now()).astimezone(dt.UTC).date()
    return today - BACK[sweep.span], max(today, timezone.now().astimezone(dt.UTC).date())


def _connections(sweep: EventSweep):
    """Those who may be asked as, whoever was answered last first."""
    return (
        Connection.objects.active()
        .filter(
            practice_id=sweep.practice_id,
            vendor=sweep.vendor,
            account_id=sweep.account_id,
            membership__deactivated_at__isnull=True,
            membership__user__is_active=True,
        )
        .order_by(F("last_success_at").desc(nulls_last=True), "pk")
    )


def _free(now: dt.datetime):
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    return EventSweep.objects.filter(free, not_before_at__lte=now)


def _lease(now: dt.datetime) -> dt.datetime:
    return now + dt.timedelta(seconds=settings.LEASE_SECONDS)
