"""What only a person can decide: whether a parcel exists, and whether a finding is all right.

`by` is who decided, as the patient's timeline names them.
"""

from __future__ import annotations

import datetime as dt

from deliveries import follow, send, tasks
from deliveries.models import Delivery
from practice.tasking import nudge


class CannotDecide(Exception):
    """The decision is not open to this person now; `str()` says why."""


def it_is_there(delivery: Delivery, parcel_id: str, by: str, now: dt.datetime) -> None:
    """The person saw the parcel at the courier and gives its id. Raises CannotDecide."""
    follow.hold_parcel(delivery.practice_id, parcel_id)
    held = _undecided(delivery)
    taken = Delivery.objects.filter(practice_id=delivery.practice_id, parcel_id=parcel_id)
    if taken.exclude(pk=held.pk).exists():
        raise CannotDecide("That package id belongs to another delivery. Check it once more.")
    send.note(held, f"there:{held.attempts}", "Parcel found at the courier", now, by)
    follow.accepted(held.pk, parcel_id, now)


def send_again(delivery: Delivery, by: str, confirmed: bool, now: dt.datetime) -> None:
    """The person saw that there is none. The barcode stays the same. Raises CannotDecide."""
    held = _undecided(delivery)
    if held.is_costly_to_repeat and not confirmed:
        raise CannotDecide(
            "A second parcel would hand over a controlled substance or collect a copay twice. "
            "Confirm that the first one does not exist."
        )
    held.put_back("", None)
    send.note(held, f"again:{held.attempts}", "Courier asked again", now, by)
    nudge(tasks.attempt, held.practice_id, held.pk)


def settle(delivery: Delivery, by: str, now: dt.datetime) -> None:
    """The person looked at the finding (a copay that differs, a late failure)."""
    held = _held(delivery)
    if not held.review_reason:
        return
    source = f"settled:{now.isoformat()}"
    send.note(held, source, "Delivery finding looked at", now, by)
    held.settle()


def _undecided(delivery: Delivery) -> Delivery:
    held = _held(delivery)
    if held.state != Delivery.State.NEEDS_REVIEW:
        raise CannotDecide(f"This was settled meanwhile: {held.get_state_display().lower()}.")
    return held


def _held(delivery: Delivery) -> Delivery:
    return (
        Delivery.objects.select_for_update(of=["self"])
        .select_related("patient")
        .get(pk=delivery.pk)
    )
