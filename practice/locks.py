"""Locks over all processes.

`held` may be held while a vendor is called: PostgreSQL's session-level advisory locks need no
open transaction and fall when the process that holds them dies.
"""

import contextlib
import zlib

from django.db import InterfaceError, OperationalError, connection
from django.db.models.expressions import RawSQL


@contextlib.contextmanager
def held(kind: str, row_id: int):
    """One holder at a time of (`kind`, `row_id`); others wait."""
    key = _key(kind, row_id)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", key)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", key)


@contextlib.contextmanager
def tried(kind: str, row_id: int):
    """Whether the caller is the one holder of (`kind`, `row_id`); nobody waits."""
    key = _key(kind, row_id)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", key)
        [is_mine] = cursor.fetchone()
    try:
        yield is_mine
    finally:
        # With a connection that broke, the lock has fallen.
        with contextlib.suppress(InterfaceError, OperationalError):
            if is_mine:
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_advisory_unlock(%s, %s)", key)


def held_ones(kind: str) -> RawSQL:
    """The ids of the rows of `kind` whose lock somebody holds, as a subquery."""
    return RawSQL(
        "SELECT objid::bigint FROM pg_locks"
        " WHERE locktype = 'advisory' AND granted AND objsubid = 2"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        " AND classid = %s",
        [_key(kind, 0)[0]],
    )


def until_the_end(kind: str, row_id: int) -> None:
    """Waits to be the one holder of (`kind`, `row_id`), until the caller's unit ends: who comes
    next sees what it wrote."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", _key(kind, row_id))


def _key(kind: str, row_id: int) -> tuple[int, int]:
    return zlib.crc32(kind.encode()) & 0x7FFF_FFFF, row_id & 0x7FFF_FFFF
