"""Sending one booking to the courier: at most one parcel, whatever happens on the way.

One order, one request, outside any unit. What certainly made nothing is tried again; what
may have made a parcel is never repeated by itself (ScriptRun reference 5.2).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.conf import settings
from django.db.models import F

from deliveries import courier, follow
from deliveries.models import Delivery
from practice import audit, connect, tenancy, timeline
from practice.models import CourierAccount, PatientEvent
from practice.vendors.contract import (
    AccessRevoked,
    BadAnswer,
    ParcelOrder,
    Refused,
    Unavailable,
    VendorError,
)

# How long the courier's own word is waited for before a person is asked, in seconds.
UNKNOWN_WAIT = settings.COURIER_UNKNOWN_WAIT
LONGEST_WAIT = 300  # seconds between tries that made nothing

State = Delivery.State


@dataclass(frozen=True)
class Taken:
    """A row this worker holds, and all it needs to call outside a unit. `number` counts the
    row's attempts: only the one that still holds the row may record what went wrong."""

    delivery_id: int
    number: int
    account: CourierAccount
    order: ParcelOrder
    today: dt.date


def attempt(delivery_id: int, now: dt.datetime) -> None:
    """Takes the row's next step: books what is to be booked, and gives what was waited for
    long enough to a person. Does nothing when another worker holds it."""
    with tenancy.unit():
        _look_after(delivery_id, now)
        taken = _claim(delivery_id, now)
    if taken is None:
        return
    try:
        answer = connect.courier_client(taken.account).book(taken.order, taken.today)
    except VendorError as error:
        with tenancy.unit():
            _record(taken, error, now)
        return
    with tenancy.unit():
        delivery = follow.accepted(taken.delivery_id, answer.parcel_id, now, answer.warnings)
        note_sent(delivery, "accepted")
        taken.account.note_success(now)


def _claim(delivery_id: int, now: dt.datetime) -> Taken | None:
    ready = Delivery.objects.filter(pk=delivery_id, state=State.READY).due(now)
    found = ready.select_related("practice").first()
    account = found and courier.account_of(found.practice_id)
    if not account or account.state == CourierAccount.State.PAUSED:
        return None
    claimed = ready.update(
        state=State.SENDING,
        lease_until=now + dt.timedelta(seconds=settings.LEASE_SECONDS),
        attempts=F("attempts") + 1,
        attempted_at=now,
    )
    if not claimed:
        return None
    delivery = Delivery.objects.get(pk=delivery_id)
    return Taken(
        delivery_id=delivery_id,
        number=delivery.attempts,
        account=account,
        order=courier.order_of(delivery),
        today=now.astimezone(found.practice.zone).date(),
    )


def _look_after(delivery_id: int, now: dt.datetime) -> None:
    """A worker died while sending: the outcome is unknown. Waited long enough: a person."""
    held = Delivery.objects.select_for_update(of=["self"])
    dead = held.filter(pk=delivery_id, state=State.SENDING, lease_until__lt=now).first()
    if dead:
        dead.lose_sight("The booking broke off before the answer came.", _wait_from(now))
        note_sent(dead, "unknown")
    waited = held.filter(pk=delivery_id, state=State.UNKNOWN, not_before_at__lte=now)
    waited = waited.select_related("patient").first()
    if waited:
        waited.ask_a_person()
        note(waited, f"review:{waited.attempts}", "Courier booking needs a decision", now)


def _record(taken: Taken, error: VendorError, now: dt.datetime) -> None:
    """What an attempt that gave no parcel means for the row, and for the account."""
    delivery = (
        Delivery.objects.select_for_update(of=["self"])
        .select_related("patient")
        .filter(pk=taken.delivery_id, state=State.SENDING, attempts=taken.number)
        .first()
    )
    if delivery:  # otherwise an event, or a person, has settled it meanwhile
        _record_in(delivery, error, now)
    if isinstance(error, AccessRevoked):
        pause(taken.account, error)


def _record_in(delivery: Delivery, error: VendorError, now: dt.datetime) -> None:
    match error:
        case Refused():
            delivery.reject(words_of(error))
            text = f"{courier.LABEL} refused the parcel"
            note(delivery, f"rejected:{delivery.attempts}", text, now)
            note_sent(delivery, "refused")
        case AccessRevoked():
            delivery.put_back(_why_stopped(error), None)
        case BadAnswer() | Unavailable(maybe_done=True):
            delivery.lose_sight(error.message, _wait_from(now))
            note_sent(delivery, "unknown")
        case _:
            delivery.put_back(error.message, now + _pause_after(delivery.attempts, error))


def pause(account: CourierAccount, error: AccessRevoked) -> None:
    """Stops the practice's queue, unless its key was replaced while we were calling."""
    current = CourierAccount.objects.select_for_update().get(pk=account.pk)
    if current.api_key == account.api_key:
        current.pause(_why_stopped(error))


def _why_stopped(error: AccessRevoked) -> str:
    if error.paused:
        return f"{courier.LABEL} says that the plan's limit is reached (402)."
    if error.status == 401:
        return f"{courier.LABEL} does not accept the key (401)."
    return words_of(error)


def _pause_after(number: int, error: VendorError) -> dt.timedelta:
    """The vendor's own wait where it names one, doubling from 5 seconds otherwise."""
    named = getattr(error, "retry_after", None)
    return dt.timedelta(seconds=max(named or 0, min(5 * 2 ** (number - 1), LONGEST_WAIT)))


def _wait_from(now: dt.datetime) -> dt.datetime:
    return now + dt.timedelta(seconds=UNKNOWN_WAIT)


def words_of(error: VendorError) -> str:
    """The courier's own words, a line each."""
    lines = [error.message, *(line for line in error.details if line != error.message)]
    return "\n".join(lines)


def note_sent(delivery: Delivery, outcome: str) -> None:
    """Has the audit trail say that the patient's address left for the courier."""
    audit.note(
        audit.Action.SENT,
        practice_id=delivery.practice_id,
        kind=delivery._meta.label_lower,
        object_id=delivery.pk,
        patient_id=delivery.patient_id,
        vendor=courier.KEY,
        road="api",
        outcome=outcome,
        booked_by_id=delivery.booked_by_id,
    )


def note(delivery: Delivery, what: str, text: str, now: dt.datetime, by: str = "") -> None:
    """A line on the patient's timeline that leads to the delivery."""
    timeline.note(
        delivery.patient,
        PatientEvent.Kind.DELIVERY,
        text,
        source=f"delivery:{delivery.pk}:{what}",
        happened_at=now,
        by=by,
        view_name="deliveries:delivery-detail",
        object_id=delivery.pk,
    )
