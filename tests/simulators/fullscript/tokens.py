"""Token pairs: issued, refreshed, revoked, and which of them open a door now.

Reference 3.2 to 3.4. A refreshed pair stays valid until the new access token is first
used; from then on only the new pair is.
"""

from __future__ import annotations

import datetime as dt

LIFETIME_SECONDS = 7200


def issue(world, *, owner_id, owner_type, clinic_id, scope, replaces=None) -> dict:
    """A new pair, kept; the scopes are those of the app at this moment."""
    now = world.now()
    token = {
        "access_token": world.new_token("access"),
        "refresh_token": world.new_token("refresh"),
        "owner_id": owner_id,
        "owner_type": owner_type,
        "clinic_id": clinic_id,
        "scope": scope,
        "created_at": now.isoformat(timespec="milliseconds"),
        "expires_at": (now + dt.timedelta(seconds=LIFETIME_SECONDS)).isoformat(),
        "revoked": False,
        "used": False,
        "replaces": replaces,
    }
    world.store["fullscript"]["tokens"].append(token)
    return token


def use(store, access_token: str, now) -> dict | None:
    """The pair this bearer opens, with its first use noted; None when it opens nothing."""
    token = _holding(store, "access_token", access_token)
    if token is None or token["revoked"] or dt.datetime.fromisoformat(token["expires_at"]) <= now:
        return None
    if not token["used"]:
        token["used"] = True
        _end_replaced(store, token)
    return token


def refreshable(store, refresh_token: str) -> dict | None:
    token = _holding(store, "refresh_token", refresh_token)
    return token if token and not token["revoked"] else None


def revoke(store, text: str) -> bool:
    """End the pair that either of its strings names."""
    token = _holding(store, "access_token", text) or _holding(store, "refresh_token", text)
    if token is None:
        return False
    token["revoked"] = True
    return True


def revoke_person(store, owner_id: str) -> int:
    """What a user does in Fullscript's own settings, without telling us."""
    open_pairs = [t for t in store["tokens"] if t["owner_id"] == owner_id and not t["revoked"]]
    for token in open_pairs:
        token["revoked"] = True
    return len(open_pairs)


def connected(store, clinic_id: str | None = None) -> list[dict]:
    """Unrevoked pairs, the newest of each person, of one clinic or of all."""
    newest = {t["owner_id"]: t for t in store["tokens"] if not t["revoked"]}
    return [t for t in newest.values() if clinic_id in (None, t["clinic_id"])]


def _holding(store, field, text):
    return next((t for t in reversed(store["tokens"]) if t[field] == text), None)


def _end_replaced(store, token):
    """End the pair this one came from, and that one's own past."""
    while token["replaces"]:
        token = _holding(store, "access_token", token["replaces"])
        if token is None:
            return
        token["revoked"] = True
