"""Fetching a proof of delivery: a photo or a signature (ScriptRun reference 7.8)."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import parse_qsl, unquote, urlsplit

from practice.vendors.contract import BadAnswer, ProofFile, Refused
from practice.vendors.http import Http
from practice.vendors.scriptrun.webhook import PROOF_ORIGIN, proof_url

MAX_BYTES = 10 * 1024 * 1024

_MAGIC = {
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/jpeg": b"\xff\xd8\xff",
    "image/gif": b"GIF8",
    "image/webp": b"RIFF",
}


def fetch(url: str, origins: Iterable[str] = (PROOF_ORIGIN,)) -> ProofFile:
    """The image at `url`, its type told by its bytes. No key is sent, no redirect followed.

    `Refused` for any other origin; `BadAnswer` for what is no image; `Unavailable` later.
    """
    if not proof_url(url, origins):
        raise Refused("Proof is not fetched from there.", vendor="scriptrun", operation="proof")
    parts = urlsplit(url)
    http = Http("scriptrun", f"{parts.scheme}://{parts.netloc}", max_bytes=MAX_BYTES)
    segments = [unquote(part) for part in parts.path.split("/")[1:]]
    values = {f"part{index}": part for index, part in enumerate(segments)}
    answer = http.send(
        "GET",
        "".join(f"/{{{name}}}" for name in values),
        operation="proof",
        values=values,
        params=dict(parse_qsl(parts.query, keep_blank_values=True)),
        headers={"Accept": "image/*"},
    )
    for kind, magic in _MAGIC.items():
        if answer.body.startswith(magic):
            return ProofFile(kind, answer.body)
    raise BadAnswer("The proof is no image.", **answer.context())
