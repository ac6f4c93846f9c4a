"""Inbound webhooks: verify the raw bytes, store, answer, work afterwards (design 5, Receive).

An app subscribes to an event in its `AppConfig.ready`; its handler runs in a unit of the
event's practice, is idempotent, and calls no vendor. What needs one it gives back as deeds,
which run after that unit; the receipt is done once all of them are, so that none gets lost.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import re
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from practice import leases, locks, tenancy
from practice.models import Connection, CourierAccount, Receipt
from practice.vendors import registry
from practice.vendors.contract import BadAnswer, Event, Unavailable, Verdict

log = logging.getLogger("regimen.inbox")

Deed = Callable[[], None]
Handler = Callable[[Receipt, Event, dt.datetime], Iterable[Deed] | None]

MAX_ATTEMPTS = 8
WORKS_FOR = 20  # seconds, then another task goes on: none may outlast its time limit
HOOK_PATH = re.compile(r"[\w-]{1,64}", re.ASCII)

RECEIPTS = leases.Watch(Receipt, Q(state=Receipt.State.WORKING))

_handlers: dict[tuple[str, str], Handler] = {}


def subscribe(vendor_key: str, event_type: str, handler: Handler) -> None:
    """Has `handler` called for every such event, once it is safely stored."""
    _handlers[vendor_key, event_type] = handler


def handler_of(vendor_key: str, event_type: str) -> Handler | None:
    return _handlers.get((vendor_key, event_type))


@dataclass(frozen=True)
class Endpoint:
    """One address that a vendor posts to, and what verifies it. `practice_id` is None where
    one address serves all practices."""

    vendor: registry.Vendor
    name: str
    secrets: tuple[str, ...]
    practice_id: int | None = None
    challenge: str = ""


def endpoint(vendor_key: str, hook_path: str) -> Endpoint | None:
    """The endpoint at an address, or None. Found by the URL, never by the body."""
    vendor = registry.VENDORS.get(vendor_key)
    if vendor is None or vendor.webhook is None:
        return None
    if not hook_path:
        secrets = settings.VENDOR_HOOK_SECRETS.get(vendor_key)
        if not secrets:
            return None
        challenge = settings.VENDOR_HOOK_CHALLENGES.get(vendor_key, "")
        return Endpoint(vendor, vendor_key, tuple(secrets), challenge=challenge)
    if not HOOK_PATH.fullmatch(hook_path):  # PostgreSQL cannot even ask for some
        return None
    with tenancy.unit(tenancy.EVERYTHING):
        account = CourierAccount.objects.filter(vendor=vendor_key, hook_path=hook_path).first()
    if account is None:
        return None
    name = f"{vendor_key}/{account.pk}"
    return Endpoint(vendor, name, tuple(account.secrets()), practice_id=account.practice_id)


@dataclass(frozen=True)
class Taken:
    """What became of one inbound request. `receipt_id` is set for what is to be worked off."""

    verdict: Verdict
    receipt_id: int | None = None


def take_in(at: Endpoint, headers: Mapping[str, str], body: bytes, now: dt.datetime) -> Taken:
    """Verifies and stores one request; it may be answered once this has returned.

    A rightly signed request that is too old is kept in quarantine and reported STALE. A
    repeat is counted and changes nothing. Forged and malformed requests leave no row.
    """
    verdict = at.vendor.webhook.verify(headers, body, at.secrets, now.timestamp())
    if verdict not in (Verdict.GENUINE, Verdict.STALE):
        return Taken(verdict)
    try:
        event = at.vendor.webhook.parse(body, headers)
    except BadAnswer:
        return Taken(Verdict.MALFORMED)
    receipt = Receipt(
        practice_id=at.practice_id,
        vendor=at.vendor.key,
        endpoint=at.name,
        event_id=event.id[:200],
        event_type=event.type[:100],
        account_id=event.account_id[:120],
        verdict=verdict,
        received_at=now,
    )
    if verdict == Verdict.STALE:
        receipt.state = Receipt.State.QUARANTINED
    receipt.keep(body)
    receipt_id, state = Receipt.objects.take_in(receipt)
    return Taken(verdict, receipt_id if state == Receipt.State.NEW else None)


def work_off(
    clock: Callable[[], dt.datetime] = timezone.now,
    *,
    seconds: float = WORKS_FOR,
    more: Callable[[], None] = lambda: None,
) -> None:
    """Works receipts off, the oldest first, until none is due or `seconds` are over. `more` is
    called once when others are due beside the first. Runs in the all-practices scope."""
    until, is_first = time.monotonic() + seconds, True
    while True:
        with claimed(clock()) as receipt:
            if receipt is None:
                return
            if is_first and is_due(clock()):
                more()
            is_first = False
            process(receipt, clock())
        if time.monotonic() > until:
            more()
            return


@contextlib.contextmanager
def claimed(now: dt.datetime) -> Iterator[Receipt | None]:
    """The oldest receipt that is due and in nobody's hands, in the caller's for the block."""
    with contextlib.ExitStack() as hands:
        with tenancy.unit(tenancy.EVERYTHING):
            receipt = (
                Receipt.objects.ready(now)
                .select_for_update(skip_locked=True, of=["self"])
                .order_by("id")
                .first()
            )
            if receipt is not None:
                hands.enter_context(RECEIPTS.alone(receipt.pk))
                receipt.state = Receipt.State.WORKING
                receipt.lease_until = now + dt.timedelta(seconds=settings.LEASE_SECONDS)
                receipt.attempts += 1
                receipt.save(update_fields=["state", "lease_until", "attempts"])
        yield receipt


def process(receipt: Receipt, now: dt.datetime) -> None:
    """Works off one that was claimed. Each handler runs in its own practice's scope. Of events
    about one thing one waits for the other: what is read last is written last."""
    event = read(receipt)
    with locks.held("event", _subject(receipt, event)):
        _process(receipt, event, now)


def _process(receipt: Receipt, event: Event, now: dt.datetime) -> None:
    handler = handler_of(receipt.vendor, event.type)
    practices = practices_of(receipt, event)
    try:
        for practice_id in practices if handler else ():
            with tenancy.declare(tenancy.of_practice(practice_id)):
                with tenancy.unit():
                    deeds = handler(receipt, event, now)
                for deed in deeds or ():
                    deed()
    except Exception as error:
        if not getattr(error, "held_back", False):
            log.exception("receipt_failed", extra={"receipt": receipt.pk, "type": event.type})
        _put_back(receipt, error, now)
        return
    done = handler is not None and practices
    with tenancy.unit(tenancy.EVERYTHING):
        receipt.state = Receipt.State.DONE if done else Receipt.State.IGNORED
        receipt.done_at = now
        receipt.lease_until = None
        if len(practices) == 1:
            receipt.practice_id = practices[0]
        receipt.save(update_fields=["state", "done_at", "lease_until", "practice"])


def _subject(receipt: Receipt, event: Event) -> int:
    """A number for what an event is about: `plan.created` and `plan.updated` of one id alike."""
    kind, number = event.type.partition(".")[0], event.data.get("id")
    return zlib.crc32(f"{receipt.endpoint}/{event.account_id}/{kind}/{number}".encode())


def read(receipt: Receipt) -> Event:
    """The event of a receipt. Where it names no account, the one whose list it was found in."""
    event = registry.VENDORS[receipt.vendor].webhook.parse(receipt.content())
    return event if event.account_id else replace(event, account_id=receipt.account_id)


def practices_of(receipt: Receipt, event: Event) -> list[int]:
    """The practices an event concerns: the endpoint's own, or those connected with the
    vendor account it names."""
    if receipt.practice_id is not None:
        return [receipt.practice_id]
    if not event.account_id:
        return []
    with tenancy.unit(tenancy.EVERYTHING):
        return list(
            Connection.objects.filter(vendor=receipt.vendor, account_id=event.account_id)
            .exclude(state=Connection.State.DISCONNECTED)
            .order_by("practice_id")
            .values_list("practice_id", flat=True)
            .distinct()
        )


def _put_back(receipt: Receipt, error: Exception, now: dt.datetime) -> None:
    """Later again, at growing gaps; after the last attempt it stays for a person. Where there
    was no room to ask the vendor, nothing was tried."""
    with tenancy.unit(tenancy.EVERYTHING):
        receipt.refresh_from_db()
        if getattr(error, "held_back", False):
            receipt.attempts -= 1
        exhausted = receipt.attempts >= MAX_ATTEMPTS
        receipt.state = Receipt.State.FAILED if exhausted else Receipt.State.NEW
        wait = 5 * 2**receipt.attempts
        if isinstance(error, Unavailable):
            wait = max(wait, error.retry_after or 0)
        receipt.not_before_at = now + dt.timedelta(seconds=wait)
        receipt.lease_until = None
        receipt.last_error = _named(error)
        receipt.save(
            update_fields=["state", "attempts", "not_before_at", "lease_until", "last_error"]
        )


def _named(error: Exception) -> str:
    """The class of an error, with the vendor's request id where it came from a call."""
    request_id = getattr(error, "request_id", "")
    return type(error).__name__ + (f", request {request_id}" if request_id else "")


def is_due(now: dt.datetime) -> bool:
    with tenancy.unit(tenancy.EVERYTHING):
        return Receipt.objects.ready(now).exists()


def recover(now: dt.datetime) -> None:
    """Puts back the receipts of workers that died: handlers are idempotent, so they are simply
    taken again. One that kills every worker is left to a person."""
    with tenancy.unit(tenancy.EVERYTHING):
        orphans = Receipt.objects.filter(state=Receipt.State.WORKING, lease_until__lt=now)
        orphans.filter(attempts__gte=MAX_ATTEMPTS).update(
            state=Receipt.State.FAILED, lease_until=None, last_error="WorkerDied"
        )
        orphans.update(state=Receipt.State.NEW, lease_until=None)
