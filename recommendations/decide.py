"""What a person decides about a part that did not go through by itself."""

from __future__ import annotations

import datetime as dt

from practice import tenancy
from practice.models import Membership, PatientEvent
from practice.vendors.contract import HeldPlan, ReferralCode
from recommendations import outcome, outgoing
from recommendations.models import Sending
from recommendations.sign import NotReady

State, Question = Sending.State, Sending.Question
UNSETTLED = (State.UNKNOWN, State.NEEDS_REVIEW)


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


def sign_reworded(sending: Sending, seen: list[str], by: Membership, now: dt.datetime) -> None:
    """What was held back since it would not read as it was signed goes as it reads now; `seen`
    are the words of the changed lines that the clinician was shown. Raises NotReady."""
    _require_question(sending, Question.WORDS)
    with tenancy.unit():
        plan = outgoing.load(sending.pk)[1]
    changed = [now_so for _, _, now_so in outgoing.rewordings(sending, plan)]
    if problems := [problem for wording in changed for problem in wording.problems]:
        raise NotReady(problems)
    if [wording.text for wording in changed] != seen:
        raise NotReady(["It reads otherwise again by now. Look at it once more."])
    fingerprint = sending.spec.fingerprint
    _let_go(
        sending,
        reviewed=[sending.spec.wording(line).text for line in plan.lines],
        fingerprint=fingerprint(plan) if fingerprint else "",
    )
    text = f"Signed again for {sending.label}"
    outcome.note(sending, PatientEvent.Kind.PLAN, text, "signed-again", now, by=by.name)


def give_code(
    sending: Sending, code: ReferralCode | None, by: Membership, now: dt.datetime
) -> None:
    """What was held back for want of a referral code goes with this one; with None where the
    vendor wants none any more. Raises NotReady."""
    _require_question(sending, Question.REFERRAL)
    _let_go(
        sending,
        referral_code=code.code if code else "",
        referral_name=code.name if code else "",
    )
    text = f"Referral code chosen for {sending.label}"
    outcome.note(sending, PatientEvent.Kind.SENDING, text, "referral", now, by=by.name)


def it_is_there(sending: Sending, held: HeldPlan | None, now: dt.datetime) -> None:
    """A person gave the number of the plan at the vendor, where it was read as `held`: it
    must be this patient's, and no other sending's. Raises NotReady."""
    if sending.state not in UNSETTLED:
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


def look_up_again(sending: Sending, now: dt.datetime) -> None:
    """The vendor is to be asked once more, from the first look; nothing is sent. The caller
    nudges `tasks.look_up`. Raises NotReady."""
    _require_unsettled(sending, now)
    if not outcome.change(
        sending, state=State.UNKNOWN, look_ups=0, not_before_at=None, lease_until=None
    ):
        raise NotReady(["This was decided meanwhile."])


def it_is_not_there(sending: Sending, by: str, now: dt.datetime) -> None:
    """A person looked at the vendor and found nothing: it is settled as not sent. Whether it
    goes once more is the clinician's to decide (`send_again`). Raises NotReady."""
    _require_unsettled(sending, now)
    words = (
        f"{by} looked at {sending.label} and found no such plan. "
        "Send it again when that is still right."
    )
    settled = {"state": State.REFUSED, "settled_at": now, "last_error": words}
    if not outcome.change(sending, **settled, lease_until=None, not_before_at=None):
        raise NotReady(["This was decided meanwhile."])
    text = f"The plan did not reach {sending.label}"
    outcome.note(sending, PatientEvent.Kind.SENDING, text, "not-there", now, by=by)


def _require_question(sending: Sending, question: str) -> None:
    if (sending.state, sending.question) != (State.NEEDS_REVIEW, question):
        raise NotReady(["This part is not waiting for a decision."])


def _let_go(sending: Sending, **values) -> None:
    waiting = {"state": State.QUEUED, "question": "", "last_error": "", "not_before_at": None}
    if not outcome.change(sending, **waiting, **values):
        raise NotReady(["This was decided meanwhile."])


def _require_unsettled(sending: Sending, now: dt.datetime) -> None:
    if sending.state not in UNSETTLED:
        raise NotReady(["This part is not waiting for a decision."])
    if sending.lease_until and sending.lease_until > now:
        raise NotReady(["A worker is looking it up at this moment."])
