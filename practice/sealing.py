"""Secrets at rest: AES-256-GCM, bound to the place they were written for.

A sealed value is `v1.<key id>.<base64 of nonce and ciphertext>`. Practice, table, row and
field are authenticated with it, so a ciphertext copied elsewhere does not open. The first
of ENCRYPTION_KEYS seals, all of them open.
"""

import base64
import binascii
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

NONCE_BYTES = 12


class CannotOpen(Exception):
    """The value was sealed for another place, by an unknown key, or was altered."""


def keys() -> dict[str, bytes]:
    """Key id → 32 bytes, newest first. Raises ValueError naming the malformed entry's place."""
    found = {}
    for place, entry in enumerate(settings.ENCRYPTION_KEYS, start=1):
        key_id, _, encoded = entry.partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            raise ValueError(f"key {place} is not base64")
        if not key_id or "." in key_id or len(key) != 32:
            raise ValueError(f"key {place} is not `id:` and 32 bytes in base64")
        found[key_id] = key
    return found


def seal(row, field: str, text: str) -> None:
    """Sets `row.field` to the sealed `text`; '' stays ''. The row must have its id."""
    if not text:
        setattr(row, field, "")
        return
    key_id, key = next(iter(keys().items()))
    nonce = os.urandom(NONCE_BYTES)
    sealed = AESGCM(key).encrypt(nonce, text.encode(), _place(row, field))
    setattr(row, field, f"v1.{key_id}.{base64.b64encode(nonce + sealed).decode()}")


def unseal(row, field: str) -> str:
    """The text sealed in `row.field`, or ''. Raises CannotOpen."""
    sealed = getattr(row, field)
    if not sealed:
        return ""
    try:
        version, key_id, encoded = sealed.split(".", 2)
        raw = base64.b64decode(encoded, validate=True)
        key = keys()[key_id]
    except (ValueError, KeyError, binascii.Error):
        raise CannotOpen(f"{row._meta.label}.{field}")
    if version != "v1":
        raise CannotOpen(f"{row._meta.label}.{field}")
    try:
        return (
            AESGCM(key).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], _place(row, field)).decode()
        )
    except (InvalidTag, ValueError):
        raise CannotOpen(f"{row._meta.label}.{field}")


def _place(row, field: str) -> bytes:
    if row.pk is None or row.practice_id is None:
        raise ValueError("a secret is sealed for a saved row of a practice")
    return f"{row.practice_id}/{row._meta.db_table}/{row.pk}/{field}".encode()
