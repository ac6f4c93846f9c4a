"""Real worker processes, killed at the worst moment, and a broker that forgets."""

import pytest
import redis
from django.test import Client
from django.utils import timezone

from practice import tenancy
from practice.tasking import nudge
from recommendations import follow_up, tasks
from recommendations.models import Sending
from tests import dance
from tests.journey import wait_for
from tests.recommendations.conftest import make_harbor
from tests.recommendations.test_send import make_plan, recommendations, signed
from tests.stack import processes

State = Sending.State


@pytest.fixture
def start(ground):
    """Starts processes by name; all of them are ended afterwards."""
    started = []
    env = {
        **ground.environment,
        "LOOK_UP_WAITS": "1,1,1",
        "SWEEP_SECONDS": "0.5",
    }

    def begin(name):
        log = ground.scratch / f"{name}-{len(started)}.log"
        made = {
            "worker": lambda: processes.worker(log=log, env=env, concurrency=1),
            "beat": lambda: processes.beat(log=log, env=env, schedule=log.with_suffix(".db")),
        }[name]()
        started.append(made)
        return made.start().wait_ready()

    yield begin
    for process in started:
        process.stop()


@pytest.fixture
def harbor(committed_db, ground, simulators):
    redis.from_url(ground.valkey.url).flushall()
    harbor = make_harbor()
    client = Client()
    client.force_login(harbor.nora.user)
    dance.connect(client, simulators, "harbor", "wholescripts")
    return harbor


@pytest.fixture
def sending(harbor):
    return signed(harbor, make_plan(harbor))


def state_of(harbor, sending):
    with harbor.unit():
        return Sending.objects.get(pk=sending.pk).state


def test_a_worker_killed_before_the_answer_leaves_it_unknown_and_it_is_found(
    harbor, sending, simulators, start
):
    simulators.fault("wholescripts", "hang", method="POST", path="/Recommendations$")
    worker = start("worker")
    nudge(tasks.attempt, harbor.practice.pk, sending.pk)
    wait_for(lambda: simulators.hangs() == 1)
    worker.kill()
    assert state_of(harbor, sending) == State.SENDING

    def is_noticed():
        now = timezone.now()
        with tenancy.declare(tenancy.EVERYTHING):
            return tasks.SENDINGS.end_those_of_the_dead(now)

    wait_for(is_noticed)
    with tenancy.declare(tenancy.EVERYTHING):
        follow_up.recover(timezone.now())
    assert state_of(harbor, sending) == State.UNKNOWN

    start("worker")
    start("beat")
    wait_for(lambda: state_of(harbor, sending) == State.SENT)
    [held] = recommendations(simulators)
    with harbor.unit():
        assert Sending.objects.get(pk=sending.pk).vendor_plan_id == str(held["id"])


def test_a_nudge_the_broker_forgot_is_found_by_the_sweep(harbor, sending, simulators, start):
    assert state_of(harbor, sending) == State.QUEUED
    start("worker")
    start("beat")
    wait_for(lambda: state_of(harbor, sending) == State.SENT)
    assert len(recommendations(simulators)) == 1
