"""The day grammar of date filters: `2026-01-31`, `<…`, `>…`, `2026-01-01..2026-01-31`."""

from __future__ import annotations

import datetime as dt

from tests.simulators.fullscript.rest import Call


def by_day(call: Call, rows: list, field: str) -> list:
    """The rows whose day the query's filter of that name lets through.

    Where a day begins is not documented: UTC, or the hours east of it the knob says.
    """
    text = call.query.get(field, "").strip()
    if not text:
        return rows
    try:
        lets_through = _test(text)
    except ValueError:
        call.refuse(f"{field.replace('_', ' ').capitalize()} is not a valid date filter")
    zone = dt.timezone(dt.timedelta(hours=call.knobs["day_zone_hours"]))
    return [row for row in rows if lets_through(_day(row[field], zone))]


def _test(text):
    if ".." in text:
        first, last = (dt.date.fromisoformat(part) for part in text.split("..", 1))
        return lambda day: first <= day <= last
    if text[0] == "<":
        bound = dt.date.fromisoformat(text[1:])
        return lambda day: day < bound
    if text[0] == ">":
        bound = dt.date.fromisoformat(text[1:])
        return lambda day: day > bound
    bound = dt.date.fromisoformat(text)
    return lambda day: day == bound


def _day(text, zone):
    return dt.datetime.fromisoformat(text).astimezone(zone).date()
