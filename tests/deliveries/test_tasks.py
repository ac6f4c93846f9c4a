"""The sweep takes up what is due or stuck, and nothing of a paused practice."""

import datetime as dt

import pytest
from django.utils import timezone

from deliveries import tasks
from deliveries.models import Delivery

pytestmark = pytest.mark.django_db
State = Delivery.State


@pytest.fixture
def swept(django_capture_on_commit_callbacks):
    def sweep():
        with django_capture_on_commit_callbacks() as nudges:
            tasks.sweep()
        return [row for nudge in nudges for row in nudge.args[1]]

    return sweep


def set_row(desk, delivery, **values):
    with desk.unit():
        Delivery.objects.filter(pk=delivery.pk).update(**values)


@pytest.mark.parametrize(
    ("values", "is_due"),
    [
        ({}, True),
        ({"not_before_at": 60}, False),
        # Nobody works on it: its worker died.
        ({"state": State.SENDING, "lease_until": 60}, True),
        ({"state": State.SENDING, "lease_until": -1}, True),
        ({"state": State.UNKNOWN, "not_before_at": 60}, False),
        ({"state": State.UNKNOWN, "not_before_at": -1}, True),
        ({"state": State.ACCEPTED}, False),
        ({"state": State.NEEDS_REVIEW}, False),
    ],
)
def test_what_is_due_or_stuck_is_taken_up(desk, swept, values, is_due):
    now = timezone.now()
    values = {
        key: now + dt.timedelta(seconds=value) if isinstance(value, int) else value
        for key, value in values.items()
    }
    delivery = desk.queue()
    set_row(desk, delivery, **values)
    expected = [(desk.practice.pk, delivery.pk)] if is_due else []
    assert swept() == expected


def test_what_a_worker_has_in_its_hands_is_left_to_it(desk, swept):
    delivery = desk.queue()
    later = timezone.now() + dt.timedelta(seconds=60)
    set_row(desk, delivery, state=State.SENDING, lease_until=later)
    with tasks.DELIVERIES.alone(delivery.pk):
        assert swept() == []


def test_a_paused_practice_waits_and_its_unknown_ones_do_not(desk, swept):
    ready, unknown = desk.queue(), desk.queue()
    set_row(desk, unknown, state=State.UNKNOWN, not_before_at=timezone.now())
    with desk.unit():
        desk.account.pause("402")
    assert swept() == [(desk.practice.pk, unknown.pk)]
    assert desk.again(ready).state == State.READY


def test_the_urgent_ones_come_first(desk, swept):
    rows = {
        priority: desk.queue(priority=priority).pk for priority in ("routine", "urgent", "stat")
    }
    expected = [rows["stat"], rows["urgent"], rows["routine"]]
    assert [pk for _, pk in swept()] == expected


def test_the_task_books(desk):
    delivery = desk.queue()
    tasks.attempt(desk.practice.pk, delivery.pk)
    assert desk.again(delivery).state == State.ACCEPTED
