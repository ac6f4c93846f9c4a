"""What became of one sending: every way an attempt, a look-up or a person may end it.

Each writes the row only while it is still as it was read.
"""

from __future__ import annotations

import datetime as dt
import logging

from django.conf import settings

from practice import audit, connect, rights, tenancy, timeline
from practice.models import PatientEvent
from practice.vendors.contract import Ability, AccessRevoked, BadAnswer, HeldPlan, VendorError
from recommendations import read_back
from recommendations.models import Sending

log = logging.getLogger("regimen.sendings")

RECONNECT_WAIT = dt.timedelta(hours=1)
State = Sending.State
# What the audit trail calls sent, and what came of it. A part that was sent and then read
# back as confirmed was told once.
WENT = {
    State.SENT: "accepted",
    State.CONFIRMED: "accepted",
    State.REFUSED: "refused",
    State.UNKNOWN: "unknown",
}


def settle(sending: Sending, held: HeldPlan, now: dt.datetime) -> bool:
    """The vendor holds it. Where it can be read back at once, it is compared with what was
    signed; elsewhere its status is read by and by. False when the row is not ours any more."""
    mine = change(
        sending,
        state=State.SENT,
        vendor_plan_id=held.id,
        raw_state=held.raw_state[:60],
        link=held.link,
        lease_until=None,
        not_before_at=None if sending.spec.reads_back else next_look(sending, now),
        settled_at=now,
        checked_at=now,
        last_error="",
        request_id="",
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
    except VendorError as error:
        blame(sending, error)
        read_later(sending, now, error)
        return
    if held is None:
        read_later(sending, now, None)
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
        look_ups=0,
        not_before_at=next_look(sending, now) if state == State.CONFIRMED else None,
        told=f"Plan confirmed at {sending.label}" if state == State.CONFIRMED else "",
    )


def next_look(sending: Sending, now: dt.datetime) -> dt.datetime | None:
    """When it is read again, while the plan is young enough to be followed."""
    when = now + sending.spec.gap_after(now - (sending.settled_at or now))
    return when if when <= last_look(sending, now) else None


def last_look(sending: Sending, now: dt.datetime) -> dt.datetime:
    days = sending.spec.follow_days or settings.PLAN_FOLLOW_DAYS
    return (sending.settled_at or now) + dt.timedelta(days=days)


def read_later(
    sending: Sending, now: dt.datetime, error: VendorError | None, gap: dt.timedelta | None = None
) -> None:
    """It is there, and could not be read: again at growing gaps, later once a day. What was
    held back to ask less of the vendor is no attempt."""
    waits, looked = settings.PLAN_READ_WAITS, sending.look_ups
    if getattr(error, "held_back", False):
        gap = dt.timedelta(seconds=getattr(error, "retry_after", None) or waits[0])
    elif gap is None and looked < len(waits):
        gap, looked = dt.timedelta(seconds=waits[looked]), looked + 1
    gap = gap or dt.timedelta(days=1)
    if sending.spec.look_gaps:  # never more often than a plan of that age is read
        gap = max(gap, sending.spec.gap_after(now - (sending.settled_at or now)))
    when = now + gap
    change(
        sending,
        look_ups=looked,
        lease_until=None,
        not_before_at=when if when <= last_look(sending, now) else None,
        last_error=f"{sending.label} has it, and could not be read back. Trying again by itself.",
    )


def may_be_done(error: VendorError) -> bool:
    """Whether a change may have happened at the vendor although it did not say so."""
    return isinstance(error, BadAnswer) or bool(getattr(error, "maybe_done", False))


def blame(sending: Sending, error: VendorError) -> None:
    """The next outcome names the vendor's own number of the call that failed."""
    sending.request_id = error.request_id[:128]


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


def ask_a_person(sending: Sending, now: dt.datetime, why: str, question: str = "") -> None:
    """`question` for what was held back and needs the clinician's word; '' for what may have
    arrived, and is to be looked for."""
    change(
        sending,
        state=State.NEEDS_REVIEW,
        question=question,
        lease_until=None,
        not_before_at=None,
        last_error=why,
        told=f"The plan at {sending.label} needs a look",
        at=now,
    )


def wait(sending: Sending, now: dt.datetime, error) -> None:
    """Nothing was sent: later again, at growing gaps, never before the vendor allows it. What
    was held back to ask less of the vendor was no attempt."""
    gap, attempts = getattr(error, "retry_after", None) or 0, sending.attempts
    if getattr(error, "held_back", False) and sending.state == State.SENDING:
        attempts -= 1
    else:
        gap = max(gap, min(300, 5 * 2 ** min(attempts, 6)))
    state = State.UNKNOWN if sending.state == State.UNKNOWN else State.QUEUED
    change(
        sending,
        state=state,
        attempts=attempts,
        lease_until=None,
        not_before_at=now + dt.timedelta(seconds=gap),
        last_error=f"{sending.label} is not available. Trying again by itself.",
    )


def stop(sending: Sending, refusal: AccessRevoked, now: dt.datetime) -> None:
    """Our access is gone. A right that was taken away does not come back by connecting
    again: a person chooses another road, or asks the vendor. The 403 sent nothing."""
    if refusal.missing:
        wait_for_reconnect(sending, now, rights.explain(refusal))
    elif refusal.status != 403:
        wait_for_reconnect(sending, now)
    elif sending.state == State.UNKNOWN:
        ask_a_person(sending, now, f"{sending.label} no longer lets Regimen look it up.")
    else:
        words = f"{sending.label} does not let Regimen send plans (any more)."
        if offers_frame(sending):
            words += f" Activate it in {sending.label}'s own frame instead."
        refuse(sending, words, (), now)


def wait_for_reconnect(sending: Sending, now: dt.datetime, why: str = "") -> None:
    why = why or f"The connection to {sending.label} has ended. Connect it again."
    state = State.UNKNOWN if sending.state == State.UNKNOWN else State.QUEUED
    change(
        sending,
        state=state,
        lease_until=None,
        not_before_at=now + RECONNECT_WAIT,
        last_error=f"{why} The plan then goes out by itself.",
    )


def offers_frame(sending: Sending) -> bool:
    """Whether a part that was refused may be activated in the vendor's own frame."""
    return sending.road == Sending.Road.API and connect.offers(
        sending.vendor, Ability.PLAN_BY_HAND_OVER
    )


def change(sending: Sending, *, told: str = "", at: dt.datetime | None = None, **values) -> bool:
    """Writes an outcome and notes it for the patient (`told`, as of `at`), in one unit. The
    vendor's request id is written as `blame` left it.

    False, and nothing is written, when the row is no longer as `sending` was read: a worker
    that was thought dead must not overwrite what was found out since.
    """
    before = sending.state
    values.setdefault("request_id", sending.request_id)
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
        note_sent(sending, before)
        if told:
            when = at or values.get("settled_at") or sending.attempted_at
            note(sending, PatientEvent.Kind.SENDING, told, sending.state, when)
    return True


def note_sent(sending: Sending, before: str) -> None:
    """Has the audit trail say that the plan left for a vendor, and what came of it."""
    went = WENT.get(sending.state)
    if went is None or went == WENT.get(before):
        return
    audit.note(
        audit.Action.SENT,
        practice_id=sending.practice_id,
        kind=sending._meta.label_lower,
        object_id=sending.pk,
        patient_id=sending.plan.patient_id,
        vendor=sending.vendor,
        road=sending.road,
        outcome=went,
        signed_by_id=sending.plan.signed_by_id,
    )


def note(
    sending: Sending,
    kind,
    text: str,
    what: str,
    now: dt.datetime,
    by: str = "",
    detail: str = "",
) -> None:
    timeline.note(
        sending.plan.patient,
        kind,
        text,
        source=f"sending:{sending.pk}:{what}:{sending.attempts}",
        happened_at=now,
        by=by,
        detail=detail,
        view_name="recommendations:plan-review",
        object_id=sending.plan_id,
    )
