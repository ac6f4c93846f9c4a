"""The one place that fetches a file a vendor names: a picture or a PDF. Workers only.

What an address leads to is the vendor's to say, so none of it is believed. Only origins that
the operator allowed are asked, written exactly so; the name is resolved once, every answer
must be a public address, and the connection goes to the address that was checked. Nothing is
redirected, no proxy or cookie is used, size and time are bounded, and what the file is
its first bytes say. A simulator may stand on loopback, where the allowed origin says so.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Collection, Iterable, Mapping
from urllib.parse import parse_qsl, unquote, urlsplit

from practice.vendors.contract import BadAnswer, FetchedFile, Refused, Unavailable
from practice.vendors.http import LOOPBACK, Http
from practice.vendors.transport import Pinned

MAX_BYTES = 10 * 1024 * 1024
MAX_URL = 2000
SECONDS = 20.0

IMAGES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
PDF = frozenset({"application/pdf"})

# What Python calls global, but is not: ways to write an IPv4 address into an IPv6 one, whose end
# is not ours to see, and networks of protocols, where some clouds keep their own data.
CLOSED = [
    ipaddress.ip_network(text)
    for text in ("::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48",
                 "2001::/32", "2002::/16", "fec0::/10", "192.0.0.0/24", "192.88.99.0/24")
]  # fmt: skip

Resolve = Callable[..., list[tuple]]


def allowed(url: str, origins: Iterable[str]) -> bool:
    """Whether `url` stands under one of `origins`, character by character."""
    if not (url.isascii() and url.isprintable() and len(url) <= MAX_URL):
        return False
    if " " in url or "\\" in url:
        return False
    try:
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        return "@" not in parts.netloc and origin in tuple(origins) and _may_be_asked(parts)
    except ValueError:
        return False


def fetch(
    url: str,
    origins: Iterable[str],
    *,
    vendor: str,
    operation: str,
    kinds: Collection[str] = IMAGES,
    max_bytes: int = MAX_BYTES,
    headers: Mapping[str, str] | None = None,
    resolve: Resolve = socket.getaddrinfo,
) -> FetchedFile:
    """The file at `url`. `Refused` where nothing may be fetched from there; `BadAnswer` for
    what is none of `kinds`, too large or elsewhere; `Unavailable` later. `headers` may carry a
    token: only who gave it to us may be at `url`."""
    told = {"vendor": vendor, "operation": operation}
    if not allowed(url, origins):
        raise Refused("Files are not fetched from there.", **told)
    parts = urlsplit(url)
    address = _resolved(parts, resolve, told)
    http = _Pinned(address, vendor, f"{parts.scheme}://{parts.netloc}", max_bytes)
    segments = [unquote(part) for part in parts.path.split("/")[1:]] or [""]
    values = {f"part{place}": part for place, part in enumerate(segments)}
    answer = http.send(
        "GET",
        "".join(f"/{{{name}}}" for name in values),
        operation=operation,
        values=values,
        params=dict(parse_qsl(parts.query, keep_blank_values=True)),
        headers={"Accept": ", ".join(sorted(kinds)), **(headers or {})},
    )
    kind = kind_of(answer.body)
    if kind not in kinds:
        raise BadAnswer("What came is no such file.", **answer.context())
    return FetchedFile(kind, answer.body)


def kind_of(content: bytes) -> str:
    """Its media type by its first bytes; '' for what we do not know."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "image/webp"
    if content.startswith(b"%PDF-"):
        return "application/pdf"
    return ""


def is_public(address: str) -> bool:
    """Whether it is an address of the open internet."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:  # such as fe80::1%eth0
        return False
    closed = any(found in network for network in CLOSED if network.version == found.version)
    return found.is_global and not (closed or found.is_multicast or found.is_reserved)


def _may_be_asked(parts) -> bool:
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)


def _resolved(parts, resolve: Resolve, told: dict) -> str:
    """The checked address to connect to. One that may not be asked spoils the others."""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = resolve(parts.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        found = []
    addresses = [entry[4][0] for entry in found]
    if not addresses:
        raise Unavailable("The vendor was not reached.", **told)
    fits = _is_loopback if parts.scheme == "http" else is_public
    if not all(map(fits, addresses)):
        raise Refused("Files are not fetched from such an address.", **told)
    return addresses[0]


def _is_loopback(address: str) -> bool:
    return address in ("127.0.0.1", "::1")


class _Pinned(Http):
    """HTTP to one address that was checked, under the name it was checked for."""

    def __init__(self, address: str, vendor: str, origin: str, max_bytes: int):
        self.address = address
        super().__init__(vendor, origin, max_bytes=max_bytes, read_timeout=SECONDS)

    def _session(self):
        session = super()._session()
        session.trust_env = False
        session.mount("https://", Pinned(self.address))
        session.mount("http://", Pinned(self.address))
        return session
