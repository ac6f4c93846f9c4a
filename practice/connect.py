"""Calling a vendor as the person who connected an account there, and ending a connection.

No function here may run inside a unit: each opens its own units round the calls.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import TypeVar

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from practice import gate, locks, refusals, sealing, tenancy, vocabulary
from practice.models import Connection, CourierAccount, Membership
from practice.vendors import registry
from practice.vendors.contract import (
    Ability,
    AccessRevoked,
    BadAnswer,
    Tokens,
    Unavailable,
    VendorError,
)

T = TypeVar("T")

REFRESH_BEFORE = dt.timedelta(seconds=120)


def offers(vendor_key: str, ability: Ability) -> bool:
    """Whether `vendor_key` offers `ability` in our environment with the restricted rights we
    hold, and that it does not refuse us at present."""
    vendor = registry.VENDORS[vendor_key]
    if not vendor.has_in(settings.VENDOR_ENVIRONMENTS[vendor_key], ability):
        return False
    if ability in vendor.abilities:
        return True
    held = tuple(settings.VENDOR_RIGHTS.get(vendor_key, ()))
    return vendor.offers(ability, refusals.rights(vendor_key, held))


def offering(ability: Ability) -> list[registry.Vendor]:
    return [vendor for vendor in registry.VENDORS.values() if offers(vendor.key, ability)]


def dispensaries() -> list[registry.Vendor]:
    """Vendors that a practitioner connects with an account of their own."""
    return [vendor for vendor in registry.VENDORS.values() if vendor.account is not None]


def disconnect(connection: Connection) -> str:
    """Revokes at the vendor and forgets the tokens. Returns a note for the person, '' when
    all went well: when the vendor cannot be reached we forget all the same. A token that is
    refused before its time is refreshed once, for what refreshes it may live on there."""
    note = ""
    vendor = registry.VENDORS[connection.vendor]
    # No refresh may bring tokens to life while we end those we know of.
    with locks.held("refresh", connection.pk):
        client = _client_to_end(connection)
        try:
            if connection.access_token:
                _require_environment(connection)
                _end(connection, client)
        except VendorError:
            note = (
                f"{vendor.label} could not confirm; remove Regimen in your {vendor.label} account."
            )
        with tenancy.unit():
            connection.refresh_from_db()
            connection.disconnect(note)
    return note


def _end(connection: Connection, client) -> None:
    disconnect_there = registry.VENDORS[connection.vendor].disconnect
    held = _held(connection)
    try:
        disconnect_there(client, held)
    except AccessRevoked as refusal:
        if refusal.status != 401:
            raise
        client = client_for(connection, rejected=held.access_token, for_good=True)
        disconnect_there(client, _held(connection))


def _client_to_end(connection: Connection):
    """A client that may end the connection: with a fresh token where one is to be had, with
    the one we hold otherwise."""
    try:
        return client_for(connection, for_good=True)
    except VendorError:
        _reread(connection)
        return _bound(connection)


def test(connection: Connection) -> None:
    """A small call as this person, which shows that the tokens work. Raises the contract's
    errors."""
    probe = registry.VENDORS[connection.vendor].probe
    call(connection, lambda client: probe(client, connection.tokens()))


def refresh(connection: Connection) -> None:
    """New tokens now, whatever the age of those we hold. Raises the contract's errors."""
    _reread(connection)
    try:
        client_for(connection, rejected=_held(connection).access_token)
    except VendorError as error:
        _note_error(connection, error)
        raise


# --- Calling as a person


def call(connection: Connection, act: Callable[[object], T]) -> T:
    """`act(client)` with this connection's own fresh token.

    A 401 before the token's time gets one refresh and one more try; after that a person
    must reconnect. A 403 is never refreshed on. Raises the contract's errors.
    """
    try:
        answer = _called(connection, act)
    except VendorError as error:
        _note_error(connection, error)
        raise
    with tenancy.unit():
        connection.note_success(timezone.now())
    return answer


def call_as_any(connections: Iterable[Connection], act: Callable[[object], T]) -> T:
    """`act` as the first of several people of one account whom the vendor lets. Raises what
    the last one was told."""
    refusal = None
    for connection in connections:
        try:
            return call(connection, act)
        except AccessRevoked as error:
            refusal = error
    if refusal is None:
        raise ValueError("nobody is connected")
    raise refusal


def _called(connection: Connection, act: Callable[[object], T]) -> T:
    client = client_for(connection)
    try:
        return act(client)
    except AccessRevoked as refusal:
        if refusal.status != 401:
            raise
        client = client_for(connection, rejected=_held(connection).access_token)
    try:
        return act(client)
    except AccessRevoked as again:
        if again.status == 401:
            _require_reconnect(connection, again)
        raise


def client_for(connection: Connection, rejected: str = "", *, for_good: bool = False):
    """A client with this connection's token, refreshed when it is about to expire or when
    the token `rejected` is still the one we hold. Raises the contract's errors.

    Members without access and suspended practices get none, but to end the vendor's access
    `for_good`."""
    _reread(connection)
    _require_active(connection)
    if not for_good:
        _require_access(connection)
    if _is_stale(connection, rejected):
        with locks.held("refresh", connection.pk):
            _reread(connection)
            if connection.is_active and _is_stale(connection, rejected):
                _refresh(connection)
        _require_active(connection)
    return _bound(connection)


def _bound(connection: Connection):
    held = _held(connection)
    return operator_client(connection.vendor).with_token(held.access_token, held.scopes)


def operator_client(vendor_key: str):
    """A client with the operator's own credentials, acting for no person."""
    return registry.VENDORS[vendor_key].client(
        **settings.VENDOR_CLIENTS[vendor_key],
        redirect_uri=callback_url(vendor_key),
        allowed=vocabulary.allowed(vendor_key),
        gate=gate.OurGate(vendor_key),
    )


def courier_client(account: CourierAccount):
    """A client with one practice's courier key. Raises AccessRevoked without a usable key."""
    with tenancy.unit():
        key = account.key()
        is_suspended = account.practice.suspended_at is not None
    if is_suspended:
        raise AccessRevoked("The practice is suspended.", vendor=account.vendor, operation="access")
    try:
        return registry.VENDORS[account.vendor].client(
            **settings.VENDOR_CLIENTS[account.vendor],
            api_key=key,
            gate=gate.OurGate(account.vendor, str(account.pk)),
        )
    except ValueError:
        raise AccessRevoked(
            "The courier key is missing or belongs to another environment.",
            vendor=account.vendor,
            operation="key",
        )


def callback_url(vendor_key: str) -> str:
    return settings.SITE_URL + reverse("connection-finish", args=[vendor_key])


def _refresh(connection: Connection):
    """The new pair is committed before anything uses it (Fullscript reference 3.3). Where its
    answer is lost, the old one is tried again, once (WholeScripts reference 4.3): it may live
    until the new one is used."""
    client, held = operator_client(connection.vendor), _held(connection)
    try:
        try:
            fresh = client.refresh(held)
        except Unavailable as lost:
            if lost.held_back or lost.status is not None or not lost.maybe_done:
                raise
            fresh = client.refresh(held)
    except AccessRevoked as refusal:
        # Whoever connected anew meanwhile has other tokens, which are good.
        if _require_reconnect(connection, refusal):
            raise
        return
    except Unavailable as error:
        # At most a token was made: what the caller is about was not even asked for.
        error.maybe_done = False
        raise
    except BadAnswer as error:
        raise Unavailable(
            "The vendor's answer could not be read. Nothing was sent.",
            vendor=error.vendor,
            operation=error.operation,
            status=error.status,
            request_id=error.request_id,
        ) from error
    with tenancy.unit():
        connection.hold(fresh, timezone.now())


def _require_active(connection: Connection):
    if not connection.is_active:
        raise AccessRevoked(
            f"{registry.VENDORS[connection.vendor].label} is not connected. Connect it again.",
            vendor=connection.vendor,
            operation="token",
        )
    _require_environment(connection)


def is_elsewhere(connection: Connection) -> bool:
    """Whether its tokens are of another of the vendor's worlds than we work in."""
    return connection.environment not in ("", settings.VENDOR_ENVIRONMENTS[connection.vendor])


def _require_environment(connection: Connection):
    """Tokens never leave the world they were made in (Fullscript reference 1)."""
    if is_elsewhere(connection):
        raise AccessRevoked(
            "This was connected in another environment. Connect it again.",
            vendor=connection.vendor,
            operation="token",
        )


def _require_access(connection: Connection):
    """Nothing is done as somebody who has no access any more (decision 015)."""
    with tenancy.unit():
        members = Membership.objects.for_practice(connection.practice_id)
        here = members.active().filter(user__is_active=True)
        if here.filter(pk=connection.membership_id).exists():
            return
    raise AccessRevoked(
        "This clinician has no access to the practice at present.",
        vendor=connection.vendor,
        operation="access",
    )


def _is_stale(connection: Connection, rejected: str) -> bool:
    if rejected:
        return _held(connection).access_token == rejected
    return connection.expires_at is None or connection.expires_at <= timezone.now() + REFRESH_BEFORE


def _held(connection: Connection) -> Tokens:
    """Raises AccessRevoked where our keys do not open them: only connecting again helps."""
    try:
        return connection.tokens()
    except sealing.CannotOpen as error:
        raise AccessRevoked(
            "Our keys do not open this connection's tokens. Connect it again.",
            vendor=connection.vendor,
            operation="token",
        ) from error


def _reread(connection: Connection):
    with tenancy.unit():
        connection.refresh_from_db()


def _note_error(connection: Connection, error: VendorError):
    """Keeps what the vendor's support would ask for. A call that was not made at all, for
    want of a right or of room, says nothing of the connection."""
    was_called = error.status is not None or isinstance(error, Unavailable)
    if not was_called or getattr(error, "held_back", False):
        return
    with tenancy.unit():
        if connection.is_active:
            connection.note_error(type(error).__name__, error.request_id)


def _require_reconnect(connection: Connection, refusal: AccessRevoked) -> bool:
    """False when the connection has other tokens by now."""
    why = f"{registry.VENDORS[connection.vendor].label} no longer accepts this connection."
    with tenancy.unit():
        return connection.require_reconnect(why, refusal.request_id)
