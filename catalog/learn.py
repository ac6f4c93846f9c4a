"""Learning products one by one, where a vendor lists its catalogue to few.

An ordinary partner has no bulk list: what plans, orders and protocols name is read as one of
the practice's clinicians and becomes the practice's own listing, and so is what the vendor
says has changed. Nothing is retired here: that one cannot be read is no proof that it is gone.

No function but `told` may run in a unit: each calls the vendor between its own.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
from collections.abc import Iterable
from functools import partial

from django.core.cache import cache

from catalog import match, review, upsert
from catalog.models import Listing, SyncRun
from practice import connect, inbox, tenancy
from practice.models import Connection, Receipt
from practice.vendors import registry
from practice.vendors.contract import (
    AccessRevoked,
    BadAnswer,
    Event,
    ListingRow,
    Refused,
    Unavailable,
)

log = logging.getLogger("regimen.catalogue")

AT_ONCE = 40  # of one call: then others have their turn, and the rest is read another time
ASKED_FOR = 24 * 3600  # seconds for which what the vendor does not know is not asked again


def variants(
    connection: Connection, variant_ids: Iterable[str], now: dt.datetime
) -> dict[str, Listing]:
    """The listings of `variant_ids`, by their SKU. What the catalogue does not know is read
    from the vendor, as this person; what nobody knows, or cannot be read now, is left out."""
    wanted = [sku for sku in dict.fromkeys(variant_ids) if _may_be_one(sku)]
    held = _held(connection, wanted)
    unknown = [sku for sku in wanted if sku not in held and not cache.get(_mark(connection, sku))]
    if not unknown or registry.VENDORS[connection.vendor].listings is None:
        return held
    try:
        _read([connection], unknown[:AT_ONCE], now)
    except (Unavailable, AccessRevoked) as error:
        log.warning("not_learned", extra={"connection": connection.pk, "error": str(error)})
    return _held(connection, wanted)


def told(receipt: Receipt, event: Event, now: dt.datetime) -> list[inbox.Deed]:
    """A vendor says that products are new or changed: they are read again. The words of the
    event itself are believed in nothing."""
    skus = registry.VENDORS[receipt.vendor].webhook.variant_ids(event)
    connections = list(
        Connection.objects.for_practice(tenancy.practice_id())
        .active()
        .filter(vendor=receipt.vendor, account_id=event.account_id)
        .order_by("pk")
    )
    if not connections:
        return []
    some = range(0, len(skus), AT_ONCE)
    return [
        partial(again, connections, skus[start : start + AT_ONCE], receipt.received_at, now)
        for start in some
    ]


def again(connections: list[Connection], skus, since: dt.datetime, now: dt.datetime) -> None:
    """Reads `skus` as the first of `connections` that may, unless somebody did since. Raises
    the contract's errors, but for connections that have ended: they say so themselves."""
    with tenancy.unit():
        known = _own(connections[0]).filter(sku__in=skus, seen_at__gte=since)
        fresh = set(known.values_list("sku", flat=True))
    try:
        _read(connections, [sku for sku in skus if sku not in fresh], now)
    except AccessRevoked as error:
        log.warning("not_read_again", extra={"error": str(error)})


def _read(connections: list[Connection], skus: list[str], now: dt.datetime) -> None:
    spec = registry.VENDORS[connections[0].vendor]
    done, is_news = set(), False
    for sku in skus:
        if sku in done:
            continue
        try:
            rows = connect.call_as_any(connections, partial(_asked_of, spec, sku))
        except Refused:
            rows = ()
        except BadAnswer:
            log.exception("unreadable_product", extra={"vendor": spec.key})
            rows = ()
        if not rows:
            cache.set(_mark(connections[0], sku), True, timeout=ASKED_FOR)
        is_news |= _keep(connections[0], rows, now)
        done |= {row.sku for row in rows}
    if is_news:
        practice_id = connections[0].practice_id
        match.once(practice_id)
        with tenancy.unit():
            review.find(practice_id)


def _asked_of(spec: registry.Vendor, sku: str, client) -> tuple[ListingRow, ...]:
    return spec.listings(client, sku)


def _keep(connection: Connection, rows: Iterable[ListingRow], now: dt.datetime) -> bool:
    """Writes what was read as of `now`, one row at a time: two workers never wait for each
    other in a circle. What was read later already stays. Whether anything is to be matched."""
    is_news = False
    for row in rows:
        with tenancy.unit():
            later = _own(connection).select_for_update(of=["self"]).filter(sku=row.sku)
            if not later.filter(seen_at__gt=now).exists():
                counts = upsert.store(_list_of(connection), [row], now)
                is_news |= bool(counts.added or counts.changed)
    return is_news


def _held(connection: Connection, skus: list[str]) -> dict[str, Listing]:
    """The practice's own before the shared ones; nobody's private label."""
    with tenancy.unit():
        found = Listing.objects.seen_by(connection.practice_id).filter(
            vendor=connection.vendor, sku__in=skus, connection=None
        )
        return {row.sku: row for row in sorted(found, key=lambda row: row.practice_id or 0)}


def _may_be_one(sku: str) -> bool:
    return 0 < len(sku) <= upsert.LENGTHS["sku"] and "\x00" not in sku


def _own(connection: Connection):
    return upsert.line(_list_of(connection))


def _list_of(connection: Connection) -> SyncRun:
    """The list that these belong to, as a reading of all of it would name it."""
    return SyncRun(
        practice_id=connection.practice_id,
        vendor=connection.vendor,
        part=SyncRun.Part.CATALOGUE,
    )


def _mark(connection: Connection, sku: str) -> str:
    name = hashlib.sha256(f"{connection.environment}/{sku}".encode()).hexdigest()
    return f"not-known-there:{connection.practice_id}:{connection.vendor}:{name}"


def subscribe() -> None:
    for vendor in registry.VENDORS.values():
        for event_type, meaning in (vendor.webhook.KINDS if vendor.webhook else {}).items():
            if meaning == "product":
                inbox.subscribe(vendor.key, event_type, told)
