"""Token pairs: issued, refreshed, revoked, and which of them open a door now.

Reference 3.2 to 3.4. A refreshed pair stays valid until the new access token is first
used; from then on only the new pair is.
"""

from __future__ import annotations

import datetime as dt

LIFETIME_SECONDS = 7200


def issue(world, *, owner_id, owner_type, clinic_id, scope, grant=None) -> dict:
    """A new pair, kept. `grant` names the consent it goes back to; None begins one."""
    now = world.now()
    token = {
        "grant": grant or world.new_id("consent"),
        "access_token": world.new_token("access"),
        "refresh_token": world.new_token("refresh"),
        "owner_id": owner_id,
        "owner_type": owner_type,
        "clinic_id": clinic_id,
        "scope": scope,
        "created_at": now.isoformat(timespec="milliseconds"),
        "expires_at": (now + dt.timedelta(seconds=LIFETIME_SECONDS)).isoformat(),
        "revoked": False,
        "access_revoked": False,
        "refresh_revoked": False,
        "used": False,
    }
    world.store["fullscript"]["tokens"].append(token)
    return token


def use(store, access_token: str, now) -> dict | None:
    """The pair this bearer opens, with its first use noted; None when it opens nothing."""
    token = _holding(store, "access_token", access_token)
    if token is None or token["access_revoked"] or not is_open(token, now):
        return None
    if not token["used"]:
        token["used"] = True
        _end_earlier(store, token)
    return token


def is_open(token, now) -> bool:
    """Neither revoked nor expired."""
    return not token["revoked"] and dt.datetime.fromisoformat(token["expires_at"]) > now


def refreshable(store, refresh_token: str) -> dict | None:
    token = _holding(store, "refresh_token", refresh_token)
    return token if token and not (token["revoked"] or token["refresh_revoked"]) else None


def revoke(store, text: str, *, whole_pair: bool) -> dict | None:
    """End the pair that either of its strings names, or that string alone."""
    for field in ("access_token", "refresh_token"):
        token = _holding(store, field, text)
        if token:
            token["revoked" if whole_pair else field.replace("token", "revoked")] = True
            token["revoked"] |= token["access_revoked"] and token["refresh_revoked"]
            return token
    return None


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


def _end_earlier(store, token):
    """End every pair of the same consent that was issued before this one."""
    for earlier in store["tokens"]:
        if earlier is token:
            return
        if earlier["grant"] == token["grant"]:
            earlier["revoked"] = True
