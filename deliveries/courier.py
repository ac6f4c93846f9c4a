"""The courier: the one place in this app that asks the table of vendors who carries.

Everything else speaks of parcels, outcomes and proof.
"""

from __future__ import annotations

import datetime as dt

from django.conf import settings

from deliveries.models import Delivery, DeliveryEvent
from practice.models import CourierAccount, Practice
from practice.vendors import registry
from practice.vendors.contract import Ability, Event, FetchedFile, ParcelOrder, ParcelOutcome

[VENDOR] = registry.offering(Ability.COURIER)
KEY, LABEL = VENDOR.key, VENDOR.label
EVENT_TYPES = tuple(VENDOR.webhook.KINDS)

CREATED, DELIVERED, FAILED = "created", "delivered", "failed"


def account_of(practice: Practice | int) -> CourierAccount | None:
    """The practice's account, by the practice or its id; None before one is set up."""
    practice_id = getattr(practice, "pk", practice)
    return CourierAccount.objects.filter(practice_id=practice_id, vendor=KEY).first()


def takes_key(key: str) -> bool:
    """Whether this deployment may use `key`: a live one in production only, a test one
    everywhere else (ScriptRun reference 1)."""
    try:
        VENDOR.client(**settings.VENDOR_CLIENTS[KEY], api_key=key)
    except ValueError:
        return False
    return True


def patient_ref(patient_id: int) -> str:
    """Who the patient is at the courier: stable, and of no meaning outside the practice."""
    return f"RGM-{patient_id}"


def order_of(delivery: Delivery) -> ParcelOrder:
    return ParcelOrder(
        barcode=delivery.barcode,
        patient_ref=patient_ref(delivery.patient_id),
        recipient_name=delivery.recipient_name,
        address_line=delivery.address_line,
        phone_e164=delivery.phone,
        rx_number=delivery.rx_number,
        copay=delivery.copay,
        priority=delivery.priority,
        delivery_date=delivery.delivery_date,
        requires_signature=delivery.requires_signature,
        cold_chain=delivery.cold_chain,
        controlled_schedule=delivery.controlled_schedule,
        notes=delivery.notes,
    )


def problems_with(field: str, value, today: dt.date) -> tuple[str, ...]:
    """What is wrong with one field of a parcel, in plain words; () when nothing is. It is
    put into an order without fault, so that only its own faults are found."""
    sound = {
        "recipient_name": "A",
        "address_line": "1 A St, Tampa, FL 33602",
        "phone": "+18135550100",
        "delivery_date": today,
    }
    parcel = Delivery(patient_id=1, **{**sound, field: value})
    return VENDOR.parcel_problems(order_of(parcel), today)


def outcome_of(event: Event | DeliveryEvent) -> ParcelOutcome | None:
    """What an event, fresh or stored, says of one parcel. Proof addresses that may not be
    fetched are '' in it (ScriptRun reference 7.8)."""
    if isinstance(event, DeliveryEvent):
        event = Event(id="", type=event.type, created_at=event.happened_at, data=event.data)
    return VENDOR.webhook.outcome(event, proof_origins=[settings.SCRIPTRUN_PROOF_ORIGIN])


def fetch_proof(url: str) -> FetchedFile:
    """The image at `url`. Raises the contract's errors."""
    return VENDOR.fetch_proof(url, [settings.SCRIPTRUN_PROOF_ORIGIN])
