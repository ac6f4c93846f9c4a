"""The one place that talks HTTP to vendors.

Every call of every vendor passes through `Http.send`: the vendor's gate, explicit timeouts,
no retries, no redirects, a size limit, and a status that is not a success becomes one of the
contract's four errors. Bodies, query strings and what stands in a path are never logged: only the
route's template is.
"""

from __future__ import annotations

import io
import json as jsonlib
import logging
import time
from collections.abc import Callable, Mapping
from http.cookiejar import DefaultCookiePolicy
from typing import BinaryIO
from urllib.parse import quote, urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter

from practice.vendors import retry_after
from practice.vendors.answer import Answer
from practice.vendors.contract import AccessRevoked, BadAnswer, Refused, Unavailable, VendorError
from practice.vendors.gate import OPEN, Gate
from practice.vendors.transport import Adapter, nothing_was_sent, wait_at_most

logger = logging.getLogger("regimen.vendors")

# urllib3 writes whole URLs, with a patient's address in them, into its own log.
logging.getLogger("urllib3").setLevel(logging.ERROR)

CONNECT_TIMEOUT = 5.0
READ_TIMEOUT = 30.0
MAX_BYTES = 10 * 1024 * 1024
LOOPBACK = ("localhost", "127.0.0.1", "::1")

# What a status means where the vendor's reference says nothing else.
STATUSES: Mapping[int, type[VendorError]] = {
    401: AccessRevoked,
    402: AccessRevoked,
    408: Unavailable,
    429: Unavailable,
}


def no_explanation(body: bytes) -> tuple[str, tuple[str, ...]]:
    """An error body that is not shown: no message, no details."""
    return "", ()


class Http:
    """HTTP to one vendor under one base URL.

    `base_url` is https, or http on loopback for simulators. `statuses` overrides what a
    status means; `explain` reads (message, details) out of an error body. `gate` may hold a
    call back, and is told of every answer.
    """

    def __init__(
        self,
        vendor: str,
        base_url: str,
        *,
        read_timeout: float = READ_TIMEOUT,
        connect_timeout: float = CONNECT_TIMEOUT,
        max_bytes: int = MAX_BYTES,
        statuses: Mapping[int, type[VendorError]] | None = None,
        explain: Callable[[bytes], tuple[str, tuple[str, ...]]] = no_explanation,
        gate: Gate = OPEN,
    ):
        self.vendor = vendor
        self.base_url = checked_base(base_url)
        self.read_timeout = read_timeout
        self.connect_timeout = connect_timeout
        self.max_bytes = max_bytes
        self.statuses = {**STATUSES, **(statuses or {})}
        self.explain = explain
        self.gate = gate
        self._kept = self._session()

    def send(
        self,
        method: str,
        route: str,
        *,
        operation: str,
        write: bool = False,
        values: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        json: object | None = None,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        basic: tuple[str, str] | None = None,
        read_timeout: float | None = None,
        max_bytes: int | None = None,
        into: BinaryIO | None = None,
    ) -> Answer:
        """Send one request once and give its 2xx answer.

        `route` is a template under the base (`/clinic/patients/{id}`), filled from
        `values`, each percent-encoded whole. `write` says that the vendor may change
        something: a lost answer is then `maybe_done`. `read_timeout` bounds every wait
        for bytes, and the whole answer. A file given as `into` takes the body of a success
        as it comes; the answer then reads it from there. Raises the contract's four errors only.
        """
        context = {"vendor": self.vendor, "operation": operation}
        url = self.url(route, values or {}, context)
        if seconds := self.gate.enter(operation):
            raise _held_back(seconds, context)
        started = time.monotonic()
        patience = read_timeout or self.read_timeout
        status, request_id, failure, body, wait, told = None, "", None, b"", None, {}
        # A write gets a connection of its own: a kept one that the vendor has just closed
        # would turn a send that never left into one of unknown outcome.
        session = self._session() if write else self._kept
        try:
            response = session.request(
                method,
                url,
                params=params,
                data=_body(json, form),
                headers=_headers(json, headers),
                auth=_auth(basic),
                timeout=(self.connect_timeout, patience),
                allow_redirects=False,
                stream=True,
            )
            with response:
                status, request_id = response.status_code, _request_id(response)
                wait = retry_after.seconds(response.headers)
                told = response.headers
                # The body of an error is short, and explained from memory.
                file = into if into is not None and 200 <= status < 300 else io.BytesIO()
                _read(response, file, max_bytes or self.max_bytes, started + patience)
                body = b"" if file is into else file.getvalue()
        except (
            requests.RequestException,
            urllib3.exceptions.HTTPError,
            OSError,
            UnicodeError,
        ) as error:
            # An error status stands on its own; its body only explains it.
            if status is None or 200 <= status < 300:
                sent = not nothing_was_sent(error)
                failure = Unavailable(
                    "No complete answer came back." if sent else "The vendor was not reached.",
                    maybe_done=write and sent,
                    status=status,
                    request_id=request_id,
                    **context,
                )
        except _TooLarge:
            if 200 <= status < 300:
                failure = BadAnswer(
                    "The answer is larger than allowed.",
                    status=status,
                    request_id=request_id,
                    **context,
                )
        finally:
            if write:
                session.close()
            _log(self.vendor, operation, method, route, status, started, request_id)
        if status is not None:
            self.gate.answered(operation, status, wait, request_id)
        # Raised here, outside the handlers, so that no library error hangs on it as context:
        # those name the whole URL.
        if failure is None and not 200 <= status < 300:
            failure = self._failure(status, body, wait, write, request_id, context)
        if failure is not None:
            raise failure
        return Answer(
            self.vendor,
            operation,
            status,
            body,
            content_type=told.get("Content-Type", ""),
            request_id=request_id,
            headers=told,
            file=into,
        )

    def url(self, route: str, values: Mapping[str, str], context: dict) -> str:
        """The address of `route`. `Refused` for values that could leave the base."""
        filled = {}
        for name, value in values.items():
            if not value or value in (".", ".."):
                raise Refused(f"There is nothing to look up: {name} is empty.", **context)
            filled[name] = quote(value, safe="")
        path = route.format(**filled)
        if not path.startswith("/") or "//" in path or "/../" in f"{path}/":
            raise ValueError(f"{route} is not a route under the base URL")
        return self.base_url + path

    def _failure(self, status, body, wait, write, request_id, context) -> VendorError:
        """The error for a status outside 2xx."""
        context = {**context, "status": status, "request_id": request_id}
        if 300 <= status < 400:
            return BadAnswer("The vendor answered with a redirect.", **context)
        kind = self.statuses.get(status, Unavailable if status >= 500 else Refused)
        if kind is Unavailable:
            return Unavailable(
                "The vendor asked us to slow down."
                if status == 429
                else "The vendor has trouble of its own.",
                maybe_done=write and (status == 408 or status >= 500),
                retry_after=wait,
                **context,
            )
        message, details = self.explain(body)
        if kind is AccessRevoked:
            return AccessRevoked(
                message or "The vendor no longer accepts our access.",
                paused=status == 402,
                details=details,
                **context,
            )
        return kind(message or "The vendor refused the request.", details=details, **context)

    def _session(self) -> requests.Session:
        session = requests.Session()
        # No cookie of one practitioner's call may reach another's.
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        # Proxies and CA files of the environment count, but never for loopback.
        session.trust_env = urlsplit(self.base_url).hostname not in LOOPBACK
        adapter: HTTPAdapter = Adapter(max_retries=0)
        session.mount("https://", adapter)
        session.mount("http://", adapter)
        return session


def _held_back(seconds: float, context: dict) -> Unavailable:
    failure = Unavailable(
        "Too much is asked of the vendor at once. Nothing was sent.",
        retry_after=seconds,
        **context,
    )
    failure.held_back = True
    return failure


def checked_base(base_url: str) -> str:
    """`base_url` without its last slash. `ValueError` unless https (or http on loopback)."""
    parts = urlsplit(base_url)
    plain = parts.scheme == "http" and parts.hostname in LOOPBACK
    if not parts.hostname or not (parts.scheme == "https" or plain):
        raise ValueError("a vendor's base URL must be https, or http on loopback")
    if parts.query or parts.fragment or parts.username or parts.password:
        raise ValueError("a vendor's base URL carries no query, fragment or user")
    return base_url.rstrip("/")


class _TooLarge(Exception):
    pass


def _read(response: requests.Response, file: BinaryIO, limit: int, deadline: float) -> None:
    """Writes the whole decoded body into `file`. Reads as bytes come, so that neither dripping
    nor falling silent can outlast us."""
    size = 0
    wait_at_most(response, deadline - time.monotonic())
    while chunk := response.raw.read1(65536, decode_content=True):
        size += len(chunk)
        if size > limit:
            raise _TooLarge
        if time.monotonic() > deadline:
            raise requests.Timeout
        file.write(chunk)
        wait_at_most(response, deadline - time.monotonic())


def _body(json, form) -> bytes | Mapping[str, str] | None:
    if json is None:
        return form
    return jsonlib.dumps(json, allow_nan=False).encode("ascii")


def _headers(json, headers) -> dict[str, str]:
    found = {"Accept": "application/json", "User-Agent": "Regimen"}
    if json is not None:
        found["Content-Type"] = "application/json"
    return {**found, **(headers or {})}


def _auth(basic) -> Callable:
    """Basic, or nothing at all. Never absent: `requests` would look into `.netrc`."""
    if basic is None:
        return lambda request: request
    return requests.auth.HTTPBasicAuth(basic[0].encode(), basic[1].encode())


def _request_id(response: requests.Response) -> str:
    given = response.headers.get("X-Request-Id", "")[:128]
    return given if given.isascii() and given.isprintable() else ""


def _log(vendor, operation, method, route, status, started, request_id) -> None:
    took = round((time.monotonic() - started) * 1000)
    logger.info(
        "%s %s: %s %s, status %s, %d ms, request id %s",
        *(vendor, operation, method, route, status, took, request_id or "none"),
        extra={
            "vendor": vendor,
            "operation": operation,
            "route": route,
            "status": status,
            "ms": took,
            "request_id": request_id,
        },
    )
