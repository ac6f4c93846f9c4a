"""Following up what was not settled at once: outcomes that are unknown, workers that died,
rows whose time has come, parts that waited for a reconnect."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db.models import Q

from practice import connect, tenancy
from practice.models import PatientEvent
from practice.vendors.contract import (
    AccessRevoked,
    BadAnswer,
    HeldPlan,
    Refused,
    Unavailable,
    VendorError,
)
from recommendations import (
    compare,
    history,
    history_by_address,
    outcome,
    outgoing,
    read_back,
)
from recommendations.models import Sending

State = Sending.State
SETTLED = [State.SENT, State.CONFIRMED]


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
        sending, plan = outgoing.load(sending_id)
    try:
        candidates = connect.call(
            sending.connection,
            lambda client: sending.spec.look_up(client, plan, sending.attempted_at),
        )
    except (Unavailable, BadAnswer) as error:
        outcome.blame(sending, error)
        outcome.wait(sending, now, error)
    except Refused:
        not_found(sending, now)
    except AccessRevoked as refusal:
        outcome.blame(sending, refusal)
        outcome.stop(sending, refusal, now)
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
        outcome.settle(sending, found[0], now)
    elif found:
        outcome.ask_a_person(sending, now, f"{len(found)} recommendations there could be this one.")
    else:
        not_found(sending, now)


def not_found(sending: Sending, now: dt.datetime) -> None:
    waits = settings.LOOK_UP_WAITS
    looked = sending.look_ups + 1
    if looked >= len(waits):
        label = sending.label
        outcome.ask_a_person(sending, now, f"{label} shows nothing of it after {looked} looks.")
    else:
        outcome.change(
            sending,
            look_ups=looked,
            lease_until=None,
            not_before_at=now + dt.timedelta(seconds=waits[looked]),
        )


def _claim(
    sending_id: int, now: dt.datetime, states: list[str], *, whenever: bool = False
) -> Sending | None:
    """The row, held by us; None when somebody else has it, or it is not due. `whenever` takes
    one that is followed and not due yet."""
    when = Q(not_before_at__isnull=False) if whenever else Q(not_before_at__lte=now)
    with tenancy.unit():
        free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
        mine = Sending.objects.filter(free, when, pk=sending_id, state__in=states).update(
            lease_until=now + dt.timedelta(seconds=settings.LEASE_SECONDS)
        )
        return outgoing.load(sending_id)[0] if mine else None


def due_to_read(now: dt.datetime, limit: int = 500) -> list[tuple[int, int]]:
    """(practice id, sending id) of settled parts that are to be read again."""
    with tenancy.unit():
        free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
        return list(
            Sending.objects.filter(
                free,
                state__in=[State.SENT, State.CONFIRMED],
                not_before_at__lte=now,
                practice__suspended_at__isnull=True,
                connection__state="active",
                connection__membership__deactivated_at__isnull=True,
            )
            .order_by("not_before_at", "id")
            .values_list("practice_id", "pk")[:limit]
        )


def read_again(sending_id: int, now: dt.datetime) -> None:
    """Reads a sent part as it is there now: one that could not be read back, and by and by
    one that stands, for the vendor's own news of it may be lost or there is none."""
    sending = _claim(sending_id, now, SETTLED)
    if sending is None:
        return
    try:
        held = _read_with_others(sending, now) or _read_alone(sending)
    except AccessRevoked as error:
        outcome.blame(sending, error)
        outcome.read_later(sending, now, error, gap=outcome.RECONNECT_WAIT)
    except VendorError as error:
        outcome.blame(sending, error)
        outcome.read_later(sending, now, error)
    else:
        if held is None:
            outcome.read_later(sending, now, None)
        else:
            follow(sending, held, now)


def _read_alone(sending: Sending) -> HeldPlan | None:
    read, number = sending.spec.read, sending.vendor_plan_id
    return connect.call(
        sending.connection, lambda client: read(client, number, sending.connection.email)
    )


def _read_with_others(sending: Sending, now: dt.datetime) -> HeldPlan | None:
    """The part, where its vendor gives all plans of a patient at once: the patient's other parts
    there are then as fresh and are not asked for again, and what others made is kept. None for
    one that is not among them: the patient may have another address by now."""
    email = sending.plan.patient.email
    if not email or not history.by_address(sending.vendor):
        return None
    with tenancy.unit():
        others = Sending.objects.filter(
            practice_id=sending.practice_id,
            connection_id=sending.connection_id,
            plan__patient_id=sending.plan.patient_id,
            state__in=SETTLED,
        ).exclude(pk=sending.pk)
        numbers = {one.vendor_plan_id: one.pk for one in others}
    known = [sending.vendor_plan_id, *numbers]
    held = history_by_address.ask(sending.connection, email, known)
    history_by_address.keep(sending.connection, email, held, now)
    for plan in held:
        other = numbers.get(plan.id)
        if other and (one := _claim(other, now, SETTLED, whenever=True)):
            follow(one, plan, now)
    return next((plan for plan in held if plan.id == sending.vendor_plan_id), None)


def follow(sending: Sending, held: HeldPlan, now: dt.datetime) -> None:
    """Keeps the vendor's word for the plan's state, and how it differs by now where that is
    compared; what is new is noted once, with what changed."""
    with tenancy.unit():
        compares = sending.spec.reads_back
        differences = read_back.differences(sending, held) if compares else []
    changed = differences != sending.differences
    values = {
        "raw_state": held.raw_state[:60],
        "link": held.link or sending.link,
        "differences": differences,
        "checked_at": now,
        "lease_until": None,
        "look_ups": 0,
        "last_error": "",
        "request_id": "",
        # A word that nobody knows says nothing of an end.
        "not_before_at": outcome.next_look(sending, now)
        if held.state in ("active", "unknown")
        else None,
    }
    if changed:
        values |= {"accepted_at": None, "accepted_by": ""}
    if compares and sending.state == State.SENT and held.state == "active":
        values["state"] = State.CONFIRMED
    was_confirmed, was = sending.state == State.CONFIRMED, sending.raw_state
    if not outcome.change(sending, **values):
        return
    label, kind = sending.label, PatientEvent.Kind.SENDING
    with tenancy.unit():
        if not was_confirmed and sending.state == State.CONFIRMED:
            outcome.note(sending, kind, f"Plan confirmed at {label}", State.CONFIRMED, now)
        elif held.state == "cancelled" and was != sending.raw_state:
            outcome.note(sending, kind, f"Plan cancelled at {label}", "cancelled", now)
        elif was and was != sending.raw_state and not compares:
            text = f"Status at {label}: {sending.raw_state}"
            outcome.note(sending, kind, text, f"status:{now:%Y%m%dT%H%M%S%f}", now)
        elif changed:
            outcome.note(
                sending,
                kind,
                f"Plan changed at {label}",
                f"changed:{now:%Y%m%dT%H%M%S%f}",
                now,
                detail="\n".join(map(compare.sentence, differences)) or "It is as planned again.",
            )


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
            Sending.objects.filter(free, state=state, practice__suspended_at__isnull=True)
            .exclude(connection__membership__deactivated_at__isnull=False)
            .due(now)
            .order_by("not_before_at", "id")
            .values_list("practice_id", "pk")[:limit]
        )


def resume(connection) -> None:
    """Parts that waited for a reconnect may go now."""
    Sending.objects.filter(connection=connection, state__in=[State.QUEUED, State.UNKNOWN]).update(
        not_before_at=None
    )
