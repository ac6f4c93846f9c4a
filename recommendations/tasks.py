"""Celery tasks: nudges that carry ids."""

from django.db.models import Q
from django.utils import timezone

from practice import leases
from practice.tasking import nudge_due, practice_task, sweep_task
from recommendations import (
    find_there,
    follow_up,
    history,
    history_by_address,
    labs,
    protocols,
    read_orders,
    results,
    send,
)
from recommendations.models import Sending

# Sent and looked for by these tasks alone.
SENDINGS = leases.Watch(Sending, Q(state__in=["sending", "unknown", "hand_over"]))


@practice_task(on=SENDINGS)
def attempt(sending_id):
    send.attempt(sending_id, timezone.now())


@practice_task(on=SENDINGS)
def look_up(sending_id):
    follow_up.look_up(sending_id, timezone.now())


@practice_task(background=True)
def read_orders_of(reading_id):
    read_orders.run(reading_id, timezone.now())


@practice_task(background=True)
def read_lab_order(lab_order_id):
    labs.run(lab_order_id, timezone.now())


@practice_task(background=True)
def fetch_result(result_id):
    results.fetch(result_id, timezone.now())


@practice_task(background=True)
def take_in_protocol(protocol_id):
    protocols.take_in(protocol_id, timezone.now())


@practice_task(background=True, on=SENDINGS)
def find(sending_id):
    find_there.search(sending_id, timezone.now())


@practice_task(background=True)
def read_again(sending_id):
    follow_up.read_again(sending_id, timezone.now())


@practice_task(background=True)
def read_history(reading_id):
    history.run(reading_id, timezone.now())


@practice_task(background=True)
def read_address(reading_id):
    history_by_address.run(reading_id, timezone.now())


@sweep_task
def plan_readings():
    """Hourly, for links that came in bulk and for addresses that have an account by now."""
    history.plan_readings(timezone.now())
    history_by_address.adopt(timezone.now())


@sweep_task
def sweep():
    now = timezone.now()
    SENDINGS.end_those_of_the_dead(now)
    follow_up.recover(now)
    read_orders.adopt(now)
    for task, rows in (
        (look_up, follow_up.due(now, Sending.State.UNKNOWN)),
        (attempt, follow_up.due(now, Sending.State.QUEUED)),
        (read_orders_of, read_orders.due(now)),
        (read_lab_order, labs.due(now)),
        (fetch_result, results.due(now)),
        (find, find_there.due(now)),
        (read_again, follow_up.due_to_read(now)),
        (read_history, history.due(now)),
        (read_address, history_by_address.due(now)),
        (take_in_protocol, protocols.due(now)),
    ):
        nudge_due(task, rows)
