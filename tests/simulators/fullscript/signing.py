"""The bytes of one webhook and their signature (reference 6.4, 6.5), right or wrong on purpose.

The signature's timestamp is real time: the product checks it against its own clock.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time

from tests.simulators.fullscript.shapes import with_extra_keys

FAULTS = (
    "", "duplicate", "reorder", "drop", "stale", "wrong_key", "no_clinic_id", "unknown_type",
)  # fmt: skip
ENVELOPES = ("event_payload", "event", "bare")
SHAPES = ("documented", "flat", "nested")
STALE_SECONDS = 600
OTHER_KEY = "somebody-elses-key"
UNKNOWN_TYPE = "fulfillment.shipment.shipped"
# The key round the object, where `data` is not the object itself.
NESTS = ("order", "lab_order", "treatment_plan", "patient", "product")


def payload(
    event: dict, envelope: str, fault: str, shape="documented", names_clinic=True, more_keys=False
) -> bytes:
    """The body: `event_payload` round `event`, a bare `event`, or the event bare."""
    told = {**event, "data": shaped(event, shape)}
    if fault == "no_clinic_id" or not names_clinic:
        told.pop("clinic_id")
    if fault == "unknown_type":
        told["type"] = UNKNOWN_TYPE
    if more_keys:
        told = with_extra_keys(told)
    around = {"event_payload": ("event_payload", "event"), "event": ("event",), "bare": ()}
    for key in reversed(around[envelope]):
        told = {key: told}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def shaped(event: dict, shape: str) -> dict:
    """`data` as recorded, or flat or nested whatever the type is documented to be."""
    nest, data = event["type"].split(".")[0], event["data"]
    if nest not in NESTS or shape == "documented":
        return data
    bare = data[nest] if set(data) == {nest} else data
    return bare if shape == "flat" else {nest: bare}


def header(body: bytes, webhook: dict, fault: str, turn: int) -> dict:
    """The signature's header, made now. While a key is being rolled, each key has its turn."""
    moment = int(time.time()) - (STALE_SECONDS if fault == "stale" else 0)
    keys = [webhook["signature_key"], *filter(None, [webhook["old_key"]])]
    key = OTHER_KEY if fault == "wrong_key" else keys[turn % len(keys)]
    return {"Fullscript-Signature": sign(body, key, moment)}


def sign(body: bytes, key: str, moment: int) -> str:
    """The header's value for a body sent at `moment` (unix seconds)."""
    message = str(moment).encode() + b"." + body
    return f"t={moment},v1={hmac.new(key.encode(), message, hashlib.sha256).hexdigest()}"
