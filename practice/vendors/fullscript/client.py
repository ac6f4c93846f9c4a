"""Fullscript's API. Section numbers are those of the Fullscript reference.

A client made from the application's own credentials can connect a person; `with_token`
gives one that acts for that person. One call is one HTTP request unless it says otherwise.
"""

from __future__ import annotations

import contextlib
from urllib.parse import urlencode

from practice.vendors import reading, tokens
from practice.vendors.answer import Answer
from practice.vendors.contract import (
    AccessRevoked,
    Account,
    Refused,
    Tokens,
)
from practice.vendors.fullscript import payloads
from practice.vendors.fullscript.clinic import Clinic
from practice.vendors.fullscript.embed import Frames
from practice.vendors.fullscript.events import Events
from practice.vendors.fullscript.labs import Labs
from practice.vendors.fullscript.links import Links
from practice.vendors.fullscript.orders import Orders
from practice.vendors.fullscript.patients import Patients
from practice.vendors.fullscript.plans import Plans
from practice.vendors.fullscript.products import Products
from practice.vendors.fullscript.protocols import Protocols
from practice.vendors.fullscript.wire import KEY

LIFETIME = 7200


class Fullscript(Plans, Links, Patients, Products, Orders, Labs, Events, Clinic, Frames, Protocols):
    """One environment of Fullscript, for one application of ours."""

    # Connecting (3)

    def authorize_url(self, state: str) -> str:
        """Where to send the browser. Scopes come from the dashboard, not from here."""
        query = {
            "client_id": self._credentials["client_id"],
            "redirect_uri": self._redirect_uri,
            "response_type": "code",
            "state": state,
        }
        return f"{self._http.base_url}/oauth/authorize?{urlencode(query)}"

    def exchange(self, code: str) -> Tokens:
        """Tokens for a code, which lives ten minutes and works once."""
        answer = self._token("exchange", grant_type="authorization_code", code=code)
        return _tokens(answer)

    def refresh(self, held: Tokens) -> Tokens:
        """A new pair. Store it before its first use: that use kills the old one (3.3).

        Any 4xx is `AccessRevoked`; re-read the stored pair first, another worker may have
        refreshed it.
        """
        try:
            answer = self._token(
                "refresh", grant_type="refresh_token", refresh_token=held.refresh_token
            )
        except Refused as refusal:
            raise AccessRevoked(
                "Fullscript no longer accepts this connection.",
                vendor=KEY,
                operation="refresh",
                status=refusal.status,
                request_id=refusal.request_id,
            ) from None
        return _tokens(answer, held.refresh_token)

    def revoke(self, token: str) -> None:
        """End a token at the vendor; it may be expired already. Drop both locally (3.4)."""
        self._http.send(
            "POST",
            "/oauth/revoke",
            operation="revoke",
            write=True,
            json={**self._credentials, "token": token},
        )

    def disconnect(self, held: Tokens) -> None:
        """End the whole grant: whether one token's end is its partner's is not documented. Once
        one is ended, a partner that is not known any more has ended with it."""
        first, *others = filter(None, (held.refresh_token, held.access_token))
        self.revoke(first)
        for token in others:
            with contextlib.suppress(Refused, AccessRevoked):
                self.revoke(token)

    def account(self, held: Tokens, hint: str = "") -> Account:
        """Whose account `held` opened: the clinic, and the practitioner where it is one.
        Two requests; no hint is needed."""
        clinic = self._get("account", "/clinic").object()
        clinic = reading.mapping(clinic.get("clinic")) or clinic
        practitioner = {}
        if held.owner_type.lower() == "practitioner" and held.owner_id:
            practitioner = {"id": held.owner_id}
            found = self._find(
                "account", "/clinic/practitioners/{id}", "practitioner", id=held.owner_id
            )
            practitioner.update(found or {})
        return payloads.account(clinic, practitioner)


def _tokens(answer: Answer, refresh_token: str = "") -> Tokens:
    found = answer.object()
    found = reading.mapping(found.get("oauth")) or found
    return tokens.read(found, answer, lifetime=LIFETIME, refresh_token=refresh_token)
