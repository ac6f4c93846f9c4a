"""Plans made in a vendor's own frame: opening it, and reading back what was made.

What the browser says of the frame is a hint: only the plan's id is taken from it, and the
plan is fetched as the clinician before anything is believed.
"""

from __future__ import annotations

import datetime as dt

from practice import connect, likeness, link, tenancy
from practice.models import Connection, Membership, Patient, PatientLink
from practice.vendors.contract import HeldPlan
from recommendations import history, outcome, read_back
from recommendations.models import Sending

State = Sending.State
# Our clock and the vendor's may differ by so much.
SKEW = dt.timedelta(minutes=5)
Evidence = PatientLink.Evidence


class NotBelieved(Exception):
    """The plan that was read back is not this one. `str()` is for the clinician."""


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
    is_by(connection, held)
    is_for(connection, sending.plan.patient, sending.plan.clinician, held, now)
    with tenancy.unit():
        differences = read_back.differences(sending, held)
    with tenancy.unit():
        written = outcome.change(
            sending,
            state=State.CONFIRMED,
            differences=differences,
            vendor_plan_id=held.id,
            raw_state=held.raw_state[:60],
            link=held.link,
            last_error="",
            lease_until=None,
            not_before_at=outcome.next_look(sending, now),
            settled_at=sending.settled_at or now,
            checked_at=now,
            told=f"Plan confirmed at {sending.label}",
        )
        if written:
            history.leave_out(sending.practice_id, sending.vendor, [held.id])
    if not written:  # the browser and a webhook may tell of it at once
        with tenancy.unit():
            sending.refresh_from_db(fields=["vendor_plan_id"])
        if sending.vendor_plan_id != held.id:
            raise NotBelieved("Another plan was confirmed already.")


def is_by(connection: Connection, held: HeldPlan) -> None:
    """Raises NotBelieved unless `held` is active, and of the connection's practitioner."""
    if held.state != "active":
        raise NotBelieved(f"The plan at {connection.label} is {held.raw_state or 'not active'}.")
    if connection.plans_as and held.practitioner_id != connection.plans_as:
        raise NotBelieved(f"The plan at {connection.label} belongs to another practitioner.")


def is_for(
    connection: Connection, patient: Patient, by: Membership, held: HeldPlan, now: dt.datetime
) -> None:
    """Raises NotBelieved unless `held` was made for `patient`, who is linked to whom the
    clinician chose when nobody was."""
    with tenancy.unit():
        links = PatientLink.objects.filter(
            practice_id=connection.practice_id,
            vendor=connection.vendor,
            account_id=connection.account_id,
            unlinked_at__isnull=True,
        )
        known = links.filter(patient_id=patient.pk).first()
        other = links.filter(vendor_patient_id=held.patient_id).first()
    if known and known.vendor_patient_id != held.patient_id:
        raise NotBelieved(f"The plan at {connection.label} was made for another patient.")
    if other and other.patient_id != patient.pk:
        raise NotBelieved(f"That {connection.label} patient is linked to another of your patients.")
    if known is None:
        meet(connection, patient, by, held, now)


def meet(
    connection: Connection, patient: Patient, by: Membership, held: HeldPlan, now: dt.datetime
) -> None:
    """Links our patient to the one the clinician chose in the frame, when both name the
    same person: name and birth date, never the e-mail alone."""
    theirs = connect.call(connection, lambda client: client.patient(held.patient_id))
    if theirs is None or likeness.of(patient, theirs).contradicts:
        raise NotBelieved(
            f"The patient chosen at {connection.label} does not match {patient.name}. "
            "Check whom the plan was made for."
        )
    try:
        link.make(connection, patient, theirs, Evidence.PLAN, by, now)
    except link.NotLinked as error:
        raise NotBelieved(str(error)) from None


def patient_there(sending: Sending) -> str:
    """The vendor's number of the patient: as linked, or as its page was opened on; '' where
    nobody said."""
    known = PatientLink.objects.filter(
        practice_id=sending.practice_id,
        vendor=sending.vendor,
        account_id=sending.connection.account_id,
        patient_id=sending.plan.patient_id,
        unlinked_at__isnull=True,
    ).first()
    return known.vendor_patient_id if known else sending.there_patient_id


def young_enough(sending: Sending, held: HeldPlan) -> bool:
    """Whether it was made since its page was opened, as far as the vendor says."""
    since = sending.opened_at or sending.created_at
    return held.sent_at is None or held.sent_at >= since - SKEW
