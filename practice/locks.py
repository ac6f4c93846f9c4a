"""Locks over all processes that may be held while a vendor is called.

PostgreSQL's session-level advisory locks need no open transaction and fall when the
process that holds them dies.
"""

import contextlib
import zlib

from django.db import connection


@contextlib.contextmanager
def held(kind: str, row_id: int):
    """One holder at a time of (`kind`, `row_id`); others wait."""
    key = (zlib.crc32(kind.encode()) & 0x7FFF_FFFF, row_id & 0x7FFF_FFFF)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", key)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", key)
