"""A real worker process, killed in the middle of an import."""

import pytest
import redis

from practice.models import Patient, PatientImport
from practice.tasking import nudge
from practice.tasks import take_in_patients
from tests.journey import wait_for
from tests.practice.test_import import HEADING, checked, post
from tests.stack import processes

LINES = 3000


@pytest.fixture
def start(ground):
    """Starts processes by name; all of them are ended afterwards."""
    started = []
    env = {**ground.environment, "LEASE_SECONDS": "3", "SWEEP_SECONDS": "0.5"}
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


def test_whoever_takes_over_adds_the_rest_and_nobody_twice(committed_clinic, start):
    clinic = committed_clinic
    lines = "".join(f"P{n},Quill{n % 89},,,p{n}@a.example,,,\n" for n in range(LINES))
    batch = checked(clinic, HEADING + lines)
    worker = start("worker")
    post(clinic, "import-confirm", batch)
    nudge(take_in_patients, clinic.here.pk, batch.pk)

    def added():
        with clinic.open():
            return Patient.objects.count()

    def has_begun():
        return added() > 0

    wait_for(has_begun)
    worker.kill()
    left_off = added()
    assert 0 < left_off < LINES

    start("worker")
    start("beat")

    def is_done():
        with clinic.open():
            return PatientImport.objects.get(pk=batch.pk).state == "done"

    wait_for(is_done, 60)
    with clinic.open():
        assert Patient.objects.count() == LINES
        assert Patient.objects.values("email").distinct().count() == LINES
        assert batch.rows.filter(state="added").count() == LINES
        assert PatientImport.objects.get(pk=batch.pk).attempts >= 2
