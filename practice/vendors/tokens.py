"""The OAuth token object both dispensaries answer with (RFC 6749, section 5.1)."""

from __future__ import annotations

import datetime as dt

from practice.vendors import reading
from practice.vendors.contract import Tokens
from practice.vendors.http import Answer


def read(found: dict, answer: Answer, *, lifetime: int, refresh_token: str = "") -> Tokens:
    """The tokens in `found`. `BadAnswer` when there is no access token.

    Expiry counts from the vendor's own `created_at` where it sends one. `lifetime` is the
    documented one in seconds, for an answer without it; `refresh_token` stays in use when
    a refresh brings no new one.
    """
    access = reading.text(found.get("access_token"))
    if not access:
        raise answer.bad("The answer holds no access token.")
    created = reading.instant(found.get("created_at")) or dt.datetime.now(dt.UTC)
    seconds = reading.whole(found.get("expires_in"))
    if seconds is None or not 0 < seconds < 10**9:
        seconds = lifetime
    owner = reading.mapping(found.get("resource_owner"))
    return Tokens(
        access_token=access,
        refresh_token=reading.text(found.get("refresh_token")) or refresh_token,
        expires_at=created + dt.timedelta(seconds=seconds),
        scopes=frozenset(reading.text(found.get("scope")).lower().split()),
        owner_id=reading.text(owner.get("id")),
        owner_type=reading.text(owner.get("type")),
    )
