"""ScriptRun's webhooks: what happened to a parcel (ScriptRun reference 7).

The payload names no tenant: the address it arrived at does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from practice.vendors import fetch, reading, signature
from practice.vendors.contract import BadAnswer, Event, ParcelOutcome, Verdict

HEADER = "X-ScriptRun-Signature"
EVENT_HEADER = "X-ScriptRun-Event"
MAX_BYTES = 256 * 1024
PROOF_ORIGIN = "https://storage.scriptrun.app"

KINDS = {
    "package.created": "created",
    "delivery.completed": "delivered",
    "delivery.failed": "failed",
}
# Only `delivered_at` is documented; the others are where a time or a reason likely stands.
_TIMES = ("delivered_at", "failed_at", "attempted_at", "occurred_at")
_REASONS = ("reason", "failure_reason", "reason_text", "notes")


def verify(headers: Mapping[str, str], body: bytes, secrets: Iterable[str], now: float) -> Verdict:
    """`now` in unix seconds. STALE is rightly signed: quarantine it, do not drop it (7.6)."""
    return signature.verify(headers.get(HEADER), body, secrets, now)


def parse(body: bytes, headers: Mapping[str, str] | None = None) -> Event:
    """The event in `body`, once verified. `BadAnswer` when it has no id, type or data, or
    when its unsigned header names another type (7.5)."""
    try:
        found = reading.mapping(reading.load(body))
    except ValueError:
        found = {}
    event_id, kind, data = found.get("id"), found.get("event"), found.get("data")
    if not (isinstance(event_id, str) and isinstance(kind, str) and isinstance(data, dict)):
        raise BadAnswer("This is no event.", vendor="scriptrun", operation="webhook")
    named = (headers or {}).get(EVENT_HEADER)
    if not event_id.strip() or not kind.strip() or (named and named.strip() != kind):
        raise BadAnswer("The event contradicts itself.", vendor="scriptrun", operation="webhook")
    return Event(
        id=reading.text(event_id),
        type=reading.text(kind),
        created_at=reading.instant(found.get("created_at")),
        data=reading.plain(data),
    )


def outcome(event: Event, proof_origins: Iterable[str] = (PROOF_ORIGIN,)) -> ParcelOutcome | None:
    """What `event` says of a parcel; None for other events and those naming no parcel.

    `proof_origins` are the origins proof may be fetched from; tests add the simulator's.
    """
    kind, parcel_id = KINDS.get(event.type), reading.text(event.data.get("package_id"))
    if kind is None or not parcel_id:
        return None
    data, proof = event.data, reading.mapping(event.data.get("proof"))
    latitude, longitude = _place(proof)
    times = (reading.instant(data.get(name)) for name in _TIMES)
    return ParcelOutcome(
        parcel_id=parcel_id,
        kind=kind,
        at=next(filter(None, times), None) or event.created_at,
        barcode=reading.text(data.get("barcode")),
        patient_ref=reading.text(data.get("external_patient_id")),
        rx_number=reading.text(data.get("rx_number")),
        driver_id=reading.text(data.get("driver_id")),
        reason=next(filter(None, (reading.text(data.get(name)) for name in _REASONS)), ""),
        photo_url=proof_url(proof.get("photo_url"), proof_origins),
        signature_url=proof_url(proof.get("signature_url"), proof_origins),
        latitude=latitude,
        longitude=longitude,
        copay_collected=reading.number(data.get("copay_collected")),
        copay_method=reading.text(data.get("copay_method")),
    )


def proof_url(value, origins: Iterable[str]) -> str:
    """`value` when it stands under one of `origins`, '' otherwise (7.8)."""
    found = reading.text(value)
    return found if fetch.allowed(found, origins) else ""


def _place(proof: dict) -> tuple[Decimal | None, Decimal | None]:
    """Latitude and longitude in degrees; (0, 0) and what is off the globe is unknown."""
    latitude, longitude = reading.number(proof.get("lat")), reading.number(proof.get("lng"))
    if latitude is None or longitude is None or latitude == longitude == 0:
        return None, None
    if abs(latitude) > 90 or abs(longitude) > 180:
        return None, None
    return latitude, longitude
