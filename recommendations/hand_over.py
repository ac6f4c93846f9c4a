"""Plans made in a vendor's own frame: opening it, and reading back what was made.

What the browser says of the frame is a hint: only the plan's id is taken from it, and the
plan is fetched as the clinician before anything is believed.
"""

from __future__ import annotations

import contextlib
import datetime as dt

from practice import connect, likeness, link, tenancy
from practice.models import Connection, PatientEvent, PatientLink
from practice.vendors.contract import HandOver, HeldPlan
from recommendations import outcome, read_back
from recommendations.models import Sending

State = Sending.State
Evidence = PatientLink.Evidence


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
    with tenancy.unit():
        sending.refresh_from_db(fields=["state", "vendor_plan_id"])
        twins = Sending.objects.filter(
            practice_id=sending.practice_id, vendor=sending.vendor, vendor_plan_id=held.id
        )
        is_taken = twins.exclude(pk=sending.pk).exists()
    if sending.state not in (State.HAND_OVER, State.CONFIRMED):
        raise NotBelieved("This part does not wait for a plan.")
    if is_taken or sending.vendor_plan_id not in ("", held.id):
        raise NotBelieved("Another plan was confirmed already.")
    if held.state != "active":
        raise NotBelieved(f"The plan at {sending.label} is {held.raw_state or 'not active'}.")
    if connection.practitioner_id and held.practitioner_id != connection.practitioner_id:
        raise NotBelieved(f"The plan at {sending.label} belongs to another practitioner.")
    with tenancy.unit():
        links = PatientLink.objects.filter(
            practice_id=sending.practice_id,
            vendor=sending.vendor,
            account_id=connection.account_id,
            unlinked_at__isnull=True,
        )
        known = links.filter(patient_id=sending.plan.patient_id).first()
        other = links.filter(vendor_patient_id=held.patient_id).first()
    if known and known.vendor_patient_id != held.patient_id:
        raise NotBelieved(f"The plan at {sending.label} was made for another patient.")
    if other and other.patient_id != sending.plan.patient_id:
        raise NotBelieved(f"That {sending.label} patient is linked to another of your patients.")
    if known is None:
        meet(sending, held, now)
    with tenancy.unit():
        differences = read_back.differences(sending, held)
    written = outcome.change(
        sending,
        state=State.CONFIRMED,
        differences=differences,
        vendor_plan_id=held.id,
        raw_state=held.raw_state[:60],
        link=held.link,
        last_error="",
        settled_at=sending.settled_at or now,
        checked_at=now,
        told=f"Plan confirmed at {sending.label}",
    )
    if not written:  # the browser and a webhook may tell of it at once
        with tenancy.unit():
            sending.refresh_from_db(fields=["vendor_plan_id"])
        if sending.vendor_plan_id != held.id:
            raise NotBelieved("Another plan was confirmed already.")


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
        link.make(sending.connection, patient, theirs, Evidence.PLAN, sending.plan.clinician, now)
    except link.NotLinked as error:
        raise NotBelieved(str(error)) from None


def take_note(connection_id: int, vendor_plan_id: str, now: dt.datetime) -> None:
    """A webhook speaks of a plan: fetch it, and either follow one of ours or find the
    sending that waits for it (the browser may have been closed before it told us)."""
    with tenancy.unit():
        connection = Connection.objects.get(pk=connection_id)
    held = connect.call(connection, lambda client: client.plan(vendor_plan_id))
    if held is None:
        return
    with tenancy.unit():
        known, waiting = those_meant(connection, held)
    if known is not None:
        follow(known, held, now)
    elif waiting is not None:
        # The vendor tells of every plan of its clinic: most are simply not this one.
        with contextlib.suppress(NotBelieved):
            accept(waiting, held, now)


def those_meant(connection: Connection, held: HeldPlan) -> tuple[Sending | None, Sending | None]:
    """The sending that has this plan, and the only one that waits for one like it: signed
    over this connection, for the patient it was made for, with a product in common."""
    sendings = Sending.objects.select_related(
        "connection", "plan__patient", "plan__clinician", "practice"
    ).filter(practice_id=connection.practice_id, vendor=connection.vendor)
    known = sendings.filter(vendor_plan_id=held.id).first()
    patients = PatientLink.objects.filter(
        practice_id=connection.practice_id,
        vendor=connection.vendor,
        account_id=connection.account_id,
        vendor_patient_id=held.patient_id,
        unlinked_at__isnull=True,
    ).values("patient_id")
    skus = {line.sku for line in held.lines}
    waiting = [
        sending
        for sending in sendings.filter(
            state=State.HAND_OVER, connection=connection, plan__patient_id__in=patients
        )
        if skus & {line.line.sku for line in read_back.part_of(sending).lines}
    ]
    return known, waiting[0] if len(waiting) == 1 else None


def follow(sending: Sending, held: HeldPlan, now: dt.datetime) -> None:
    """Keeps the vendor's word for the plan's state, and how it differs by now; what is new
    is noted."""
    cancelled = held.state == "cancelled" and sending.raw_state != held.raw_state
    with tenancy.unit():
        differences = read_back.differences(sending, held)
        changed = not cancelled and differences != sending.differences
        sending.raw_state = held.raw_state[:60]
        sending.differences = differences
        sending.checked_at = now
        sending.save(update_fields=["raw_state", "differences", "checked_at"])
        if cancelled:
            text = f"Plan cancelled at {sending.label}"
            outcome.note(sending, PatientEvent.Kind.SENDING, text, "cancelled", now)
        elif changed:
            text = f"Plan changed at {sending.label}"
            when = f"changed:{now:%Y%m%dT%H%M%S%f}"
            outcome.note(sending, PatientEvent.Kind.SENDING, text, when, now)
