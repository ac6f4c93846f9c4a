"""The `Retry-After` header: seconds or an HTTP-date."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

# Nobody is kept waiting for more than a day by one header.
SHORTEST, LONGEST = 1.0, 24 * 3600.0


def seconds(headers: Mapping[str, str]) -> float | None:
    """How long an answer asks to wait. A date counts from the vendor's clock or ours, whichever
    makes the wait longer: calling again too early is what it is about."""
    given = headers.get("Retry-After", "")
    ours, theirs = seconds_of(given), _moment(headers.get("Date", ""))
    if ours is None or theirs is None:
        return ours
    return max(ours, seconds_of(given, theirs))


def seconds_of(header: str, now: dt.datetime | None = None) -> float | None:
    """Seconds to wait, clamped to a second and a day; None when the header is absent or
    unreadable."""
    given = header.strip()
    if not given:
        return None
    if given.isascii() and given.isdigit():
        return _clamped(float(given[:9]))
    when = _moment(given)
    if when is None:
        return None
    return _clamped((when - (now or dt.datetime.now(dt.UTC))).total_seconds())


def _moment(given: str) -> dt.datetime | None:
    try:
        when = parsedate_to_datetime(given)
    except ValueError:
        return None
    return when if when.tzinfo else when.replace(tzinfo=dt.UTC)


def _clamped(wanted: float) -> float:
    return min(max(wanted, SHORTEST), LONGEST)
