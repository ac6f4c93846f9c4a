"""Sealing the audit trail: each finished UTC day becomes one link of a hash chain.

    leaf = SHA-256(the entry's line)      head = SHA-256(head before, day, rows, … , leaves)

A line is what PostgreSQL's COPY writes for the columns that the seal names, so a column
that comes later leaves old seals as they are. The head leaves the database before the seal
is committed (`audit_heads`): there is no seal whose head stayed inside. Sealing again after
a crash gives the same head and the same signed line.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.db import connection

from practice import audit_heads, tenancy
from practice.models import AuditEntry, AuditSeal

log = logging.getLogger("regimen.audit")

# What of an entry is sealed, and how it is written. A new column goes to the end.
COLUMNS = {
    "id": "id",
    "practice_id": "practice_id",
    "at": "(extract(epoch FROM at) * 1000000)::bigint",
    "action": "action",
    "kind": "kind",
    "object_id": "object_id",
    "patient_id": "patient_id",
    "user_id": "user_id",
    "who": "who",
    "via": "via",
    "request_id": "request_id",
    "address": "address",
    "reason": "reason",
    "detail": "detail::text",
}
BEGINNING = "0" * 64  # the head before the first
DAY = dt.timedelta(days=1)
GRACE = dt.timedelta(hours=1)
PATIENCE = 20.0  # seconds for which running transactions are waited for
MARK = struct.Struct(">q4s")  # an entry's id and the first bytes of its leaf


@dataclass
class Tally:
    """What comes of a day's entries in the order of their ids."""

    rows: int = 0
    last_id: int = 0
    leaves: object = field(default_factory=hashlib.sha256)

    def add(self, line: bytes) -> bytes:
        """Takes in one line; its mark."""
        entry_id = int(line[: line.index(b"\t")])
        leaf = hashlib.sha256(line).digest()
        self.leaves.update(leaf)
        self.rows += 1
        self.last_id = entry_id
        return MARK.pack(entry_id, leaf[:4])


def head_of(before: str, day: dt.date, columns: str, rows: int, last_id: int, leaves) -> str:
    told = (
        *("regimen audit 1", before, day.isoformat(), columns),
        *(str(rows), str(last_id), leaves.hexdigest()),
    )
    return hashlib.sha256("\n".join(told).encode()).hexdigest()


def lines(day: dt.date, columns: str) -> Iterator[bytes]:
    """The entries of a UTC day by id, streamed. Raises KeyError for an unknown column."""
    wanted = ", ".join(COLUMNS[name] for name in columns.split(","))
    statement = (
        f"COPY (SELECT {wanted} FROM {AuditEntry._meta.db_table} "
        "WHERE at >= %s AND at < %s ORDER BY id) TO STDOUT"
    )
    rest = b""
    with connection.cursor() as cursor, cursor.copy(statement, list(bounds(day))) as copy:
        for block in copy:
            *whole, rest = (rest + bytes(block)).split(b"\n")
            yield from whole


def bounds(day: dt.date) -> tuple[dt.datetime, dt.datetime]:
    begin = dt.datetime.combine(day, dt.time(), dt.UTC)
    return begin, begin + DAY


def missing(now: dt.datetime, patience: float = PATIENCE) -> list[AuditSeal]:
    """Makes every seal that is due, each in a unit of its own; the seals made."""
    made = []
    while True:
        with tenancy.unit(tenancy.EVERYTHING):
            seal = _next(now, patience)
        if seal is None:
            return made
        made.append(seal)


def _next(now: dt.datetime, patience: float) -> AuditSeal | None:
    """Seals the first unsealed day. None where none is due, or others are at it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_try_advisory_xact_lock(hashtext('audit seal')), clock_timestamp()"
        )
        is_ours, there = cursor.fetchone()
    last = AuditSeal.objects.order_by("-day").defer("marks").first()
    day = last.day + DAY if last else _first_day()
    if not is_ours or day is None or bounds(day)[1] + GRACE > min(now, there):
        return None
    if not _all_written(patience):
        log.warning("audit_seal_waits")
        return None
    columns, tally, marks = ",".join(COLUMNS), Tally(), bytearray()
    for line in lines(day, columns):
        marks += tally.add(line)
    last_id = max(tally.last_id, last.last_id if last else 0)
    before = last.head if last else BEGINNING
    head = head_of(before, day, columns, tally.rows, last_id, tally.leaves)
    audit_heads.announce(audit_heads.Head(day, tally.rows, last_id, head))
    return AuditSeal.objects.create(
        day=day, rows=tally.rows, last_id=last_id, head=head, columns=columns, marks=bytes(marks)
    )


def _first_day() -> dt.date | None:
    first = AuditEntry.objects.order_by("at", "id").values_list("at", flat=True).first()
    return first and first.astimezone(dt.UTC).date()


def _all_written(patience: float) -> bool:
    """Whether every transaction that may have stamped an entry before now has ended. Each
    holds this lock on the table from before the stamp to its end."""
    sql = (
        "SELECT virtualtransaction FROM pg_locks "
        "WHERE relation = %s::regclass AND mode = 'RowExclusiveLock' "
        "AND pid IS DISTINCT FROM pg_backend_pid()"
    )
    until, open_then = time.monotonic() + patience, None
    while True:
        with connection.cursor() as cursor:
            cursor.execute(sql, [AuditEntry._meta.db_table])
            writing = {row[0] for row in cursor.fetchall()}
        open_then = writing if open_then is None else open_then & writing
        if not open_then or time.monotonic() > until:
            return not open_then
        time.sleep(0.1)
