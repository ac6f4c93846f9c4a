"""Stopping a plan at its vendor, and taking what the vendor holds otherwise as right."""

from __future__ import annotations

import datetime as dt

from practice import connect, tenancy
from practice.models import Membership, PatientEvent
from practice.vendors.contract import HeldPlan, Refused, VendorError
from recommendations import follow_up, outcome
from recommendations.models import Sending
from recommendations.sign import NotReady

State = Sending.State
STOPPED = "cancelled"
LOOK_AGAIN = dt.timedelta(seconds=30)


def may_stop(sending: Sending) -> bool:
    """Whether it stands at a vendor that lets plans be cancelled."""
    stands = sending.state in (State.SENT, State.CONFIRMED) and sending.vendor_plan_id
    return bool(stands and sending.spec.can_recall and sending.raw_state.lower() != STOPPED)


def stop(sending: Sending, by: Membership, now: dt.datetime) -> None:
    """Cancels the plan there; one that is cancelled already stays so. Where the answer is
    lost it is read at once, else by itself later. Raises NotReady with what to tell. Not
    inside a unit."""
    if not may_stop(sending):
        raise NotReady(["This part does not stand there any more."])
    with tenancy.unit():
        text = f"{sending.label} was asked to stop the plan"
        when = f"stop:{now:%Y%m%dT%H%M%S%f}"
        outcome.note(sending, PatientEvent.Kind.SENDING, text, when, now, by=by.name)
    try:
        held = connect.call(
            sending.connection, lambda client: client.cancel_plan(sending.vendor_plan_id)
        )
    except VendorError as error:
        outcome.blame(sending, error)
        held = _as_it_is_there(sending)
        if held is None or held.state != STOPPED:
            _say(sending, error, held, now)
    follow_up.follow(sending, held, now)


def _as_it_is_there(sending: Sending) -> HeldPlan | None:
    """A plan may be stopped although the answer was lost, or by somebody else before."""
    try:
        return connect.call(
            sending.connection,
            lambda client: sending.spec.read(
                client, sending.vendor_plan_id, sending.connection.email
            ),
        )
    except VendorError:
        return None


def _say(sending: Sending, error: VendorError, held: HeldPlan | None, now: dt.datetime):
    if held is not None:
        why = error.message if isinstance(error, Refused) else ""
        raise NotReady([f"It is not stopped: {sending.label} still has it. {why}".strip()])
    words = (
        f"{sending.label} did not confirm that the plan is stopped. Regimen looks again by itself."
    )
    outcome.change(sending, not_before_at=now + LOOK_AGAIN, last_error=words)
    raise NotReady([words])


def may_accept(sending: Sending) -> bool:
    """Whether something differs that nobody called right yet."""
    stands = sending.state in (State.SENT, State.CONFIRMED)
    return bool(stands and sending.differences and not sending.accepted_at)


def accept(sending: Sending, by: Membership, now: dt.datetime) -> None:
    """The clinician says that what the vendor holds is right. In the caller's unit. Raises
    NotReady."""
    if not may_accept(sending):
        raise NotReady(["Nothing differs here."])
    if not outcome.change(sending, accepted_at=now, accepted_by=by.name[:120]):
        raise NotReady(["This changed meanwhile. Read it once more."])
    text = f"The plan at {sending.label} is right as it is there"
    when = f"right:{now:%Y%m%dT%H%M%S%f}"
    outcome.note(sending, PatientEvent.Kind.SENDING, text, when, now, by=by.name)
