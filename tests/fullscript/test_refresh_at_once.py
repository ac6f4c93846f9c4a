"""Goal O5: many processes meet one expired token."""

import os
import signal

import pytest
from django.test import Client
from django.utils import timezone

from practice import connect
from practice.models import Connection
from tests import dance
from tests.conftest import DATABASE
from tests.journey import wait_for
from tests.recommendations.conftest import make_harbor
from tests.stack import forks


@pytest.fixture
def expired(committed_db, simulators):
    """Nora's connection, its token at its end, and the practice."""
    harbor = make_harbor()
    client = Client()
    client.force_login(harbor.nora.user)
    dance.connect(client, simulators, "harbor", "fullscript")
    with harbor.unit():
        Connection.objects.update(expires_at=timezone.now())
        held = Connection.objects.select_related("membership__user").get()
    simulators.clear_log("fullscript")
    return harbor, held


def refreshes(simulators):
    calls = simulators.log("fullscript")
    return [call for call in calls if call["path"].endswith("/oauth/token")]


def holder(ground) -> int:
    """The process that holds the lock of the refresh; 0 while there is none."""
    with ground.postgres.superuser(DATABASE) as database:
        row = database.execute(
            "SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid)"
            " WHERE locktype = 'advisory' AND granted AND application_name LIKE 'child-%'"
        ).fetchone()
    return int(row[0].removeprefix("child-")) if row else 0


@pytest.mark.parametrize("count", [20, pytest.param(50, marks=pytest.mark.soak)])
def test_parallel_calls_at_expiry_make_one_refresh(expired, ground, simulators, count):
    harbor, held = expired
    run = forks.start(ground, "call", count, practice=harbor.practice.pk, connection=held.pk)
    assert forks.ended(run) == ["answered"] * count
    assert len(refreshes(simulators)) == 1
    print(f"\nO5: {count} processes, {len(refreshes(simulators))} refresh")


@pytest.mark.parametrize("moment", ["hang", pytest.param("slow", marks=pytest.mark.soak)])
def test_a_process_killed_while_it_refreshes_costs_one_more_and_the_account_works(
    expired, ground, simulators, moment
):
    """Killed once the vendor has made the new pair (hang), or before it has (slow)."""
    harbor, held = expired
    simulators.fault("fullscript", moment, path="/oauth/token$", params={"seconds": 3})
    run = forks.start(ground, "call", 20, practice=harbor.practice.pk, connection=held.pk)
    wait_for(lambda: simulators.faults()[0]["spoilt"] == 1)
    wait_for(lambda: simulators.hangs() == 1 or moment == "slow")
    os.kill(holder(ground), signal.SIGKILL)
    words = forks.ended(run)
    simulators.release()
    assert sorted(words) == ["answered"] * 19 + ["killed"]
    assert len(refreshes(simulators)) <= 2
    with harbor.scope():
        connect.call(held, lambda client: client.account(held.tokens()))
    print(f"\nO5: killed in the middle ({moment}), {len(refreshes(simulators))} refreshes")
