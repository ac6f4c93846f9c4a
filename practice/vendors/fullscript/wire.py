"""How Fullscript's API is spoken: credentials, wrappers, paging (Fullscript reference 4)."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Self
from urllib.parse import urlsplit

from practice.vendors import reading
from practice.vendors.answer import Answer
from practice.vendors.contract import NOTHING_MORE, AccessRevoked, Allowed, Refused
from practice.vendors.fullscript import payloads, vocabulary
from practice.vendors.gate import OPEN, Gate
from practice.vendors.http import Http, checked_base

KEY = "fullscript"
# Where the answers about links put theirs, when it does not stand at the top (9).
LINK_NESTS = ("dynamic_links", "dynamic_link", "treatment_plan")
PAGE_SIZE = 100  # the most the vendor allows; its default is not documented


class Wire:
    """`base_url` ends in `/api`; `embed_origin` is where its frame lives; its links lead
    there or to one of `link_origins`. All come from configuration, per environment (1).
    `allowed` are words whose meaning somebody verified: they are understood in what is read."""

    def __init__(
        self,
        *,
        base_url: str,
        embed_origin: str,
        client_id: str,
        client_secret: str,
        redirect_uri: str,
        link_origins: Iterable[str] = (),
        access_token: str = "",
        connect_timeout: float = 5,
        read_timeout: float = 30,
        gate: Gate = OPEN,
        allowed: Allowed = NOTHING_MORE,
    ):
        self.embed_origin = checked_base(embed_origin)
        self.link_origins = frozenset({self.embed_origin, *map(checked_base, link_origins)})
        self._credentials = {"client_id": client_id, "client_secret": client_secret}
        self._redirect_uri = redirect_uri
        self._access_token = access_token
        self._allowed = allowed
        self._scopes: frozenset[str] = frozenset()
        # 403 is a missing scope or a restricted endpoint: someone must grant it (3.5).
        self._http = Http(
            KEY,
            base_url,
            connect_timeout=connect_timeout,
            read_timeout=read_timeout,
            statuses={403: AccessRevoked},
            explain=payloads.error,
            gate=gate,
        )

    def with_token(self, access_token: str, scopes: Iterable[str] = ()) -> Self:
        """The same client acting with one person's token. `scopes` are those it came with:
        what they do not cover is not even tried. Without any, everything is (2.1)."""
        bound = copy.copy(self)
        bound._access_token = access_token
        bound._scopes = frozenset(scopes)
        return bound

    def _token(self, operation: str, **fields: str) -> Answer:
        return self._http.send(
            "POST",
            "/oauth/token",
            operation=operation,
            write=True,
            json={**self._credentials, "redirect_uri": self._redirect_uri, **fields},
        )

    def _with_metadata(self, kind: str, our_id: str) -> tuple[str, ...]:
        """Fullscript's ids of the objects of `kind` that carry `our_id`."""
        answer = self._get(
            "metadata", "/clinic/metadata", params={"id": our_id, "type": kind, **paging(1)}
        )
        hits = listed(answer, answer.object(), "metadata")
        ids = (
            reading.text(reading.mapping(hit.get("data")).get("id"))
            for hit in hits
            if reading.text(hit.get("id")) == our_id
        )
        return tuple(dict.fromkeys(filter(None, ids)))

    def _find(self, operation: str, route: str, *wrappers: str, **values: str) -> dict | None:
        """The object at `route`, unwrapped; None for 404."""
        try:
            return only(self._get(operation, route, **values), *wrappers)
        except Refused as refusal:
            if refusal.status == 404:
                return None
            raise

    def _get(
        self, operation: str, route: str, params: Mapping[str, str] | None = None, **values: str
    ) -> Answer:
        return self._http.send(
            "GET",
            route,
            operation=operation,
            params=params,
            values=values,
            headers=self._bearer(operation),
        )

    def _post(self, operation: str, route: str, json: dict, **values: str) -> Answer:
        return self._send("POST", operation, route, json, **values)

    def _send(self, method: str, operation: str, route: str, json: dict, **values: str) -> Answer:
        return self._http.send(
            method,
            route,
            operation=operation,
            write=True,
            json=json,
            values=values,
            headers=self._bearer(operation),
        )

    def _bearer(self, operation: str) -> dict[str, str]:
        if not self._access_token:
            raise AccessRevoked("Nobody is connected.", vendor=KEY, operation=operation)
        missing = vocabulary.missing_scopes(operation, self._scopes) if self._scopes else None
        if missing:
            raise AccessRevoked(
                "The connection lacks a right that this needs.",
                vendor=KEY,
                operation=operation,
                missing=missing,
            )
        return {"Authorization": f"Bearer {self._access_token}"}

    def _link_in(self, answer: Answer, found: dict, *nests: str, name: str = "redirect_url") -> str:
        """The address called `name`, at the top or below one of `nests`. `BadAnswer` unless
        it leads to Fullscript's own pages (9)."""
        held = [found, *(reading.mapping(found.get(nest)) for nest in (*nests, *LINK_NESTS))]
        url = next(filter(None, (reading.text(place.get(name)) for place in held)), "")
        try:
            parts = urlsplit(url)
        except ValueError:
            parts = urlsplit("")
        if f"{parts.scheme}://{parts.netloc}" not in self.link_origins:
            raise answer.bad("The link does not lead to Fullscript.")
        return url


def paging(page: int) -> dict[str, str]:
    return {"page[number]": str(page), "page[size]": str(PAGE_SIZE)}


def only(answer: Answer, *wrappers: str) -> dict:
    """The object in `answer`, under one of its keys, under `data`, or bare. `BadAnswer` when it
    has no id."""
    found = answer.object()
    wrapped = (reading.mapping(found.get(wrapper)) for wrapper in (*wrappers, "data"))
    found = next(filter(None, wrapped), found)
    if not reading.text(found.get("id")):
        raise answer.bad(f"The answer holds no {wrappers[0]}.")
    return found


def origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def listed(answer: Answer, found: dict, name: str) -> list[dict]:
    rows = found.get(name, found.get("data"))
    if not isinstance(rows, list):
        raise answer.bad(f"The answer holds no list of {name}.")
    return reading.mappings(rows)


def next_page(answer: Answer, found: dict, page: int) -> int | None:
    """The next page's number, None on the last. `BadAnswer` for a listing without an end."""
    meta = found.get("meta")
    if not isinstance(meta, dict) or "next_page" not in meta:
        raise answer.bad("The listing does not say whether more follows.")
    following = reading.whole(meta["next_page"])
    if following is not None and following <= page:
        raise answer.bad("The listing goes in circles.")
    if following is None and meta["next_page"] is not None:
        raise answer.bad("The listing does not say whether more follows.")
    return following
