"""Plans made in a vendor's own frame: opening it, and reading back what was made.

What the browser says of the frame is a hint: only the plan's id is taken from it, and the
plan is fetched as the clinician before anything is believed.
"""

from __future__ import annotations

import datetime as dt

from django.db import IntegrityError

from catalog.models import Listing
from practice import connect, likeness, tenancy
from practice.models import Connection, PatientEvent, PatientLink
from practice.vendors.contract import HandOver, HeldPlan
from recommendations import compare, outgoing, send
from recommendations.models import Sending

State = Sending.State


class NotBelieved(Exception):
    """The plan that was read back is not this one. `str()` is for the clinician."""


def grant(sending: Sending) -> HandOver:
    """Opens the vendor's frame once. Raises the contract's errors. Not inside a unit."""
    return connect.call(sending.connection, lambda client: client.hand_over())


def activated(sending: Sending, vendor_plan_id: str, now: dt.datetime) -> None:
    """The frame says that this plan is active: read it back. Raises NotBelieved and the
    contract's errors. Not inside a unit."""
    held = connect.call(sending.connection, lambda client: client.plan(vendor_plan_id))
    if held is None:
        raise NotBelieved(f"{sending.label} does not know this plan.")
    accept(sending, held, now)


def accept(sending: Sending, held: HeldPlan, now: dt.datetime) -> None:
    """Ties `held` to its sending when it is this clinician's active plan for this patient."""
    connection = sending.connection
    if held.state != "active":
        raise NotBelieved(f"The plan at {sending.label} is {held.raw_state or 'not active'}.")
    if connection.practitioner_id and held.practitioner_id != connection.practitioner_id:
        raise NotBelieved(f"The plan at {sending.label} belongs to another practitioner.")
    with tenancy.unit():
        link = PatientLink.objects.filter(
            practice_id=sending.practice_id,
            vendor=sending.vendor,
            account_id=connection.account_id,
            unlinked_at__isnull=True,
        )
        known = link.filter(patient_id=sending.plan.patient_id).first()
        other = link.filter(vendor_patient_id=held.patient_id).first()
    if known and known.vendor_patient_id != held.patient_id:
        raise NotBelieved(f"The plan at {sending.label} was made for another patient.")
    if other and other.patient_id != sending.plan.patient_id:
        raise NotBelieved(f"That {sending.label} patient is linked to another of your patients.")
    if known is None:
        meet(sending, held, now)
    with tenancy.unit():
        part = next(
            part for part in outgoing.parts(sending.plan) if part.vendor.key == sending.vendor
        )
        names = names_of(sending, [line.sku for line in held.lines])
        names |= {line.line.sku: line.name for line in part.lines}
        ours = tuple(line.line for line in part.lines)
        sending.differences = compare.differences(ours, held.lines, names)
        sending.state = State.CONFIRMED
        sending.vendor_plan_id = held.id
        sending.raw_state = held.raw_state[:60]
        sending.link = held.link
        sending.last_error = ""
        sending.settled_at = sending.settled_at or now
        sending.checked_at = now
        sending.save()
        send.note(
            sending,
            PatientEvent.Kind.SENDING,
            f"Plan confirmed at {sending.label}",
            "confirmed",
            now,
        )


def names_of(sending: Sending, skus: list[str]) -> dict[str, str]:
    """Names of the vendor's SKUs that our catalogue knows."""
    rows = Listing.objects.filter(vendor=sending.vendor, sku__in=skus)
    return dict(rows.values_list("sku", "name"))


def meet(sending: Sending, held: HeldPlan, now: dt.datetime) -> None:
    """Links our patient to the one the clinician chose in the frame, when both name the
    same person: name and birth date, never the e-mail alone."""
    patient = sending.plan.patient
    theirs = connect.call(sending.connection, lambda client: client.patient(held.patient_id))
    if theirs is None or likeness.of(patient, theirs).contradicts:
        raise NotBelieved(
            f"The patient chosen at {sending.label} does not match {patient.name}. "
            "Check whom the plan was made for."
        )
    try:
        with tenancy.unit():
            PatientLink.objects.create(
                practice_id=sending.practice_id,
                patient=patient,
                vendor=sending.vendor,
                account_id=sending.connection.account_id,
                vendor_patient_id=held.patient_id,
                evidence=PatientLink.Evidence.PLAN,
                linked_by=sending.plan.clinician.name,
                linked_at=now,
            )
    except IntegrityError:
        raise NotBelieved(f"That {sending.label} patient was linked meanwhile. Try again.")


def read_back(connection_id: int, vendor_plan_id: str, now: dt.datetime) -> None:
    """A webhook speaks of a plan: fetch it, and either follow one of ours or find the
    sending that waits for it (the browser may have been closed before it told us)."""
    with tenancy.unit():
        connection = Connection.objects.get(pk=connection_id)
    held = connect.call(connection, lambda client: client.plan(vendor_plan_id))
    if held is None:
        return
    with tenancy.unit():
        mine = Sending.objects.select_related(
            "connection", "plan__patient", "plan__clinician", "practice"
        ).filter(vendor=connection.vendor)
        known = mine.filter(vendor_plan_id=held.id).first()
        waiting = list(
            mine.filter(
                state=State.HAND_OVER,
                connection=connection,
                plan__patient__links__vendor_patient_id=held.patient_id,
                plan__patient__links__vendor=connection.vendor,
                plan__patient__links__unlinked_at__isnull=True,
            )
        )
    if known is not None:
        follow(known, held, now)
    elif len(waiting) == 1 and is_meant(waiting[0], held):
        accept(waiting[0], held, now)


def is_meant(sending: Sending, held: HeldPlan) -> bool:
    """Whether the plan holds at least one of the sending's products."""
    with tenancy.unit():
        part = next(
            part for part in outgoing.parts(sending.plan) if part.vendor.key == sending.vendor
        )
    return bool({line.line.sku for line in part.lines} & {line.sku for line in held.lines})


def follow(sending: Sending, held: HeldPlan, now: dt.datetime) -> None:
    """Keeps the vendor's word for the plan's state; a cancellation is noted."""
    cancelled = held.state == "cancelled" and sending.raw_state != held.raw_state
    with tenancy.unit():
        sending.raw_state = held.raw_state[:60]
        sending.checked_at = now
        sending.save(update_fields=["raw_state", "checked_at"])
        if cancelled:
            text = f"Plan cancelled at {sending.label}"
            send.note(sending, PatientEvent.Kind.SENDING, text, "cancelled", now)
