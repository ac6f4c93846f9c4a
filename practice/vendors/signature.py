"""Signatures of inbound webhooks: `t=<unix seconds>,v1=<hex HMAC-SHA256>`.

Two vendors sign alike (Fullscript reference 6.4, ScriptRun reference 7.5). The message is
`t`, a dot and the raw body; the key is the secret's UTF-8 bytes exactly as displayed.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable

from practice.vendors.contract import Verdict

WINDOW = 300  # seconds, both ways; exactly 300 is still accepted

_TIMESTAMP = re.compile(r"[0-9]{1,12}")


def verify(
    header: str | None, body: bytes, secrets: Iterable[str], now: float, window: int = WINDOW
) -> Verdict:
    """What `header` proves about `body` at `now` (unix seconds). Never raises.

    Several `v1` values and several secrets are tried, for rotation; other parts are
    ignored. Age is judged last, so STALE means rightly signed.
    """
    stamp, given = _parts(header or "")
    if stamp is None:
        return Verdict.MALFORMED
    message = stamp.encode("ascii") + b"." + body
    genuine = False
    for secret in secrets:
        if not secret:  # an empty key would let anyone sign
            continue
        expected = sign(secret, message)
        for value in given:
            genuine |= hmac.compare_digest(expected, value)
    if not genuine:
        return Verdict.FORGED
    return Verdict.GENUINE if abs(now - int(stamp)) <= window else Verdict.STALE


def sign(secret: str, message: bytes) -> bytes:
    """The lower-case hex HMAC-SHA256 of `message`, as ASCII bytes."""
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest().encode("ascii")


def _parts(header: str) -> tuple[str | None, list[bytes]]:
    """The one timestamp and every `v1`; the timestamp is None when the header is malformed."""
    stamps, given = [], []
    for part in header.split(","):
        name, _, value = part.partition("=")
        if name.strip() == "t":
            stamps.append(value.strip())
        elif name.strip() == "v1":
            # As bytes: comparing texts with other than ASCII would raise.
            given.append(value.strip().lower().encode("utf-8", "replace"))
    if len(stamps) != 1 or not _TIMESTAMP.fullmatch(stamps[0]) or not given:
        return None, []
    return stamps[0], given
