"""Heads of the audit trail's chain as they leave the database: signed lines.

    regimen-audit 1 2026-07-28 rows=214 last=90210 head=<hex> key=<id> signature=<base64>

Ed25519: who holds the public key alone can check a line and make none. The first key of
AUDIT_SIGNING_KEY signs, all verify. A line goes to the log and, where AUDIT_HEADS_FILE
names one, to the end of a file. Twice the same line is as good as once.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import logging
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings

log = logging.getLogger("regimen.audit")

MARKER = "regimen-audit 1 "
LINE = re.compile(
    r"(?P<told>regimen-audit 1 (?P<day>\d{4}-\d\d-\d\d) rows=(?P<rows>\d{1,18}) "
    r"last=(?P<last>\d{1,18}) head=(?P<head>[0-9a-f]{64}) key=(?P<key>[0-9a-f]{8})) "
    r"signature=(?P<signature>[A-Za-z0-9+/=]{88})"
)


class NotGenuine(Exception):
    """A line that says it is a head and was not signed by one of our keys."""


@dataclass(frozen=True)
class Head:
    """What one seal says, as it left the database."""

    day: dt.date
    rows: int
    last_id: int
    head: str


def signing_keys() -> list[Ed25519PrivateKey]:
    """Newest first. Raises ValueError naming the malformed one's place."""
    return [
        Ed25519PrivateKey.from_private_bytes(_bytes(place, encoded))
        for place, encoded in enumerate(settings.AUDIT_SIGNING_KEY, start=1)
    ]


def public_keys(more: Iterable[str] = ()) -> dict[str, Ed25519PublicKey]:
    """Key id → key, of our own and of `more`, which are public keys in base64."""
    ours = [key.public_key() for key in signing_keys()]
    given = [
        Ed25519PublicKey.from_public_bytes(_bytes(place, encoded))
        for place, encoded in enumerate(more, start=1)
    ]
    return {key_id(key): key for key in (*ours, *given)}


def key_id(key: Ed25519PublicKey) -> str:
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()[:8]


def line_of(head: Head) -> str:
    key = signing_keys()[0]
    told = (
        f"{MARKER}{head.day.isoformat()} rows={head.rows} last={head.last_id} "
        f"head={head.head} key={key_id(key.public_key())}"
    )
    return f"{told} signature={base64.b64encode(key.sign(told.encode())).decode()}"


def announce(head: Head) -> None:
    """Lets the head leave the database. Raises OSError where the file cannot be written."""
    line = line_of(head)
    if settings.AUDIT_HEADS_FILE:
        file = os.open(settings.AUDIT_HEADS_FILE, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
        try:
            os.write(file, f"{line}\n".encode())
            os.fsync(file)
        finally:
            os.close(file)
    log.info("%s", line)


def read(written: Iterable[str], keys: dict[str, Ed25519PublicKey]) -> list[Head]:
    """The heads among lines, whatever stands before them: a log may be given as it is.
    Raises NotGenuine."""
    return [
        _genuine(place, line, keys)
        for place, line in enumerate(written, start=1)
        if MARKER.strip() in line
    ]


def _genuine(place: int, line: str, keys) -> Head:
    found = LINE.search(line)
    if found is None:
        raise NotGenuine(f"line {place} is damaged")
    key = keys.get(found["key"])
    if key is None:
        raise NotGenuine(f"line {place} is signed with the unknown key {found['key']}")
    try:
        key.verify(base64.b64decode(found["signature"]), found["told"].encode())
    except (InvalidSignature, binascii.Error):
        raise NotGenuine(f"line {place} has a signature that is not ours")
    day = dt.date.fromisoformat(found["day"])
    return Head(day, int(found["rows"]), int(found["last"]), found["head"])


def _bytes(place: int, encoded: str) -> bytes:
    try:
        raw = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        raise ValueError(f"key {place} is not base64")
    if len(raw) != 32:
        raise ValueError(f"key {place} is not 32 bytes in base64")
    return raw
