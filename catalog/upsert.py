"""Listings written in bulk: what is new or changed is stored, what is not is only stamped."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, fields

from catalog import daily_price, facts_panel, keys
from catalog.models import Listing, SyncRun
from practice.vendors.contract import Kind, ListingRow

BATCH = 500
# Raised where rows are read otherwise than before: each is written once more.
READ_AS = 1
KEY = ["practice", "vendor", "sku", "connection"]
# Set once, or by matching.
KEPT = {"id", *KEY, "product", "bottle", "first_seen_at", "family", "block", "keyed_at"}
WRITTEN = [field.name for field in Listing._meta.concrete_fields if field.name not in KEPT]
MOST_MONEY, MOST_STOCK = 10**8, 2**31
LENGTHS = {
    field.name: field.max_length
    for field in Listing._meta.concrete_fields
    if getattr(field, "max_length", None)
}


@dataclass(frozen=True)
class Counts:
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    skipped: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))


def line(run: SyncRun):
    """The listings that `run` reads: one owner's, of one vendor, from one list."""
    return Listing.objects.owned_by(run.practice_id).filter(
        vendor=run.vendor, connection_id=_connection_id(run)
    )


def store(run: SyncRun, rows: Iterable[ListingRow], now: dt.datetime) -> Counts:
    """Writes one batch. Twice the same SKU in a batch: the first counts."""
    wanted: dict[str, ListingRow] = {}
    given = skipped = 0
    for row in rows:
        given += 1
        if not row.sku or len(row.sku) > LENGTHS["sku"]:
            skipped += 1
        else:
            wanted.setdefault(row.sku, row)
    held = {
        sku: (pk, digest, retired_at)
        for sku, pk, digest, retired_at in line(run)
        .filter(sku__in=wanted)
        .values_list("sku", "pk", "digest", "retired_at")
    }
    write, stamp, added = [], [], 0
    for sku, row in wanted.items():
        pk, digest, retired_at = held.get(sku, (None, "", None))
        fresh = _digest(row)
        if pk and digest == fresh and retired_at is None:
            stamp.append(pk)
        else:
            added += pk is None
            write.append(_listing(run, row, fresh, now))
    Listing.objects.bulk_create(
        write, update_conflicts=True, unique_fields=KEY, update_fields=WRITTEN
    )
    Listing.objects.filter(pk__in=stamp).update(seen_at=now)
    skipped += given - skipped - len(wanted)
    return Counts(added, len(write) - added, len(stamp), skipped)


def _listing(run: SyncRun, row: ListingRow, digest: str, now: dt.datetime) -> Listing:
    values = {field.name: getattr(row, field.name) for field in fields(row)}
    values |= {
        name: value[: LENGTHS[name]]
        for name, value in values.items()
        if name in LENGTHS and isinstance(value, str)
    }
    values["kind"] = Kind(row.kind).value
    values["name"] = values["name"] or f"No name given ({row.sku})"[: LENGTHS["name"]]
    values["retail_price"] = _within(row.retail_price, MOST_MONEY)
    values["wholesale_price"] = _within(row.wholesale_price, MOST_MONEY)
    values["lowest_advertised"] = _within(row.lowest_advertised, MOST_MONEY)
    values["stock"] = _within(row.stock, MOST_STOCK)
    panel = facts_panel.read(row.facts_html)
    values["facts"] = panel.as_json()
    values["daily_price"] = _within(daily_price.of(row, panel), MOST_MONEY)
    values["warnings"] = list(row.warnings)
    values["categories"] = list(row.categories)
    values["default_doses"] = [
        {
            "slot": dose.slot.value,
            "quantity": str(dose.quantity),
            "with_food": dose.with_food,
        }
        for dose in row.default_doses
    ]
    facts = keys.facts(
        name=row.name, brand=row.brand, count=row.count, unit=row.count_unit, flavor=row.flavor
    )
    return Listing(
        practice_id=run.practice_id,
        vendor=run.vendor,
        connection_id=_connection_id(run),
        matched_by="",
        gtin=keys.gtin(row.upc),
        name_key=facts.key,
        digest=digest,
        first_seen_at=now,
        seen_at=now,
        retired_at=None,
        **values,
    )


def _within(number, most):
    """`number`, or None where it is too large to be one of a shop."""
    return number if number is not None and abs(number) < most else None


def _connection_id(run: SyncRun) -> int | None:
    return run.connection_id if run.part == SyncRun.Part.PRIVATE_LABEL else None


def _digest(row: ListingRow) -> str:
    """SHA-256 of all that was read."""
    plain = {field.name: getattr(row, field.name) for field in fields(row)} | {"as": READ_AS}
    text = json.dumps(plain, default=_text, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _text(value) -> object:
    return vars(value) if hasattr(value, "__dict__") else str(value)
