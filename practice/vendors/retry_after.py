"""The `Retry-After` header: seconds or an HTTP-date."""

from __future__ import annotations

import datetime as dt
from email.utils import parsedate_to_datetime

SHORTEST, LONGEST = 1.0, 3600.0


def seconds_of(header: str, now: dt.datetime | None = None) -> float | None:
    """Seconds to wait, clamped to 1..3600; None when the header is absent or unreadable."""
    given = header.strip()
    if not given:
        return None
    if given.isascii() and given.isdigit():
        return _clamped(float(given[:9]))
    try:
        when = parsedate_to_datetime(given)
    except ValueError:
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=dt.UTC)
    return _clamped((when - (now or dt.datetime.now(dt.UTC))).total_seconds())


def _clamped(seconds: float) -> float:
    return min(max(seconds, SHORTEST), LONGEST)
