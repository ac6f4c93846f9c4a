"""Real worker processes, killed in the middle of a check and of an import."""

import pytest
import redis

from practice.models import Patient, PatientImport
from tests.journey import wait_for
from tests.practice.imports import (
    HEADING,
    ask_for_check,
    checked,
    names,
    post,
    state_of,
    states,
    uploaded,
)
from tests.stack import processes

LINES = 3000


@pytest.fixture
def start(ground):
    """Starts processes by name; all of them are ended afterwards."""
    started = []
    env = {**ground.environment, "SWEEP_SECONDS": "0.5"}
    redis.from_url(ground.valkey.url).flushall()

    def begin(name):
        log = ground.scratch / f"import-{name}-{len(started)}.log"
        made = {
            "worker": lambda: processes.worker(log=log, env=env, concurrency=1),
            "beat": lambda: processes.beat(log=log, env=env, schedule=log.with_suffix(".db")),
        }[name]()
        started.append(made)
        return made.start().wait_ready()

    yield begin
    for process in started:
        process.stop()


def lines(count=LINES):
    return HEADING + "".join(f"P{n},Quill{n % 89},,,p{n}@a.example,,,\n" for n in range(count))


def killed_once(start, so_far):
    """A worker is killed in the middle, another takes over. `so_far()` counts what is done."""
    worker = start("worker")

    def has_begun():
        return so_far() > 0

    wait_for(has_begun)
    worker.kill()
    assert 0 < so_far() < LINES
    start("worker")
    start("beat")


def state_becomes(clinic, batch, state):
    def is_there():
        return state_of(clinic, batch) == state

    wait_for(is_there, 60)
    with clinic.open():
        return PatientImport.objects.get(pk=batch.pk)


def test_whoever_takes_over_checks_the_rest_and_no_line_twice(committed_clinic, start):
    clinic = committed_clinic
    batch = uploaded(clinic, lines())
    ask_for_check(clinic, batch)
    killed_once(start, lambda: len(states(clinic, batch)))
    batch = state_becomes(clinic, batch, "checked")
    assert states(clinic, batch) == ["ready"] * LINES
    assert batch.attempts >= 2


def test_whoever_takes_over_adds_the_rest_and_nobody_twice(committed_clinic, start):
    clinic = committed_clinic
    batch = checked(clinic, lines())
    post(clinic, "import-confirm", batch)
    killed_once(start, lambda: len(names(clinic)))
    batch = state_becomes(clinic, batch, "done")
    with clinic.open():
        assert Patient.objects.count() == LINES
        assert Patient.objects.values("email").distinct().count() == LINES
        assert batch.rows.filter(state="added").count() == LINES
    assert batch.attempts >= 2
