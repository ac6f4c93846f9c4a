"""Secrets at rest: AES-256-GCM, bound to the place they were written for.

A sealed value is `v1.<key id>.` and nonce and ciphertext, in base64 where it is text.
Practice, table, row and field are authenticated with it, so a ciphertext copied elsewhere
does not open. The first of ENCRYPTION_KEYS seals, all of them open.

A model declares what it keeps sealed by `SealedTextField` or `SealedBinaryField`, and nothing
else can be sealed in a row: `sealed_fields` is therefore all there is, for `practice.rotate`.
What stands in a table that is not ours is sealed for a named place instead.
"""

import base64
import binascii
import functools
import json
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.apps import apps
from django.conf import settings
from django.db import models

NONCE_BYTES = 12
MARK = "v1."


class CannotOpen(Exception):
    """The value was sealed for another place, by an unknown key, or was altered."""


class _Sealed:
    """`bound_to` names the fields that say where the value belongs, for a row whose practice
    or id is not known yet when it is written; together they must be unique."""

    def __init__(self, *args, bound_to: tuple[str, ...] = (), **kwargs):
        self.bound_to = bound_to
        kwargs["editable"] = False
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        """To the database it is a column like any other."""
        name, _, args, kwargs = super().deconstruct()
        return name, f"django.db.models.{self.column_class}", args, kwargs


class SealedTextField(_Sealed, models.TextField):
    column_class = "TextField"


class SealedBinaryField(_Sealed, models.BinaryField):
    """Bytes, without base64's third more. What was stored before it was sealed stays readable
    until `rotate_keys` seals it."""

    column_class = "BinaryField"

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("editable", None)
        return name, path, args, kwargs


def sealed_fields() -> list[models.Field]:
    """Every field of every table in which secrets are sealed."""
    return [
        field
        for model in apps.get_models()
        if not model._meta.proxy
        for field in model._meta.local_concrete_fields
        if isinstance(field, _Sealed)
    ]


def keys() -> dict[str, bytes]:
    """Key id → 32 bytes, newest first. Raises ValueError naming the malformed entry's place."""
    return _keys(tuple(settings.ENCRYPTION_KEYS))


@functools.lru_cache(maxsize=8)
def _keys(entries: tuple[str, ...]) -> dict[str, bytes]:
    found = {}
    for place, entry in enumerate(entries, start=1):
        key_id, _, encoded = entry.partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            raise ValueError(f"key {place} is not base64")
        if not key_id or "." in key_id or len(key) != 32:
            raise ValueError(f"key {place} is not `id:` and 32 bytes in base64")
        if key_id in found or key in found.values():
            raise ValueError(f"key {place} or its id stands there twice")
        found[key_id] = key
    return found


# --- In a row


def seal(row, field: str, content: str | bytes) -> None:
    """Sets `row.field` to the sealed content; nothing stays nothing. The row must have its id,
    or what the field is bound to."""
    declared = row._meta.get_field(field)
    if not isinstance(declared, _Sealed):
        raise TypeError(f"{row._meta.label}.{field} is not declared as sealed")
    if not content:
        setattr(row, field, b"" if _is_binary(declared) else "")
    elif _is_binary(declared):
        key_id, raw = _encrypt(content, _place(row, declared))
        setattr(row, field, f"{MARK}{key_id}.".encode() + raw)
    else:
        setattr(row, field, _as_text(content, _place(row, declared)))


def unseal(row, field: str) -> str | bytes:
    """The content sealed in `row.field`, or nothing. Raises CannotOpen."""
    declared = row._meta.get_field(field)
    sealed = getattr(row, field)
    if not sealed:
        return b"" if _is_binary(declared) else ""
    where = f"{row._meta.label}.{field}"
    if not _is_binary(declared):
        return _from_text(sealed, _place(row, declared), where)
    sealed = bytes(sealed)
    if not sealed.startswith(MARK.encode()):
        return sealed
    try:
        key_id, raw = sealed[len(MARK) :].split(b".", 1)
        return _decrypt(key_id.decode(), raw, _place(row, declared))
    except (ValueError, KeyError, InvalidTag):
        raise CannotOpen(where)


def _is_binary(field) -> bool:
    return isinstance(field, models.BinaryField)


def _place(row, field) -> bytes:
    if field.bound_to:
        values = [getattr(row, name) for name in field.bound_to]
        return json.dumps([row._meta.db_table, *values, field.name]).encode()
    if row.pk is None or row.practice_id is None:
        raise ValueError("a secret is sealed for a saved row of a practice")
    return f"{row.practice_id}/{row._meta.db_table}/{row.pk}/{field.name}".encode()


# --- For a named place


def seal_for(place: str, text: str) -> str:
    """`text` sealed for a place that is no row of ours, such as "mfa"."""
    return _as_text(text, _named(place)) if text else ""


def open_for(place: str, sealed: str) -> str:
    """Raises CannotOpen."""
    return _from_text(sealed, _named(place), place) if sealed else ""


def _named(place: str) -> bytes:
    return f"place:{place}".encode()


# --- The cipher


def _as_text(text: str, place: bytes) -> str:
    key_id, raw = _encrypt(text.encode(), place)
    return f"{MARK}{key_id}.{base64.b64encode(raw).decode()}"


def _from_text(sealed: str, place: bytes, where: str) -> str:
    try:
        version, key_id, encoded = sealed.split(".", 2)
        if f"{version}." != MARK:
            raise ValueError(version)
        return _decrypt(key_id, base64.b64decode(encoded, validate=True), place).decode()
    except (ValueError, KeyError, InvalidTag):
        raise CannotOpen(where)


def _encrypt(content: bytes, place: bytes) -> tuple[str, bytes]:
    key_id, key = next(iter(keys().items()))
    nonce = os.urandom(NONCE_BYTES)
    return key_id, nonce + AESGCM(key).encrypt(nonce, content, place)


def _decrypt(key_id: str, raw: bytes, place: bytes) -> bytes:
    return AESGCM(keys()[key_id]).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], place)
