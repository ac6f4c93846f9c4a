"""Fullscript's webhooks: the challenge, the signature, both envelopes (reference 6).

Payloads are hints: what they name is fetched before anything is believed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from practice.vendors import reading, signature
from practice.vendors.contract import BadAnswer, Event, Verdict
from practice.vendors.fullscript import vocabulary

HEADER = "Fullscript-Signature"
MAX_BYTES = 1024 * 1024

# What an event is about, in our words; the others are kept and ignored.
KINDS = {
    "treatment_plan.created": "plan",
    "treatment_plan.updated": "plan",
    "treatment_plan.recommendation.updated": "plan",
    "order.placed": "ordered",
    "lab_order.updated": "lab",
    "patient.created": "patient",
    "patient.updated": "patient",
    "patient.emancipated": "patient_emancipated",
    "product.created": "product",
    "product.updated": "product",
    "product.description.updated": "product",
}

# Where the object sits below `data`, when it is nested at all (reference 6.6).
_NESTS = {
    "order": "order",
    "lab_order": "lab_order",
    "treatment_plan": "treatment_plan",
    "patient": "patient",
    "product": "product",
}


def is_probe(body: bytes) -> bool:
    """The empty request that asks for the challenge only, unsigned (reference 6.3)."""
    return not body.strip()


def challenge_answer(token: str) -> dict[str, str]:
    """The JSON answer to a probe and to every genuine event."""
    return {"challenge": token}


def verify(headers: Mapping[str, str], body: bytes, secrets: Iterable[str], now: float) -> Verdict:
    """`now` in unix seconds; `secrets` are signature keys, not challenge tokens."""
    return signature.verify(headers.get(HEADER), body, secrets, now)


def parse(body: bytes, headers: Mapping[str, str] | None = None) -> Event:
    """The event in `body`, whichever envelope. `BadAnswer` when it has no id or type."""
    try:
        found = reading.mapping(reading.load(body))
    except ValueError:
        found = {}
    return event(found)


def event(found: dict) -> Event:
    """An event from `event_payload.event`, from `event`, or bare."""
    found = reading.mapping(found.get("event_payload")) or found
    found = reading.mapping(found.get("event")) or found
    kind, event_id = reading.text(found.get("type")), reading.text(found.get("id"))
    if not kind or not event_id:
        raise BadAnswer("This is no event.", vendor="fullscript", operation="webhook")
    data = reading.mapping(found.get("data"))
    nest = _NESTS.get(kind.split(".")[0], "")
    return Event(
        id=event_id,
        type=kind,
        created_at=reading.instant(found.get("created_at")),
        data=reading.plain(reading.mapping(data.get(nest)) or data),
        account_id=reading.text(found.get("clinic_id")),
    )


def body_of(event: Event) -> bytes:
    """A body that `parse` reads as `event`: for one that was asked for and not posted."""
    told = {
        "id": event.id,
        "type": event.type,
        "created_at": event.created_at.isoformat() if event.created_at else None,
        "clinic_id": event.account_id,
        "data": event.data,
    }
    return json.dumps({"event": told}, ensure_ascii=False).encode()


def plan_ids(event: Event) -> tuple[str, ...]:
    """The plans an event is about: fetch them."""
    if event.type.startswith("treatment_plan."):
        return reading.texts(event.data.get("id"))
    return reading.texts(event.data.get("treatment_plan_ids") or [])


def order_id(event: Event) -> str:
    """The order that an event is about; '' where it is about none."""
    return reading.text(event.data.get("id")) if event.type.startswith("order.") else ""


def lab_order_id(event: Event) -> str:
    """The laboratory order that an event is about; never what an order's event names, whose
    id is another's (reference 6.6)."""
    return reading.text(event.data.get("id")) if event.type.startswith("lab_order.") else ""


def says_amended(event: Event) -> bool:
    """Whether it says that a laboratory amended what was told before."""
    word = reading.text(event.data.get("status")) or reading.text(event.data.get("state"))
    return vocabulary.LAB_STATES.get(word.lower()) == "amended"


def patient_id(event: Event) -> str:
    """The patient an event is about; '' where the payload names none."""
    if event.type.startswith("patient."):
        return reading.text(event.data.get("id"))
    return reading.text(event.data.get("patient_id"))


def variant_ids(event: Event) -> tuple[str, ...]:
    """The variants a product event is about: it names no product, and they are fetched."""
    if not event.type.startswith("product."):
        return ()
    variants = reading.mappings(event.data.get("variants"))
    return tuple(dict.fromkeys(filter(None, (reading.text(one.get("id")) for one in variants))))
