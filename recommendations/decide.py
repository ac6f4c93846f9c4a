"""What a person decides about a part that did not go through by itself."""

from __future__ import annotations

import datetime as dt

from practice import tenancy
from practice.models import Membership, PatientEvent
from practice.vendors.contract import HeldPlan
from recommendations import outcome, outgoing
from recommendations.models import Sending
from recommendations.sign import NotReady

State = Sending.State


def hand_over_instead(sending: Sending, by: Membership, now: dt.datetime) -> None:
    """What was refused by API is activated in the vendor's frame. Raises NotReady."""
    if sending.state != State.REFUSED or not outcome.offers_frame(sending):
        raise NotReady(["This part cannot be handed over."])
    by_hand = {"road": Sending.Road.HAND_OVER, "state": State.HAND_OVER}
    if not outcome.change(sending, **by_hand, last_error="", settled_at=None):
        raise NotReady(["This was decided meanwhile."])
    text = f"To be activated at {sending.label}"
    outcome.note(sending, PatientEvent.Kind.SENDING, text, "by-hand", now, by=by.name)


def send_again(sending: Sending, by: Membership, now: dt.datetime) -> None:
    """A person looked at the vendor and found nothing: it may go once more. Raises NotReady."""
    if sending.state not in (State.NEEDS_REVIEW, State.REFUSED):
        raise NotReady(["This part is not waiting for a decision."])
    what = f"again:{sending.attempts}"
    if not outcome.change(sending, state=State.QUEUED, look_ups=0, not_before_at=None):
        raise NotReady(["This was decided meanwhile."])
    outcome.note(sending, PatientEvent.Kind.SENDING, "Sending again", what, now, by=by.name)


def it_is_there(sending: Sending, held: HeldPlan | None, now: dt.datetime) -> None:
    """A person gave the number of the plan at the vendor, where it was read as `held`: it
    must be this patient's, and no other sending's. Raises NotReady."""
    if sending.state != State.NEEDS_REVIEW:
        raise NotReady(["This part is not waiting for a decision."])
    with tenancy.unit():
        plan = outgoing.load(sending.pk)[1]
        taken = held and (
            Sending.objects.for_practice(sending.practice)
            .filter(vendor=sending.vendor, vendor_plan_id=held.id)
            .exists()
        )
    if held is None or not outgoing.is_for(plan.patient, held):
        raise NotReady([f"{sending.label} shows no plan for this patient under that number."])
    if taken:
        raise NotReady(["That number belongs to another plan that was sent from here."])
    if not outcome.settle(sending, held, now):
        raise NotReady(["This was decided meanwhile."])
