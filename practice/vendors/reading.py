"""Reading what vendors send: lenient about keys, values and shapes, exact about numbers.

Nothing here raises on a strange value: a text that is no text is '', a number that is
no number is None. Only `load` raises, and only `ValueError`.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from decimal import Decimal, InvalidOperation
from urllib.parse import urlsplit

# PostgreSQL stores neither NUL nor lone surrogates, and JSON can carry both.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
LONGEST_ADDRESS = 500
_FRACTION = re.compile(r"\.(\d+)")


def _refuse(name):
    raise ValueError(f"{name} is not JSON")


DECODER = json.JSONDecoder(parse_float=Decimal, parse_constant=_refuse)


def load(body: bytes) -> object:
    """The JSON in `body`, with `Decimal` for every fraction. `ValueError` if unreadable."""
    try:
        return DECODER.decode(body.decode("utf-8-sig"))
    except RecursionError:
        raise ValueError("nested too deeply") from None


def plain(value):
    """A copy of parsed JSON that any database and encoder takes: decimals become text."""
    if isinstance(value, dict):
        return {text(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, str):
        return _UNSTORABLE.sub("\ufffd", value)
    return value


def text(value) -> str:
    """`value` as trimmed text; numbers in digits; anything else, and null, is ''."""
    if isinstance(value, str):
        return _UNSTORABLE.sub("\ufffd", value).strip()
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return str(value)
    return ""


def address(value) -> str:
    """A web address that a page may lead to; '' for what runs as a script instead, or is too
    long to be kept."""
    found = text(value)
    try:
        parts = urlsplit(found)
    except ValueError:
        return ""
    leads = parts.scheme in ("https", "http") and parts.hostname
    return found if leads and len(found) <= LONGEST_ADDRESS else ""


def number(value) -> Decimal | None:
    """A finite decimal from a number or a text of one; a float by its shortest writing."""
    if isinstance(value, float):
        value = repr(value)
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        return None
    try:
        found = Decimal(value.strip() if isinstance(value, str) else value)
    except (InvalidOperation, ValueError):
        return None
    return found if found.is_finite() else None


def whole(value) -> int | None:
    """An integer from a number or a text of one; None for fractions."""
    found = number(value)
    if found is None or abs(found) >= 10**15 or found != found.to_integral_value():
        return None
    return int(found)


def flag(value) -> bool | None:
    """True or False, also from the texts; None for anything else."""
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(text(value).lower())


def instant(value) -> dt.datetime | None:
    """Aware UTC from ISO 8601 with any number of fraction digits; no zone means UTC."""
    cut = _FRACTION.sub(lambda found: "." + found[1][:6].ljust(6, "0"), text(value))
    if "T" not in cut and " " not in cut:
        return None
    try:
        found = dt.datetime.fromisoformat(cut)
        aware = found if found.tzinfo else found.replace(tzinfo=dt.UTC)
        return aware.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None


def day(value) -> dt.date | None:
    """A date from `YYYY-MM-DD`, alone or at the start of a timestamp."""
    try:
        return dt.date.fromisoformat(text(value)[:10])
    except ValueError:
        return None


def mapping(value) -> dict:
    return value if isinstance(value, dict) else {}


def mappings(value) -> list[dict]:
    """The objects of a list; what is no object is left out."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def texts(value) -> tuple[str, ...]:
    """The non-empty texts of a list, or of one text standing alone."""
    items = value if isinstance(value, list) else [value]
    return tuple(found for found in map(text, items) if found)


def rekeyed(value, rename):
    """`value` with every key, at any depth, passed through `rename`. First spelling wins."""
    if isinstance(value, dict):
        found = {}
        for key, item in value.items():
            found.setdefault(rename(key), rekeyed(item, rename))
        return found
    if isinstance(value, list):
        return [rekeyed(item, rename) for item in value]
    return value
