"""A parcel's state from everything the courier said of it, in whatever order it came.

Completed is sticky; failed is not: a later completion ends delivered. What looks wrong goes
to a person and changes no ledger (ScriptRun reference 7.7).
"""

from __future__ import annotations

import datetime as dt
import zlib
from decimal import Decimal

from django.db import connection

from deliveries import courier
from deliveries.models import Delivery, DeliveryEvent, Proof
from practice import timeline
from practice.models import PatientEvent
from practice.vendors.contract import ParcelOutcome

LARGEST_COPAY = Decimal(1_000_000)


def hold_parcel(practice_id: int, parcel_id: str) -> None:
    """Makes everybody who writes about this parcel wait their turn until their unit ends, so
    that an event and the answer to our booking cannot miss each other. Taken before any row."""
    key = (zlib.crc32(f"parcel {practice_id}".encode()), zlib.crc32(parcel_id.encode()))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [half - 2**31 for half in key])


def accepted(
    delivery_id: int, parcel_id: str, now: dt.datetime, warnings: tuple[str, ...] = ()
) -> Delivery:
    """The courier holds this order as `parcel_id`: keeps that, takes in what was reported of
    the parcel before we knew it, and derives the state."""
    practice_id = Delivery.objects.values_list("practice_id", flat=True).get(pk=delivery_id)
    hold_parcel(practice_id, parcel_id)
    delivery = (
        Delivery.objects.select_for_update(of=["self"])
        .select_related("patient")
        .get(pk=delivery_id)
    )
    if not delivery.parcel_id:
        delivery.accept(parcel_id, now)
        _note(delivery, "accepted", f"{courier.LABEL} took the parcel", now)
    elif delivery.parcel_id != parcel_id:
        delivery.other_parcel_id = parcel_id
        delivery.save(update_fields=["other_parcel_id"])
    if warnings:
        delivery.warnings = list(warnings)
        delivery.save(update_fields=["warnings"])
    DeliveryEvent.objects.filter(
        practice_id=practice_id, parcel_id=delivery.parcel_id, delivery=None
    ).update(delivery=delivery)
    derive(delivery)
    return delivery


def derive(delivery: Delivery) -> None:
    """Sets what follows from all events of the parcel; the same for every order of arrival."""
    events = [(event, courier.outcome_of(event)) for event in delivery.events.all()]
    told = [(event.happened_at, outcome) for event, outcome in events if outcome]
    completed = [(at, outcome) for at, outcome in told if outcome.kind == courier.DELIVERED]
    failures = [(at, outcome) for at, outcome in told if outcome.kind == courier.FAILED]
    first = completed[0] if completed else None  # events come by the time they happened
    last_failure = failures[-1] if failures else None

    delivery.delivered_at = first[0] if first else None
    delivery.copay_collected = _money(first[1].copay_collected) if first else None
    delivery.failed_at = last_failure[0] if last_failure else None
    delivery.fail_reason = last_failure[1].reason[:200] if last_failure else ""
    if first:
        delivery.state = Delivery.State.DELIVERED
    elif last_failure:
        delivery.state = Delivery.State.FAILED
    else:
        delivery.state = Delivery.State.ACCEPTED
    reason = finding(delivery, first[1] if first else None)[:200]
    delivery.review_reason = "" if reason == delivery.settled_reason else reason
    delivery.save(
        update_fields=[
            *("state", "delivered_at", "copay_collected", "failed_at", "fail_reason"),
            "review_reason",
        ]
    )
    for at, outcome in completed + failures:
        _note_outcome(delivery, at, outcome)
    if first:
        _expect_proof(delivery, first[1])


def finding(delivery: Delivery, completed: ParcelOutcome | None) -> str:
    """What a person should look at, in a sentence; '' when all is well."""
    if delivery.other_parcel_id:
        return (
            f"{courier.LABEL} holds a second parcel for this order "
            f"({delivery.other_parcel_id[:60]}). One of the two has to be cancelled there."
        )
    if not completed:
        return ""
    if delivery.failed_at and delivery.failed_at > delivery.delivered_at:
        return "A failure was reported after the delivery. Ask the courier which of the two holds."
    asked, collected = delivery.copay or Decimal(0), completed.copay_collected
    if asked and collected is None:
        return f"A copay of ${asked} was to be collected and none was reported."
    if collected is not None and collected != asked:
        return f"${collected:.2f} was collected where a copay of ${asked:.2f} was asked."
    return ""


def _money(amount: Decimal | None) -> Decimal | None:
    if amount is None or not 0 <= amount < LARGEST_COPAY:
        return None
    return amount.quantize(Decimal("0.01"))


def _expect_proof(delivery: Delivery, outcome: ParcelOutcome) -> None:
    """One row an image; another address (an earlier event came late) is fetched anew."""
    for kind, url in (
        (Proof.Kind.PHOTO, outcome.photo_url),
        (Proof.Kind.SIGNATURE, outcome.signature_url),
    ):
        if not url or len(url) > Proof._meta.get_field("url").max_length:
            continue
        found, made = Proof.objects.get_or_create(
            practice_id=delivery.practice_id,
            delivery=delivery,
            kind=kind,
            defaults={"url": url},
        )
        if not made and found.url != url:
            found.delete()
            Proof.objects.create(
                practice_id=delivery.practice_id, delivery=delivery, kind=kind, url=url
            )


def _note_outcome(delivery: Delivery, at: dt.datetime, outcome: ParcelOutcome) -> None:
    text, detail = "Parcel delivered", ""
    if outcome.kind == courier.FAILED:
        text, detail = "Delivery failed", outcome.reason[:200]
    _note(delivery, f"{outcome.kind}:{at.isoformat()}", text, at, detail)


def _note(delivery: Delivery, what: str, text: str, at: dt.datetime, detail: str = "") -> None:
    timeline.note(
        delivery.patient,
        PatientEvent.Kind.DELIVERY,
        text,
        detail=detail,
        source=f"delivery:{delivery.pk}:{what}",
        happened_at=at,
        by=courier.LABEL,
        view_name="deliveries:delivery-detail",
        object_id=delivery.pk,
    )
