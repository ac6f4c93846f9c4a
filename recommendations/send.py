"""Sending a signed plan's parts, each once (design 5, Send).

    queued ─claim→ sending ─answer→ sent │ refused
                      └─no answer→ unknown ─look-up→ sent │ needs review

A part whose outcome is unknown is looked up at the vendor and never sent again by itself.
Nothing here runs inside a unit: the vendor is called between units.
"""

from __future__ import annotations

import datetime as dt
import logging
from decimal import Decimal

from django.conf import settings
from django.db.models import F, Q

from practice import connect, tenancy, timeline
from practice.models import Membership, PatientEvent
from practice.vendors.contract import (
    Ability,
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
from recommendations import outgoing, read_back
from recommendations.models import Plan, Sending

log = logging.getLogger("regimen.sendings")

AGAIN_WITHIN = dt.timedelta(hours=24)
RECONNECT_WAIT = dt.timedelta(hours=1)
ELSEWHERE = "This patient cannot be linked. Ask the patient to contact {label}."
State = Sending.State


class NotReady(Exception):
    """The plan cannot be signed as it is. `problems` are sentences for the clinician."""

    def __init__(self, problems: list[str]):
        super().__init__("; ".join(problems))
        self.problems = problems


def queue(
    plan: Plan,
    by: Membership,
    now: dt.datetime,
    *,
    referrals: dict[str, ReferralCode] | None = None,
    packs_confirmed: bool = False,
    again: bool = False,
) -> list[Sending]:
    """Signs `plan` and makes one Sending per vendor, in the caller's unit. Raises NotReady.

    `referrals` holds the code chosen for a patient who is new to a vendor, by vendor key.
    `again` confirms that the same thing was sent within a day and is wanted once more.
    """
    plan = Plan.objects.select_for_update().get(pk=plan.pk)
    parts = outgoing.parts(plan)
    problems = [problem for part in parts for problem in part.problems]
    if not plan.is_draft:
        problems = ["This plan is signed already."]
    elif not parts:
        problems = ["The plan is empty. Add a product first."]
    elif any(part.holds_packs for part in parts) and not packs_confirmed:
        problems.append("Confirm the number of pills in each packet.")
    if plan.clinician_id != by.pk:
        problems.append(f"Only {plan.clinician.name} can sign this plan.")
    if problems:
        raise NotReady(problems)
    sendings = []
    for part in parts:
        referral = (referrals or {}).get(part.vendor.key)
        sending = Sending(
            practice_id=plan.practice_id,
            plan=plan,
            vendor=part.vendor.key,
            connection=part.connection,
            road=part.road,
            state=State.HAND_OVER if part.is_by_hand else State.QUEUED,
            referral_code=referral.code if referral else "",
            referral_name=referral.name if referral else "",
        )
        if part.vendor.fingerprint:
            sending.fingerprint = part.vendor.fingerprint(
                outgoing.of_part(plan, part, our_id=sending.reference)
            )
            if not again and (twin := twin_of(sending, now)):
                raise NotReady(
                    [f"The same was sent to {part.vendor.label} at {sent_at(twin)}. Send again?"]
                )
        sendings.append(sending)
    # Only once no part can stop the signing any more: a row is sent by whoever finds it.
    for sending in sendings:
        sending.save()
    plan.sign(by, now)
    note(sendings[0], PatientEvent.Kind.PLAN, "Plan signed", "signed", now, by=by.name)
    return sendings


def twin_of(sending: Sending, now: dt.datetime) -> Sending | None:
    """An equal part sent over the same connection within a day (WholeScripts reference 10.7)."""
    return (
        Sending.objects.filter(
            practice_id=sending.practice_id,
            connection_id=sending.connection_id,
            fingerprint=sending.fingerprint,
            created_at__gte=now - AGAIN_WITHIN,
        )
        .exclude(state=State.REFUSED)
        .first()
    )


def sent_at(sending: Sending) -> str:
    zone = sending.practice.zone
    return (sending.settled_at or sending.created_at).astimezone(zone).strftime("%-I:%M %p")


def attempt(sending_id: int, now: dt.datetime) -> None:
    """Claims a queued part and sends it. Does nothing when somebody else has it."""
    claimed = claim(sending_id, now)
    if claimed is None:
        return
    sending, plan = claimed
    if not may_go(sending, plan, now):
        return
    try:
        held = connect.call(sending.connection, lambda client: sending.spec.send(client, plan))
    except Refused as refusal:
        refuse(sending, refusal.message, refusal.details, now)
    except AccessRevoked as refusal:
        stop(sending, refusal, now)
    except Unavailable as error:
        if error.maybe_done:
            lose_sight(sending, now)
        else:
            wait(sending, now, error)
    except BadAnswer:
        lose_sight(sending, now)
    else:
        arrived(sending, held, now)


def arrived(sending: Sending, held: HeldPlan, now: dt.datetime) -> None:
    """The vendor's yes is a fact, also when it comes after our lease ran out and the part
    was looked up, or sent once more, meanwhile."""
    while not settle(sending, held, now):
        with tenancy.unit():
            sending.refresh_from_db(fields=["state", "attempts", "lease_until", "vendor_plan_id"])
        if sending.vendor_plan_id == held.id:
            return
        if sending.vendor_plan_id:
            twice = f"{sending.label} holds this twice: {sending.vendor_plan_id} and {held.id}."
            change(sending, last_error=twice, told=twice, at=now)
            return


def may_go(sending: Sending, plan: OutgoingPlan, now: dt.datetime) -> bool:
    """Some vendors refuse a patient who is registered with somebody else: asked before
    anything is sent. When the answer is no, or none, the part's state says so."""
    if not sending.spec.can_refuse_patient:
        return True
    try:
        standing, _ = connect.call(
            sending.connection, lambda client: client.patient_standing(plan.patient.email)
        )
    except (Unavailable, BadAnswer) as error:
        wait(sending, now, error)
        return False
    except AccessRevoked as refusal:
        stop(sending, refusal, now)
        return False
    except Refused as refusal:
        refuse(sending, refusal.message, refusal.details, now)
        return False
    if standing == PatientStanding.ELSEWHERE:
        refuse(sending, ELSEWHERE.format(label=sending.label), (), now)
        return False
    return True


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
        return load(sending_id) if mine else None


def load(sending_id: int) -> tuple[Sending, OutgoingPlan]:
    """The row, and the plan's part exactly as it was signed."""
    sending = Sending.objects.select_related(
        "connection", "plan__patient", "plan__clinician", "practice"
    ).get(pk=sending_id)
    part = next(part for part in outgoing.parts(sending.plan) if part.vendor.key == sending.vendor)
    part.connection = sending.connection
    referral = None
    if sending.referral_code:
        referral = ReferralCode(sending.referral_code, sending.referral_name, Decimal(0))
    plan = outgoing.of_part(sending.plan, part, our_id=sending.reference, referral=referral)
    return sending, plan


def look_up(sending_id: int, now: dt.datetime) -> None:
    """Looks for a part whose outcome is unknown among what the vendor holds."""
    lease = now + dt.timedelta(seconds=settings.LEASE_SECONDS)
    with tenancy.unit():
        free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
        mine = (
            Sending.objects.filter(free, pk=sending_id, state=State.UNKNOWN)
            .due(now)
            .update(lease_until=lease)
        )
        if not mine:
            return
        sending, plan = load(sending_id)
    try:
        candidates = connect.call(
            sending.connection,
            lambda client: sending.spec.look_up(client, plan, sending.attempted_at),
        )
    except (Unavailable, BadAnswer) as error:
        wait(sending, now, error)
    except Refused:
        not_found(sending, now)
    except AccessRevoked as refusal:
        stop(sending, refusal, now)
    else:
        judge(sending, candidates, now)


def judge(sending: Sending, candidates: tuple[HeldPlan, ...], now: dt.datetime) -> None:
    """One candidate that no other sending has: that is it. None: later again. Several: a
    person decides."""
    with tenancy.unit():
        taken = set(
            Sending.objects.filter(
                practice_id=sending.practice_id,
                vendor=sending.vendor,
                vendor_plan_id__in=[held.id for held in candidates],
            ).values_list("vendor_plan_id", flat=True)
        )
    found = [held for held in candidates if held.id not in taken]
    if len(found) == 1:
        settle(sending, found[0], now)
    elif found:
        ask_a_person(sending, now, f"{len(found)} recommendations there could be this one.")
    else:
        not_found(sending, now)


def not_found(sending: Sending, now: dt.datetime) -> None:
    waits = settings.LOOK_UP_WAITS
    looked = sending.look_ups + 1
    if looked >= len(waits):
        label = sending.label
        ask_a_person(sending, now, f"{label} shows nothing of it after {looked} looks.")
    else:
        change(
            sending,
            look_ups=looked,
            lease_until=None,
            not_before_at=now + dt.timedelta(seconds=waits[looked]),
        )


# --- What an attempt may end in


def settle(sending: Sending, held: HeldPlan, now: dt.datetime) -> bool:
    """The vendor holds it. Where it can be read back, it is compared with what was signed.
    False when the row is not ours any more."""
    mine = change(
        sending,
        state=State.SENT,
        vendor_plan_id=held.id,
        raw_state=held.raw_state[:60],
        link=held.link,
        lease_until=None,
        not_before_at=None,
        settled_at=now,
        checked_at=now,
        last_error="",
        told=f"Plan sent to {sending.label}",
    )
    if mine and sending.spec.reads_back:
        confirm(sending, now)
    return mine


def confirm(sending: Sending, now: dt.datetime) -> None:
    """Reads a sent part back. It stays sent where that fails: the vendor said it has it."""
    try:
        held = connect.call(
            sending.connection,
            lambda client: sending.spec.read(
                client, sending.vendor_plan_id, sending.connection.email
            ),
        )
    except VendorError:
        held = None
    if held is None:
        change(sending, last_error=f"{sending.label} has it, and could not be read back.")
        return
    with tenancy.unit():
        differences = read_back.differences(sending, held)
    state = read_back.state_of(held)
    change(
        sending,
        state=state,
        differences=differences,
        raw_state=held.raw_state[:60],
        link=held.link or sending.link,
        settled_at=sending.settled_at,
        checked_at=now,
        told=f"Plan confirmed at {sending.label}" if state == State.CONFIRMED else "",
    )


def refuse(sending: Sending, message: str, details: tuple[str, ...], now: dt.datetime) -> None:
    reasons = list(dict.fromkeys(filter(None, (message, *details))))
    change(
        sending,
        state=State.REFUSED,
        lease_until=None,
        settled_at=now,
        last_error="\n".join(reasons) or f"{sending.label} gave no reason.",
        told=f"{sending.label} refused the plan",
    )


def lose_sight(sending: Sending, now: dt.datetime) -> None:
    """It may have arrived: look it up, never send it again by itself."""
    change(
        sending,
        state=State.UNKNOWN,
        lease_until=None,
        not_before_at=now + dt.timedelta(seconds=settings.LOOK_UP_WAITS[0]),
        last_error=f"{sending.label} did not confirm. Looking it up there.",
    )


def ask_a_person(sending: Sending, now: dt.datetime, why: str) -> None:
    change(
        sending,
        state=State.NEEDS_REVIEW,
        lease_until=None,
        not_before_at=None,
        last_error=why,
        told=f"The plan at {sending.label} needs a look",
        at=now,
    )


def wait(sending: Sending, now: dt.datetime, error) -> None:
    """Nothing was sent: later again, at growing gaps, never before the vendor allows it."""
    gap = max(getattr(error, "retry_after", None) or 0, min(300, 5 * 2 ** min(sending.attempts, 6)))
    state = State.UNKNOWN if sending.state == State.UNKNOWN else State.QUEUED
    change(
        sending,
        state=state,
        lease_until=None,
        not_before_at=now + dt.timedelta(seconds=gap),
        last_error=f"{sending.label} is not available. Trying again by itself.",
    )


def stop(sending: Sending, refusal: AccessRevoked, now: dt.datetime) -> None:
    """Our access is gone. A right that was taken away does not come back by connecting
    again: a person chooses another road, or asks the vendor. The 403 sent nothing."""
    if refusal.status != 403:
        wait_for_reconnect(sending, now)
    elif sending.state == State.UNKNOWN:
        ask_a_person(sending, now, f"{sending.label} no longer lets Regimen look it up.")
    else:
        words = f"{sending.label} does not let Regimen send plans (any more)."
        if offers_frame(sending):
            words += f" Activate it in {sending.label}'s own frame instead."
        refuse(sending, words, (), now)


def wait_for_reconnect(sending: Sending, now: dt.datetime) -> None:
    state = State.UNKNOWN if sending.state == State.UNKNOWN else State.QUEUED
    change(
        sending,
        state=state,
        lease_until=None,
        not_before_at=now + RECONNECT_WAIT,
        last_error=f"The connection to {sending.label} has ended. Connect it again; "
        "the plan then goes out by itself.",
    )


def change(sending: Sending, *, told: str = "", at: dt.datetime | None = None, **values) -> bool:
    """Writes an outcome and notes it for the patient (`told`, as of `at`), in one unit.

    False, and nothing is written, when the row is no longer as `sending` was read: a worker
    that was thought dead must not overwrite what was found out since.
    """
    with tenancy.unit():
        mine = Sending.objects.filter(
            pk=sending.pk,
            state=sending.state,
            attempts=sending.attempts,
            lease_until=sending.lease_until,
        ).update(**values)
        if not mine:
            log.warning("sending_lost", extra={"sending": sending.pk})
            return False
        for name, value in values.items():
            setattr(sending, name, value)
        if told:
            when = at or values.get("settled_at") or sending.attempted_at
            note(sending, PatientEvent.Kind.SENDING, told, sending.state, when)
    return True


def note(sending: Sending, kind, text: str, what: str, now: dt.datetime, by: str = "") -> None:
    timeline.note(
        sending.plan.patient,
        kind,
        text,
        source=f"sending:{sending.pk}:{what}:{sending.attempts}",
        happened_at=now,
        by=by,
        view_name="recommendations:plan-review",
        object_id=sending.plan_id,
    )


# --- What a sweep finds


def recover(now: dt.datetime) -> None:
    """A part claimed by a worker that died may have arrived: it becomes unknown. Runs in
    the all-practices scope."""
    with tenancy.unit():
        Sending.objects.filter(state=State.SENDING, lease_until__lt=now).update(
            state=State.UNKNOWN,
            lease_until=None,
            not_before_at=now,
            last_error="Sending was interrupted. Looking it up there.",
        )


def due(now: dt.datetime, state: str, limit: int = 500) -> list[tuple[int, int]]:
    """(practice id, sending id) of rows in `state` whose time has come."""
    with tenancy.unit():
        free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
        return list(
            Sending.objects.filter(free, state=state)
            .due(now)
            .order_by("not_before_at", "id")
            .values_list("practice_id", "pk")[:limit]
        )


def resume(connection) -> None:
    """Parts that waited for a reconnect may go now."""
    Sending.objects.filter(connection=connection, state__in=[State.QUEUED, State.UNKNOWN]).update(
        not_before_at=None
    )


# --- What a person decides


def offers_frame(sending: Sending) -> bool:
    """Whether a part that was refused may be activated in the vendor's own frame."""
    return sending.road == Sending.Road.API and connect.offers(
        sending.vendor, Ability.PLAN_BY_HAND_OVER
    )


def hand_over_instead(sending: Sending, by: Membership, now: dt.datetime) -> None:
    """What was refused by API is activated in the vendor's frame. Raises NotReady."""
    if sending.state != State.REFUSED or not offers_frame(sending):
        raise NotReady(["This part cannot be handed over."])
    by_hand = {"road": Sending.Road.HAND_OVER, "state": State.HAND_OVER}
    if not change(sending, **by_hand, last_error="", settled_at=None):
        raise NotReady(["This was decided meanwhile."])
    text = f"To be activated at {sending.label}"
    note(sending, PatientEvent.Kind.SENDING, text, "by-hand", now, by=by.name)


def send_again(sending: Sending, by: Membership, now: dt.datetime) -> None:
    """A person looked at the vendor and found nothing: it may go once more. Raises NotReady."""
    if sending.state not in (State.NEEDS_REVIEW, State.REFUSED):
        raise NotReady(["This part is not waiting for a decision."])
    what = f"again:{sending.attempts}"
    if not change(sending, state=State.QUEUED, look_ups=0, not_before_at=None):
        raise NotReady(["This was decided meanwhile."])
    note(sending, PatientEvent.Kind.SENDING, "Sending again", what, now, by=by.name)


def it_is_there(sending: Sending, held: HeldPlan | None, now: dt.datetime) -> None:
    """A person gave the number of the plan at the vendor, where it was read as `held`: it
    must be this patient's, and no other sending's. Raises NotReady."""
    if sending.state != State.NEEDS_REVIEW:
        raise NotReady(["This part is not waiting for a decision."])
    with tenancy.unit():
        plan = load(sending.pk)[1]
        taken = held and (
            Sending.objects.for_practice(sending.practice)
            .filter(vendor=sending.vendor, vendor_plan_id=held.id)
            .exists()
        )
    if held is None or not outgoing.is_for(plan.patient, held):
        raise NotReady([f"{sending.label} shows no plan for this patient under that number."])
    if taken:
        raise NotReady(["That number belongs to another plan that was sent from here."])
    if not settle(sending, held, now):
        raise NotReady(["This was decided meanwhile."])
