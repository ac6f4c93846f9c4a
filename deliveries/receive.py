"""What the courier reports of parcels. Subscribed to the inbox in `apps`.

Safe in any order and any number: each event is kept once, and the state is derived from all
of them. An event of a parcel that we do not know (yet) is kept without a delivery.
"""

from __future__ import annotations

import datetime as dt

from django.db.models.functions import Coalesce, Greatest

from deliveries import courier, follow, tasks
from deliveries.models import Delivery, DeliveryEvent, Proof
from practice.models import CourierAccount, Receipt
from practice.tasking import nudge
from practice.vendors.contract import Event, ParcelOutcome

LONGEST_PARCEL_ID = DeliveryEvent._meta.get_field("parcel_id").max_length


def on_event(receipt: Receipt, event: Event, now: dt.datetime) -> None:
    """Handles one event, in a unit of its practice.

    Locks are taken as `send` takes them: the parcel, the delivery, and last the account,
    which all events of a practice share.
    """
    outcome = courier.outcome_of(event)
    # One that names no parcel which could be ours is kept as a receipt only.
    if outcome is not None and len(outcome.parcel_id) <= LONGEST_PARCEL_ID:
        _take(receipt, event, outcome, now)
    _note_life(receipt)


def _take(receipt: Receipt, event: Event, outcome: ParcelOutcome, now: dt.datetime) -> None:
    follow.hold_parcel(receipt.practice_id, outcome.parcel_id)
    _keep(receipt, event, outcome)
    delivery_id = _delivery_of(receipt.practice_id, outcome)
    if delivery_id is None:
        return
    follow.accepted(delivery_id, outcome.parcel_id, now)
    images = Proof.objects.to_fetch(now).filter(delivery=delivery_id)
    for proof_id in images.values_list("pk", flat=True):
        nudge(tasks.fetch_proof, receipt.practice_id, proof_id)


def _note_life(receipt: Receipt) -> None:
    CourierAccount.objects.filter(practice_id=receipt.practice_id, vendor=receipt.vendor).update(
        last_event_at=Greatest(Coalesce("last_event_at", receipt.received_at), receipt.received_at)
    )


def _keep(receipt: Receipt, event: Event, outcome: ParcelOutcome) -> None:
    """Unique by receipt, and by (parcel, type, time) as a second guard (reference 7.7)."""
    row = DeliveryEvent(
        practice_id=receipt.practice_id,
        receipt=receipt,
        parcel_id=outcome.parcel_id,
        type=event.type,
        happened_at=outcome.at or receipt.received_at,
        data=event.data,
    )
    DeliveryEvent.objects.bulk_create([row], ignore_conflicts=True)


def _delivery_of(practice_id: int, outcome: ParcelOutcome) -> int | None:
    """Whose parcel it is: by its id, by our barcode, or, for an order of unknown outcome, by
    patient and prescription where exactly one fits (reference 5.2)."""
    ours = Delivery.objects.filter(practice_id=practice_id)
    found = ours.filter(parcel_id=outcome.parcel_id).values_list("pk", flat=True).first()
    if found is None and outcome.barcode:
        found = ours.filter(barcode=outcome.barcode).values_list("pk", flat=True).first()
    elif found is None and outcome.patient_ref and outcome.rx_number:
        fitting = [
            delivery.pk
            for delivery in ours.filter(
                rx_number=outcome.rx_number,
                parcel_id="",
                state__in=[Delivery.State.UNKNOWN, Delivery.State.NEEDS_REVIEW],
            )
            if courier.patient_ref(delivery.patient_id) == outcome.patient_ref
        ]
        found = fitting[0] if len(fitting) == 1 else None
    return found
