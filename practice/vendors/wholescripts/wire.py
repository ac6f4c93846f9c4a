"""How WholeScripts' API is spoken: two kinds of credentials, one envelope.

The catalogue takes the operator's own credentials (Basic), anything about a practitioner
or a patient one practitioner's token (Bearer): the two never mix. A 2xx is no success
until its payload says so (WholeScripts reference 5).
"""

from __future__ import annotations

import copy
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Self
from urllib.parse import urlsplit

from practice.vendors import reading
from practice.vendors.answer import Answer
from practice.vendors.contract import NOTHING_MORE, AccessRevoked, Allowed, Refused
from practice.vendors.gate import OPEN, Gate
from practice.vendors.http import Http
from practice.vendors.wholescripts import payloads

KEY = "wholescripts"
PATH = "/api/EMR"  # its sibling /api/Orders places real orders
SITE = ("https://www.wholescripts.com",)
# The whole catalogue comes in one answer (6.2).
LIST_TIMEOUT = 120
# A recommendation is sent once, so its answer is waited for (10).
SEND_TIMEOUT = 60

_SKU = re.compile(r"[0-9]{18}")


class SaidNo(Refused):
    """`success: false`, whichever status it came with: the reference does not say."""


class Wire:
    """`base_url` ends in `/api/EMR` and has no default (1). `patients_by` says how the
    patient search takes its address, which is not documented: 'query' or 'path' (7.2).
    `allowed` are words whose meaning somebody verified: they are understood in what is read.
    `list_timeout` bounds the answer that holds the whole catalogue, `send_timeout` the one to
    a recommendation."""

    def __init__(
        self,
        *,
        base_url: str,
        username: str,
        password: str,
        redirect_uri: str,
        access_token: str = "",
        patients_by: str = "query",
        link_origins: Collection[str] = SITE,
        connect_timeout: float = 5,
        read_timeout: float = 30,
        gate: Gate = OPEN,
        allowed: Allowed = NOTHING_MORE,
        list_timeout: float = LIST_TIMEOUT,
        send_timeout: float = SEND_TIMEOUT,
    ):
        if not urlsplit(base_url).path.rstrip("/").endswith(PATH):
            raise ValueError(f"the WholeScripts base URL ends in {PATH}")
        self._basic = (username, password)
        self._redirect_uri = redirect_uri
        self._access_token = access_token
        self._patients_by = patients_by
        self._link_origins = link_origins
        self._allowed = allowed
        self._list_timeout = list_timeout
        self._send_timeout = send_timeout
        self._http = Http(
            KEY,
            base_url,
            connect_timeout=connect_timeout,
            read_timeout=read_timeout,
            explain=payloads.error,
            gate=gate,
        )

    def with_token(self, access_token: str, scopes: Iterable[str] = ()) -> Self:
        """The same client acting with one practitioner's token. The vendor knows no scopes."""
        bound = copy.copy(self)
        bound._access_token = access_token
        return bound

    def _token(self, operation: str, **form: str) -> Answer:
        """POST only: the vendor also takes passwords in a GET's URL (4.2)."""
        return self._http.send(
            "POST", "/Token", operation=operation, write=True, form=form, basic=self._basic
        )

    def _catalogue(self, operation: str, route: str, **options) -> Answer:
        return self._http.send("GET", route, operation=operation, basic=self._basic, **options)

    def _bearer(
        self,
        method: str,
        route: str,
        operation: str,
        headers: Mapping[str, str] | None = None,
        **options,
    ) -> Answer:
        if not self._access_token:
            raise AccessRevoked("Nobody is connected.", vendor=KEY, operation=operation)
        authorization = {"Authorization": f"Bearer {self._access_token}"}
        try:
            return self._http.send(
                method,
                route,
                operation=operation,
                headers={**authorization, **(headers or {})},
                **options,
            )
        except Refused as refusal:
            if refusal.details != payloads.SAID_NO:
                raise
            said = SaidNo(
                refusal.message,
                vendor=KEY,
                operation=operation,
                status=refusal.status,
                request_id=refusal.request_id,
            )
        raise said

    def _by_sku(self, operation: str, route: str, sku: str, **options) -> Answer | None:
        """A Basic GET for one SKU; None for 404."""
        if not _SKU.fullmatch(sku):
            raise Refused("A WholeScripts SKU has 18 digits.", vendor=KEY, operation=operation)
        try:
            return self._catalogue(operation, route, values={"sku": sku}, **options)
        except Refused as refusal:
            if refusal.status == 404:
                return None
            raise

    def _enveloped(self, answer: Answer) -> dict:
        """The answer's object, keys in lower case, once it says `success: true` (5).

        False is `SaidNo` with the vendor's words. A missing `success`, or false beside an
        id, is no answer at all: `BadAnswer`.
        """
        found = payloads.folded(answer.object())
        if found.get("success") is True:
            return found
        if found.get("success") is False and not reading.whole(found.get("recommendationid")):
            message = reading.text(found.get("msg"))[:1000]
            raise SaidNo(message or "WholeScripts refused the request.", **answer.context())
        raise answer.bad("The answer does not say whether it succeeded.")
