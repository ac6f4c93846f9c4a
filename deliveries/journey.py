"""A parcel's way as a person reads it: steps for the picture, moments for the list."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from deliveries import courier
from deliveries.models import Delivery, DeliveryEvent

State = Delivery.State


@dataclass(frozen=True)
class Step:
    """One station. `at` is None while it is still to come; `tone` as in docs/interface.md."""

    label: str
    icon: str
    at: dt.datetime | None = None
    is_current: bool = False
    tone: str = ""


@dataclass(frozen=True)
class Moment:
    """Something that happened, and who says so. `heard_at` is when we learnt of it."""

    at: dt.datetime
    text: str
    source: str
    icon: str
    tone: str = ""
    detail: str = ""
    heard_at: dt.datetime | None = None


WORDS = {
    courier.CREATED: ("Package created", "parcel", "note"),
    courier.DELIVERED: ("Delivered", "check", "good"),
    courier.FAILED: ("Delivery failed", "error", "bad"),
}
MIDDLES = {
    State.REJECTED: ("Rejected", "error", "bad"),
    State.UNKNOWN: ("Outcome unknown", "question", "warn"),
    State.NEEDS_REVIEW: ("Needs a decision", "question", "warn"),
}

# What an attempt that gave no parcel came to.
ENDS = {
    State.REJECTED: (f"{courier.LABEL} refused the parcel", courier.LABEL, "error", "bad"),
    State.UNKNOWN: ("The answer was lost", "Regimen", "question", "warn"),
    State.NEEDS_REVIEW: ("The answer was lost", "Regimen", "question", "warn"),
}


def steps(delivery: Delivery) -> list[Step]:
    """Asked, booked, at the door: three stations, of which one is the current."""
    middle, icon, tone = MIDDLES.get(delivery.state, ("Booked", "parcel", ""))
    booked = Step(
        middle, icon, delivery.accepted_at, is_current=delivery.state != State.READY, tone=tone
    )
    last = Step("Delivered", "house", delivery.delivered_at)
    if delivery.state == State.FAILED:
        last = Step("Failed", "error", delivery.failed_at, is_current=True, tone="bad")
    if delivery.state == State.DELIVERED:
        last = Step("Delivered", "house", delivery.delivered_at, is_current=True, tone="good")
    if last.is_current:
        booked = Step(middle, icon, delivery.accepted_at)
    asked = Step("Asked", "send", delivery.created_at, delivery.state == State.READY)
    return [asked, booked, last]


def moments(delivery: Delivery, events: list[DeliveryEvent]) -> list[Moment]:
    """Newest first. `events` have their receipts."""
    found = [Moment(delivery.created_at, "Courier asked", delivery.booked_by.name, "send")]
    if delivery.state in ENDS:
        text, source, icon, tone = ENDS[delivery.state]
        found.append(Moment(delivery.attempted_at, text, source, icon, tone))
    if delivery.accepted_at:
        text = f"{courier.LABEL} took the parcel"
        found.append(Moment(delivery.accepted_at, text, courier.LABEL, "parcel", "note"))
    for event in events:
        outcome = courier.outcome_of(event)
        if outcome is None:
            continue
        text, icon, tone = WORDS[outcome.kind]
        detail = outcome.reason
        if outcome.copay_collected is not None:
            detail = f"${outcome.copay_collected:.2f} collected ({outcome.copay_method or 'paid'})"
        heard = event.receipt.received_at
        found.append(Moment(event.happened_at, text, courier.LABEL, icon, tone, detail, heard))
    # The courier names whole seconds: within one, the order is that of the way itself.
    found.sort(key=lambda moment: moment.at.replace(microsecond=0))
    return found[::-1]


def last_heard(delivery: Delivery, events: list[DeliveryEvent]) -> dt.datetime | None:
    """When the courier last said anything of this parcel; None when it never has."""
    heard = [event.receipt.received_at for event in events]
    if delivery.state == State.REJECTED:
        heard.append(delivery.attempted_at)
    if delivery.accepted_at:
        heard.append(delivery.accepted_at)
    return max(heard, default=None)
