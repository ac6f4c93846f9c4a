"""A row whose worker died is noticed by its lock, long before its lease runs out."""

import datetime as dt
import subprocess
import sys

import pytest
from django.db import connection
from django.db.models import Q
from django.utils import timezone

from practice import leases, tenancy
from practice.models import Receipt
from tests.stack.processes import ROOT

WORKING = Receipt.State.WORKING
WATCH = leases.Watch(Receipt, Q(state=WORKING))
HOLDER = """
import sys, django
django.setup()
from django.db.models import Q
from practice import leases
from practice.models import Receipt
with leases.Watch(Receipt, Q()).alone(int(sys.argv[1])) as is_mine:
    print(is_mine, flush=True)
    sys.stdin.read()
"""


def receipt(state=WORKING, seconds=180) -> Receipt:
    now = timezone.now()
    with tenancy.unit(tenancy.EVERYTHING):
        row = Receipt(vendor="fullscript", endpoint="fullscript", event_id=f"ev-{now}", state=state)
        row.received_at, row.lease_until = now, now + dt.timedelta(seconds=seconds)
        row.verdict = "genuine"
        row.save()
    return row


def buried() -> int:
    with tenancy.declare(tenancy.EVERYTHING):
        return WATCH.end_those_of_the_dead(timezone.now())


def is_leased(row) -> bool:
    with tenancy.unit(tenancy.EVERYTHING):
        return Receipt.objects.get(pk=row.pk).lease_until > timezone.now()


@pytest.fixture
def another(ground, committed_db):
    """Starts processes of their own, each with one row in its hands."""
    started = []

    def work_on(row):
        command = [sys.executable, "-c", HOLDER, str(row.pk)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        started.append(subprocess.Popen(command, cwd=ROOT, env=dict(ground.environment), **pipes))
        assert started[-1].stdout.readline() == "True\n"
        return started[-1]

    yield work_on
    for process in started:
        process.kill()
        process.communicate()


def test_the_row_of_a_living_worker_is_left_to_it(another):
    row = receipt()
    another(row)
    assert buried() == 0
    assert is_leased(row)
    with WATCH.alone(row.pk) as is_mine:
        assert not is_mine


def test_the_row_of_a_killed_worker_is_free_at_once(another):
    row, other = receipt(), receipt()
    another(other)
    worker = another(row)
    worker.kill()
    worker.wait()
    while gone_is_seen_late(row):
        pass
    assert buried() == 1
    assert not is_leased(row)
    assert is_leased(other)
    with WATCH.alone(row.pk) as is_mine:
        assert is_mine


def gone_is_seen_late(row) -> bool:
    """PostgreSQL sees the end of a connection a moment after it."""
    with WATCH.alone(row.pk) as is_mine:
        return not is_mine


@pytest.mark.django_db
def test_a_row_that_is_not_at_work_keeps_its_time():
    row = receipt(state=Receipt.State.NEW)
    assert buried() == 0
    assert is_leased(row)


@pytest.mark.django_db
def test_what_one_is_through_with_another_may_take():
    row = receipt()
    with WATCH.alone(row.pk) as is_mine:
        assert is_mine
        assert buried() == 0
    assert buried() == 1


def test_a_connection_that_breaks_hides_no_error(ground, committed_db):
    """The lock has fallen with it; what the work met is what is raised."""

    def work():
        with WATCH.alone(1), ground.postgres.superuser() as root:
            pid = connection.connection.info.backend_pid
            root.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        work()
    connection.close()
