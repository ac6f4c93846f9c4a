"""Sending a signed plan's parts, each once (design 5, Send).

    queued ─claim→ sending ─answer→ sent │ refused
                      └─no answer→ unknown ─look-up→ sent │ needs review

It goes as it was signed or not at all: where it would read otherwise by now, or a new patient needs
a referral code that nobody chose, nothing is sent and the clinician is asked (`Sending.Question`).
A part whose outcome is unknown is looked up at the vendor and never sent again by itself.
Nothing here runs inside a unit: the vendor is called between units.
"""

from __future__ import annotations

import dataclasses
import datetime as dt

from django.conf import settings
from django.db.models import F

from practice import budget, connect, tenancy
from practice.vendors.contract import (
    AccessRevoked,
    BadAnswer,
    HeldPlan,
    OutgoingPlan,
    PatientStanding,
    ReferralCode,
    Refused,
    Unavailable,
    VendorError,
)
from recommendations import outcome, outgoing, whose_patient
from recommendations.models import Sending

State, Question = Sending.State, Sending.Question
REWORDED = "What may be written at {label} has changed since this was signed. It was not sent."


def attempt(sending_id: int, now: dt.datetime) -> None:
    """Claims a queued part and sends it. Does nothing when somebody else has it."""
    claimed = claim(sending_id, now)
    if claimed is None:
        return
    sending, plan = claimed
    if outgoing.rewordings(sending, plan):
        outcome.ask_a_person(sending, now, REWORDED.format(label=sending.label), Question.WORDS)
        return
    plan = as_it_may_go(sending, plan, now)
    if plan is None:
        return
    try:
        held = connect.call(sending.connection, lambda client: sending.spec.send(client, plan))
    except VendorError as error:
        outcome.blame(sending, error)
        failed(sending, plan, error, now)
    else:
        arrived(sending, held, now)


def failed(sending: Sending, plan: OutgoingPlan, error: VendorError, now: dt.datetime) -> None:
    if isinstance(error, Refused):
        words = whose_patient.why_refused(sending, plan.patient.email, error)
        outcome.refuse(sending, *words, now)
    elif isinstance(error, AccessRevoked):
        outcome.stop(sending, error, now)
    elif isinstance(error, Unavailable) and not error.maybe_done:
        outcome.wait(sending, now, error)
    else:
        outcome.lose_sight(sending, now)


def arrived(sending: Sending, held: HeldPlan, now: dt.datetime) -> None:
    """The vendor's yes is a fact, also when it comes after our lease ran out and the part
    was looked up, or sent once more, meanwhile."""
    while not outcome.settle(sending, held, now):
        with tenancy.unit():
            sending.refresh_from_db(fields=["state", "attempts", "lease_until", "vendor_plan_id"])
        if sending.vendor_plan_id == held.id:
            return
        if sending.vendor_plan_id:
            twice = f"{sending.label} holds this twice: {sending.vendor_plan_id} and {held.id}."
            outcome.change(sending, last_error=twice, told=twice, at=now)
            return


def as_it_may_go(sending: Sending, plan: OutgoingPlan, now: dt.datetime) -> OutgoingPlan | None:
    """Some vendors refuse a patient who is registered with somebody else: asked before
    anything is sent. Of a vendor that was away a moment ago something is read first, for a
    plan that met its 503 might be there or not. When the answer is no, or none, the part's
    state says so. A patient who is known by now needs no referral code; for a new one without,
    where the practitioner has codes, one is to be chosen."""
    if not sending.spec.can_refuse_patient and not budget.is_doubtful(sending.vendor):
        return plan
    try:
        standing, codes = connect.call(
            sending.connection, lambda client: ask(client, sending, plan)
        )
    except (Unavailable, BadAnswer) as error:
        outcome.blame(sending, error)
        outcome.wait(sending, now, error)
        return None
    except AccessRevoked as refusal:
        outcome.blame(sending, refusal)
        outcome.stop(sending, refusal, now)
        return None
    except Refused as refusal:
        outcome.blame(sending, refusal)
        outcome.refuse(sending, refusal.message, refusal.details, now)
        return None
    budget.back(sending.vendor)
    if standing == PatientStanding.ELSEWHERE:
        outcome.refuse(sending, whose_patient.ELSEWHERE.format(label=sending.label), (), now)
        return None
    if codes and not plan.referral:
        why = whose_patient.CODE_WANTED.format(label=sending.label)
        outcome.ask_a_person(sending, now, why, Question.REFERRAL)
        return None
    if standing == PatientStanding.KNOWN:
        return dataclasses.replace(plan, referral=None)
    return plan


def ask(
    client, sending: Sending, plan: OutgoingPlan
) -> tuple[PatientStanding | None, tuple[ReferralCode, ...]]:
    if sending.spec.can_refuse_patient:
        return whose_patient.asked_of(client, plan.patient.email)
    sending.spec.probe(client, sending.connection.tokens())
    return None, ()


def claim(sending_id: int, now: dt.datetime) -> tuple[Sending, OutgoingPlan] | None:
    with tenancy.unit():
        mine = (
            Sending.objects.filter(pk=sending_id, state=State.QUEUED)
            .due(now)
            .update(
                state=State.SENDING,
                attempted_at=now,
                attempts=F("attempts") + 1,
                lease_until=now + dt.timedelta(seconds=settings.LEASE_SECONDS),
            )
        )
        return outgoing.load(sending_id) if mine else None
