"""Product images and sheets, as WholeScripts wraps them in JSON (reference 6.6)."""

from __future__ import annotations

import base64
import binascii

from practice.vendors import reading
from practice.vendors.contract import FetchedFile

MAX_IMAGE = 5 * 1024 * 1024
MAX_SHEET = 20 * 1024 * 1024

# First bytes of what may be kept. Nothing that a browser would run is on the list.
MAGIC = {
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/gif": (b"GIF87a", b"GIF89a"),
    "image/webp": (b"RIFF",),
    "application/pdf": (b"%PDF-",),
}
IMAGES = frozenset(MAGIC) - {"application/pdf"}
SHEETS = frozenset(MAGIC)


def read(found: dict, allowed: frozenset[str], limit: int) -> FetchedFile | None:
    """The file in `found`; None where the vendor has none (both fields null).

    `ValueError` for a type that is not allowed, bytes that are not of that type, or more
    than `limit` of them.
    """
    row = reading.rekeyed(found, str.lower)
    kind = reading.text(row.get("mimetype")).lower()
    content = _bytes(row.get("filebytes"))
    if not kind and not content:
        return None
    if kind not in allowed or not content.startswith(MAGIC[kind]):
        raise ValueError("this is no file of an allowed type")
    if kind == "image/webp" and content[8:12] != b"WEBP":
        raise ValueError("this is no file of an allowed type")
    if len(content) > limit:
        raise ValueError("the file is too large")
    return FetchedFile(kind, content)


def _bytes(value) -> bytes:
    """The bytes of a Base64 text or of a list of 0..255; b'' for null."""
    if value is None:
        return b""
    if isinstance(value, str):
        try:
            return base64.b64decode(value, validate=True)
        except binascii.Error:
            raise ValueError("the file is not Base64") from None
    if isinstance(value, list) and all(type(byte) is int and 0 <= byte < 256 for byte in value):
        return bytes(value)
    raise ValueError("the file is neither Base64 nor bytes")
