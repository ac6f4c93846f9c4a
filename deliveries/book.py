"""Booking a parcel: the row is the outbox, a worker sends it (`send`)."""

from __future__ import annotations

import datetime as dt

from deliveries import send, tasks
from deliveries.models import Delivery
from practice.models import Membership, Patient, Practice
from practice.tasking import nudge
from recommendations.models import Plan


class BelongsElsewhere(Exception):
    """The form's key was used for another patient's parcel."""


def queue(
    practice: Practice,
    membership: Membership,
    patient: Patient,
    values: dict,
    now: dt.datetime,
    plan: Plan | None = None,
) -> tuple[Delivery, bool]:
    """Queues one parcel and nudges a worker. `values` are a valid `BookForm`'s.

    `values["barcode"]` is made once with the form: sent twice, it gives the same delivery,
    unchanged, and False.
    """
    values = dict(values)
    delivery, made = Delivery.objects.get_or_create(
        practice=practice,
        barcode=values.pop("barcode"),
        defaults={**values, "patient": patient, "booked_by": membership, "plan": plan},
    )
    if delivery.patient_id != patient.pk:
        raise BelongsElsewhere
    if made:
        day = f"{delivery.delivery_date:%b %-d, %Y}"
        send.note(delivery, "queued", f"Courier asked for {day}", now, by=membership.name)
        nudge(tasks.attempt, practice.pk, delivery.pk)
    return delivery, made


def resume(practice: Practice) -> None:
    """Takes up everything that waited while the account was paused or missing."""
    waiting = Delivery.objects.for_practice(practice).filter(state=Delivery.State.READY)
    for delivery_id in waiting.order_by("id").values_list("pk", flat=True)[: tasks.AT_ONCE]:
        nudge(tasks.attempt, practice.pk, delivery_id)
