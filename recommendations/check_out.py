"""Paying in the practice: the vendor empties the patient's cart, fills it from the plan, and
says where to pay. It is never asked twice by itself: each time takes away what is in the cart."""

from __future__ import annotations

import datetime as dt

from practice import audit, connect, tenancy
from practice.models import Membership, PatientEvent
from practice.vendors.contract import Ability, VendorError
from recommendations import outcome
from recommendations.models import Sending
from recommendations.sign import NotReady

State = Sending.State
WHERE = "recommendations:sending-checkout"


class Unsure(Exception):
    """Whether the cart was emptied and filled is not known."""

    def __init__(self, request_id: str):
        super().__init__("not known")
        self.request_id = request_id


def is_offered(sending: Sending) -> bool:
    """Whether it is an active plan at a vendor that opens carts."""
    return (
        sending.state == State.CONFIRMED
        and sending.raw_state.lower() == "active"
        and connect.offers(sending.vendor, Ability.CHECKOUT)
    )


def open_cart(sending: Sending, by: Membership, now: dt.datetime) -> str:
    """Where to pay. Raises NotReady, Unsure, and the contract's errors where nothing was done
    there. Not inside a unit."""
    if not is_offered(sending):
        raise NotReady(["Only an active plan can be paid for in the practice."])
    try:
        url = connect.call(
            sending.connection, lambda client: client.open_checkout(sending.vendor_plan_id)
        )
    except VendorError as error:
        if outcome.may_be_done(error):
            _note(sending, by, now, "unknown", "Whether the cart was filled is not known")
            raise Unsure(error.request_id) from None
        raise
    _note(sending, by, now, "filled", "The cart was emptied, and filled from the plan")
    return url


def _note(sending: Sending, by: Membership, now: dt.datetime, came: str, words: str) -> None:
    with tenancy.unit():
        audit.note(
            audit.Action.SENT,
            practice_id=sending.practice_id,
            kind=WHERE,
            object_id=sending.pk,
            patient_id=sending.plan.patient_id,
            vendor=sending.vendor,
            outcome=came,
        )
        when = f"cart:{now:%Y%m%dT%H%M%S%f}"
        text = f"Checkout opened at {sending.label}"
        kind = PatientEvent.Kind.ORDER
        outcome.note(sending, kind, text, when, now, by=by.name, detail=f"{words}.")
