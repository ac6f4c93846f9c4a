"""Goal C3: two beats start everything twice, and each period's effect comes once.

`make soak ARGS=tests/test_two_beats.py` goes on for ten minutes and prints a table.
"""

import datetime as dt
import time

import pytest
import redis
from django.test import Client
from django.utils import timezone

from catalog.models import SyncRun
from practice import tenancy
from practice.models import EventSweep
from recommendations.models import Sending
from tests.journey import wait_for
from tests.recommendations.conftest import make_harbor
from tests.recommendations.hand import GRANTED, Hand
from tests.stack.running import Stack

LONG_AGO = dt.timedelta(hours=25)


@pytest.fixture
def nora(committed_db, ground, simulators, settings):
    """Nora at Fullscript, with one plan that she sent by API."""
    redis.from_url(ground.valkey.url).flushall()
    settings.VENDOR_RIGHTS = {"fullscript": GRANTED}
    simulators.configure("fullscript", granted=GRANTED)
    simulators.knob("fullscript", rate_limit=10**7, background=False)
    harbor, client = make_harbor(), Client()
    client.force_login(harbor.nora.user)
    nora = Hand(harbor, client, simulators)
    nora.link()
    nora.signed()
    return nora


@pytest.fixture
def stack(ground, nora):
    env = {"FULLSCRIPT_GRANTED": ",".join(GRANTED), "FULLSCRIPT_MOST_CALLS": "1000000"}
    stack = Stack(ground, SWEEP_SECONDS="0.5", **env)
    yield stack.start("worker", "beat", "second beat")
    stack.stop()


def make_due():
    """A period is over for everything that comes again."""
    now = timezone.now()
    with tenancy.unit(tenancy.EVERYTHING):
        EventSweep.objects.update(not_before_at=now)
        Sending.objects.update(not_before_at=now)
        SyncRun.objects.update(created_at=now - LONG_AGO, finished_at=now - LONG_AGO)


def is_quiet() -> bool:
    """Nothing is due or under way."""
    now = timezone.now()
    with tenancy.unit(tenancy.EVERYTHING):
        waits = [
            EventSweep.objects.exclude(not_before_at__gt=now, lease_until=None),
            Sending.objects.exclude(not_before_at__gt=now, lease_until=None),
            SyncRun.objects.open(),
        ]
        return SyncRun.objects.exists() and not any(rows.exists() for rows in waits)


def effects(simulators) -> dict[str, int]:
    asked = [call["path"] for call in simulators.log("fullscript")]
    with tenancy.unit(tenancy.EVERYTHING):
        return {
            "events asked for again": sum("/events/patients" in path for path in asked),
            "a plan read again": sum("/treatment_plans/" in path for path in asked),
            "catalogues read": SyncRun.objects.count(),
        }


@pytest.mark.parametrize(
    ("seconds", "periods"), [(0, 2), pytest.param(600, 60, marks=pytest.mark.soak)]
)
def test_each_periods_effect_comes_once(stack, nora, simulators, capsys, seconds, periods):
    wait_for(is_quiet, seconds=300)
    simulators.clear_log("fullscript")
    lists = effects(simulators)["catalogues read"]
    began = time.monotonic()
    for period in range(periods):
        make_due()
        wait_for(is_quiet, seconds=60)
        while time.monotonic() < began + seconds * (period + 1) / periods:
            time.sleep(0.2)
    time.sleep(2)  # what comes twice may come late
    found = effects(simulators)
    with capsys.disabled():
        took = time.monotonic() - began
        print(f"\nC3: two beats, {periods} periods in {took:.0f} s: {found}")
    assert found == {
        "events asked for again": periods * len(EventSweep.Span),
        "a plan read again": periods,
        "catalogues read": lists * (periods + 1),
    }
