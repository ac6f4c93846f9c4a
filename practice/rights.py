"""What a vendor lets us do for a person, in plain words, and what to do where it does not."""

from __future__ import annotations

from collections.abc import Iterable

from practice.models import Connection
from practice.vendors import registry
from practice.vendors.contract import AccessRevoked, Unavailable, VendorError


def words(vendor_key: str, scopes: Iterable[str]) -> list[str]:
    """What each scope lets us do, after "may not"; one we have no words for by its name."""
    known = registry.VENDORS[vendor_key].scope_words
    return [known.get(scope, f"use the right {scope}") for scope in sorted(scopes)]


def missing(connection: Connection | None, operation: str) -> frozenset[str]:
    """The scopes that `operation` needs and the connection's token is known to lack."""
    if connection is None or not connection.scopes:
        return frozenset()
    asks = registry.VENDORS[connection.vendor].missing_scopes
    return asks(operation, frozenset(connection.scopes.split())) if asks else frozenset()


def lacking(vendor_key: str, scopes: Iterable[str]) -> str:
    """A sentence that says what is missing and why connecting again helps."""
    label = registry.VENDORS[vendor_key].label
    return (
        f"With this connection Regimen may not {_joined(words(vendor_key, scopes))}. {label} "
        "gives a connection the rights of the day it was made: connecting again adds what is "
        "missing."
    )


def explain(error: VendorError) -> str:
    """Why a call did not go through, for the person who asked."""
    label = registry.VENDORS[error.vendor].label
    if isinstance(error, AccessRevoked) and error.missing:
        return lacking(error.vendor, error.missing)
    if isinstance(error, AccessRevoked) and error.status == 403:
        said = f" It said: {error.message}" if error.message else ""
        return f"{label} does not let Regimen do this with this connection.{said}"
    if isinstance(error, Unavailable) and error.held_back:
        wait = round(error.retry_after or 1)
        return (
            f"Regimen asks {label} for no more than it may. Nothing was sent. "
            f"Try again in {'a second' if wait <= 1 else f'{wait} seconds'}."
        )
    return error.message or f"{label} is not available now."


def lacks(error: VendorError) -> bool:
    """Whether the connection has to be made anew, or the right asked for: waiting is no help."""
    return isinstance(error, AccessRevoked)


def _joined(parts: list[str]) -> str:
    return ", nor ".join(parts)
