"""What is urgent leaves the broker first, however much waits there."""

import contextlib
from queue import Empty

import pytest
import redis

import catalog.tasks
import deliveries.tasks
import practice.tasks
from config.celery import app
from practice.tasking import nudge
from recommendations import tasks

pytestmark = pytest.mark.django_db


@pytest.fixture
def taken(ground):
    """The names of tasks, in the order in which a worker would be given them."""
    redis.from_url(ground.valkey.url).flushall()

    def take():
        with (
            app.connection_for_read() as broker,
            broker.SimpleQueue("celery") as queue,
            contextlib.suppress(Empty),
        ):
            while True:
                message = queue.get(timeout=0.2)
                message.ack()
                yield message.headers["task"]

    yield lambda: list(take())
    redis.from_url(ground.valkey.url).flushall()


def test_an_unknown_outcome_is_looked_up_before_what_waits_to_be_sent(
    taken, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        for number in range(40):
            nudge(tasks.attempt, 1, number)
        nudge(tasks.look_up, 1, 99)
    first, *others = taken()
    assert first == tasks.look_up.name
    assert others == [tasks.attempt.name] * 40


@pytest.mark.parametrize("tasks_of", [practice.tasks, catalog.tasks, tasks, deliveries.tasks])
def test_a_sweep_waits_behind_no_nudge(tasks_of, taken, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        nudge(tasks.attempt, 1, 1)
    tasks_of.sweep.delay()
    assert taken() == [tasks_of.sweep.name, tasks.attempt.name]
