"""Connecting one practitioner to one vendor: begin, the vendor's own consent page, finish.

No function here may run inside a unit: `finish` opens its own round the calls.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings

from practice import second_step_rule, tenancy
from practice.connect import operator_client
from practice.models import Connection, Membership
from practice.vendors import registry
from practice.vendors.contract import Unavailable, VendorError

STATE_LIFETIME = dt.timedelta(minutes=10)
PENDING_AT_ONCE = 5
SESSION_KEY = "connecting"

# Called with a connection that has just become active, inside its practice's unit. Other
# apps append to it when they are ready.
on_active: list[Callable[[Connection], None]] = []


class NotConnected(Exception):
    """The vendor's page came back without a usable answer. `str()` is for the person."""


def begin(session, vendor_key: str, membership: Membership, now: dt.datetime) -> str:
    """Where to send the browser. The state is bound to this browser session, lives ten
    minutes and is taken out once; only its hash is kept."""
    state = secrets.token_urlsafe(32)
    pending = [
        entry for entry in session.get(SESSION_KEY, []) if entry["expires"] > now.timestamp()
    ]
    pending.append(
        {
            "state": _hash(state),
            "vendor": vendor_key,
            "membership": membership.pk,
            "practice": membership.practice_id,
            "expires": (now + STATE_LIFETIME).timestamp(),
        }
    )
    session[SESSION_KEY] = pending[-PENDING_AT_ONCE:]
    return operator_client(vendor_key).authorize_url(state)


@dataclass(frozen=True)
class Returned:
    """What the vendor's page sent back, read without regard to the case of the keys."""

    code: str
    state: str
    email: str

    @classmethod
    def of(cls, query) -> Returned:
        found = {key.lower(): value for key, value in query.items()}
        return cls(*(found.get(key, "")[:512] for key in ("code", "state", "email")))


def take_out(session, vendor_key: str, returned: Returned, now: dt.datetime) -> dict:
    """The pending entry of `returned.state`, removed. Raises NotConnected."""
    wanted = _hash(returned.state)
    pending = session.get(SESSION_KEY, [])
    entry = next((e for e in pending if secrets.compare_digest(e["state"], wanted)), None)
    if entry is None:
        raise NotConnected("This connection was not started here, or it was finished already.")
    session[SESSION_KEY] = [e for e in pending if e is not entry]
    session.save()
    if entry["vendor"] != vendor_key or entry["expires"] < now.timestamp():
        raise NotConnected("The connection took longer than ten minutes. Start again.")
    return entry


def finish(entry: dict, returned: Returned, user_id: int, now: dt.datetime) -> Connection:
    """Exchanges the code and activates the connection. Raises NotConnected.

    An exchange whose answer is lost has burnt its code: the person starts again.
    """
    vendor = registry.VENDORS[entry["vendor"]]
    if not returned.code:
        raise NotConnected(f"{vendor.label} gave no access. Nothing was changed.")
    scope = tenancy.of_practice(entry["practice"], user_id)
    with tenancy.declare(scope):
        with tenancy.unit():
            membership = (
                Membership.objects.active()
                .select_related("user", "practice")
                .filter(pk=entry["membership"], user_id=user_id)
                .first()
            )
        if membership is None or not membership.may("connect_own_account"):
            raise NotConnected("Your role in this practice no longer includes connecting.")
        if second_step_rule.is_owed(membership.user, membership.practice):
            raise NotConnected("Set up a second step first: your practice asks for one.")
        client = operator_client(vendor.key)
        try:
            tokens = client.exchange(returned.code)
            bound = client.with_token(tokens.access_token, tokens.scopes)
            account = vendor.account(bound, tokens, returned.email)
        except Unavailable:
            raise NotConnected(f"{vendor.label} did not answer. Please connect once more.")
        except VendorError as error:
            raise NotConnected(
                f"{vendor.label} did not accept the connection. {error.message}".strip()
            )
        with tenancy.unit():
            connection, _ = Connection.objects.get_or_create(
                practice_id=membership.practice_id, membership=membership, vendor=vendor.key
            )
            connection.activate(tokens, account, settings.VENDOR_ENVIRONMENTS[vendor.key], now)
            for react in on_active:
                react(connection)
    return connection


def _hash(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()
