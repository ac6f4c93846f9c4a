"""Listings written in bulk: what is new or changed is stored, what is not is only stamped."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import NamedTuple

from django.db import connection as database

from catalog import daily_price, facts_panel, keys
from catalog.models import Listing, ListingChange, SyncRun
from practice.vendors import words
from practice.vendors.contract import Kind, ListingRow

BATCH = 500
# Raised where rows are read otherwise than before: each is written once more.
READ_AS = 1
KEY = ["practice_id", "vendor", "sku", "connection_id"]
# Beside what a row says: what is read out of it, and when. The rest is written by others.
WORKED_OUT = (
    *("facts", "daily_price", "gtin", "name_key", "digest", "matched_by"),
    *("seen_at", "retired_at"),
)
WRITTEN = [field.name for field in fields(ListingRow) if field.name not in KEY] + [*WORKED_OUT]
GIVEN = [*KEY, "first_seen_at", *WRITTEN]
MOST_MONEY, MOST_STOCK = 10**8, 2**31
MOST = dict.fromkeys(
    ("retail_price", "wholesale_price", "lowest_advertised", "daily_price"), MOST_MONEY
) | {"stock": MOST_STOCK}
LENGTHS = {
    field.name: field.max_length
    for field in Listing._meta.concrete_fields
    if getattr(field, "max_length", None)
}
# One parameter for the whole batch: PostgreSQL reads it by the types of the table's own columns.
MERGE = f"""
    INSERT INTO catalog_listing ({", ".join(GIVEN)})
    SELECT {", ".join(GIVEN)} FROM jsonb_populate_recordset(NULL::catalog_listing, %s)
    ON CONFLICT ({", ".join(KEY)}) DO UPDATE SET
    {", ".join(f"{name} = EXCLUDED.{name}" for name in WRITTEN)}
"""


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
    """Writes one batch and what changed with it. Twice the same SKU in a batch: the first counts.
    Inside a unit."""
    wanted: dict[str, ListingRow] = {}
    given = 0
    for row in rows:
        given += 1
        if row.sku and len(row.sku) <= LENGTHS["sku"]:
            wanted.setdefault(row.sku, row)
    held = {one[0]: _Held(*one) for one in line(run).filter(sku__in=wanted).values_list(*HELD)}
    write, stamp, changes = [], [], []
    for sku, row in wanted.items():
        before, digest = held.get(sku), _digest(row)
        if before and before.digest == digest and before.retired_at is None:
            stamp.append(before.pk)
            continue
        values = _values(run, row, digest, now)
        write.append(values)
        if before and run.pk and (change := _change(before, values)):
            changes.append((before.pk, *change))
    with database.cursor() as cursor:
        cursor.execute(MERGE, [json.dumps(write, ensure_ascii=False, default=str)])
    Listing.objects.filter(pk__in=stamp).update(seen_at=now)
    ListingChange.objects.bulk_create(
        ListingChange(
            practice_id=run.practice_id, run=run, listing_id=pk, before=before, after=after
        )
        for pk, before, after in changes
    )
    added = len(wanted) - len(held)
    return Counts(added, len(write) - added, len(stamp), given - len(wanted))


class _Held(NamedTuple):
    """What a listing was before this batch."""

    sku: str
    pk: int
    digest: str
    retired_at: dt.datetime | None
    name: str
    retail_price: Decimal | None
    wholesale_price: Decimal | None
    stock: int | None
    in_stock: bool | None
    availability: str


HELD = ("sku", "pk", *_Held._fields[2:])
TOLD = _Held._fields[4:]


def _change(before: _Held, values: dict) -> tuple[dict, dict] | None:
    """What a person is told of a change: the fields that differ, before and after. None where
    only other fields differ, such as a description."""
    was = {name: getattr(before, name) for name in TOLD}
    differing = [name for name in TOLD if was[name] != values[name]]
    if before.retired_at is not None:
        return {"retired": True}, {"retired": False}
    if not differing:
        return None
    return tuple({name: _plain(of[name]) for name in differing} for of in (was, values))


def _plain(value):
    return words.amount(value) if isinstance(value, Decimal) else value


def _values(run: SyncRun, row: ListingRow, digest: str, now: dt.datetime) -> dict:
    """The columns of a listing that are read, by name."""
    panel = facts_panel.read(row.facts_html)
    label = keys.facts(
        name=row.name, brand=row.brand, count=row.count, unit=row.count_unit, flavor=row.flavor
    )
    values = vars(row) | {
        "practice_id": run.practice_id,
        "vendor": run.vendor,
        "connection_id": _connection_id(run),
        "kind": Kind(row.kind).value,
        "name": row.name or f"No name given ({row.sku})",
        "facts": panel.as_json(),
        "daily_price": daily_price.of(row, panel),
        "warnings": list(row.warnings),
        "categories": list(row.categories),
        "default_doses": [
            {"slot": dose.slot.value, "quantity": str(dose.quantity), "with_food": dose.with_food}
            for dose in row.default_doses
        ],
        "gtin": keys.gtin(row.upc),
        "name_key": label.key,
        "digest": digest,
        "matched_by": "",
        "first_seen_at": now,
        "seen_at": now,
        "retired_at": None,
    }
    for name, most in LENGTHS.items():
        if len(values.get(name) or "") > most:
            values[name] = values[name][:most]
    for name, most in MOST.items():
        values[name] = _within(values[name], most)
    return values


def _within(number, most):
    """`number`, or None where it is too large to be one of a shop."""
    return number if number is not None and abs(number) < most else None


def _connection_id(run: SyncRun) -> int | None:
    return run.connection_id if run.part == SyncRun.Part.PRIVATE_LABEL else None


def _digest(row: ListingRow) -> str:
    """Of all that was read."""
    text = json.dumps([READ_AS, vars(row)], default=_text, ensure_ascii=False)
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=32).hexdigest()


def _text(value) -> object:
    return vars(value) if hasattr(value, "__dict__") else str(value)
