"""Goals C1, C2 and C4: plans for both dispensaries and webhooks, while workers are killed again and
again, the broker forgets everything once and PostgreSQL is restarted once, or while new versions
are rolled out. In the end each plan is at its vendor once, or not there and a person is asked; and
each event is done.

`make soak ARGS=tests/test_chaos.py` runs three minutes with 5,000 operations and prints a table.
"""

import random
import statistics
import threading
import time
from collections import Counter

import pytest
import redis
from django.db import connections
from django.test import Client
from django.utils import timezone

from practice import tenancy
from practice.models import Receipt
from recommendations.models import Sending
from tests import dance
from tests.conftest import DATABASE
from tests.fullscript.test_soak_webhooks import deliver, patients_of
from tests.journey import wait_for
from tests.recommendations.conftest import make_harbor
from tests.recommendations.hand import GRANTED, Hand
from tests.recommendations.test_under_fire import Plans, references
from tests.stack.running import Stack
from tests.wholescripts.test_fault_run import Signing, key_of

State = Sending.State
SENT = [State.SENT, State.CONFIRMED]
DONE = [*SENT, State.NEEDS_REVIEW]
WORKED_OFF = [Receipt.State.DONE, Receipt.State.IGNORED]
HOOK = "/hooks/fullscript"
QUICK = {"SWEEP_SECONDS": "0.5", "LOOK_UP_WAITS": "1,1,1"}
MANY = {"FULLSCRIPT_MOST_CALLS": "1000000", "WHOLESCRIPTS_MOST_CALLS": "1000000"}


@pytest.fixture
def nora(committed_db, ground, simulators, settings):
    """Nora, connected to both dispensaries, who may send by API."""
    redis.from_url(ground.valkey.url).flushall()
    settings.VENDOR_RIGHTS = {"fullscript": GRANTED}
    simulators.configure("fullscript", granted=GRANTED)
    simulators.knob("fullscript", rate_limit=10**7, background=False)
    harbor, client = make_harbor(), Client()
    client.force_login(harbor.nora.user)
    dance.connect(client, simulators, "harbor", "wholescripts")
    nora = Hand(harbor, client, simulators)
    nora.link()
    nora.fullscript, nora.wholescripts = Plans(nora), Signing(harbor)
    return nora


@pytest.fixture
def stack(ground, nora, env):
    stack = Stack(ground, FULLSCRIPT_GRANTED=",".join(GRANTED), **MANY, **env)
    yield stack.start("web", "worker", "beat")
    stack.stop()


class Chaos:
    """What befalls the stack. `broken_off` holds what a killed worker had in its hands, and when
    it was killed."""

    def __init__(self, stack, ground, seed=11):
        self.stack, self.ground, self.dice = stack, ground, random.Random(seed)
        self.broken_off = {}

    def kill_worker(self, after):
        time.sleep(self.dice.uniform(*after))
        worker = self.stack.started["worker"]
        worker.kill()
        killed_at = timezone.now()
        for row in in_hands():
            self.broken_off.setdefault(row, killed_at)
        worker.start().wait_ready()
        self.stack.kills["worker"] += 1

    def flush_broker(self):
        redis.from_url(self.ground.valkey.url).flushall()

    def restart_postgresql(self):
        connections.close_all()
        self.ground.postgres.cluster.restart()

    def end_connections(self):
        """As a restart does, but to nobody else: another run may stand on the same server."""
        connections.close_all()
        with self.ground.postgres.superuser() as root:
            root.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
                [DATABASE],
            )

    def delays(self) -> list[float]:
        """Seconds from the kill to the end, of what came to one; a person is asked of the rest."""
        with tenancy.unit(tenancy.EVERYTHING):
            ended = {
                model: dict(model.objects.values_list("pk", ended_at))
                for model, ended_at in ((Sending, "settled_at"), (Receipt, "done_at"))
            }
        found = [(ended[model][pk], at) for (model, pk), at in self.broken_off.items()]
        return [(end - killed_at).total_seconds() for end, killed_at in found if end]


def in_hands() -> list[tuple]:
    with tenancy.unit(tenancy.EVERYTHING):
        sendings = Sending.objects.filter(lease_until__gt=timezone.now(), state__in=Sending.OPEN)
        receipts = Receipt.objects.filter(state=Receipt.State.WORKING)
        return [
            (rows.model, pk)
            for rows in (sendings, receipts)
            for pk in rows.values_list("pk", flat=True)
        ]


def is_all_done(count) -> bool:
    with tenancy.unit(tenancy.EVERYTHING):
        return (
            Sending.objects.count() + Receipt.objects.count() >= count
            and not Sending.objects.exclude(state__in=DONE).exists()
            and not Receipt.objects.exclude(state__in=WORKED_OFF).exists()
        )


@pytest.mark.parametrize(
    ("count", "laps", "after", "disturb", "env"),
    [
        (40, 3, (0.3, 0.8), Chaos.end_connections, QUICK),
        pytest.param(5000, 24, (5, 10), Chaos.restart_postgresql, {}, marks=pytest.mark.soak),
    ],
    ids=["short", "long"],
)
def test_nothing_is_lost_or_done_twice(
    stack, nora, ground, simulators, capsys, count, laps, after, disturb
):
    began, chaos = time.monotonic(), Chaos(stack, ground)
    postman = events_come(stack, nora, simulators, count * 3 // 5)
    share = count // 5 // laps
    for lap in range(laps):
        last = lap == laps - 1
        for sign in (nora.fullscript.sign, nora.wholescripts.plans):
            sign(count // 5 - lap * share if last else share)
        chaos.kill_worker(after)
        if lap == laps // 3:
            chaos.flush_broker()
        if lap == 2 * laps // 3:
            disturb(chaos)
    postman.join()
    wait_for(lambda: is_all_done(count), seconds=1800)
    with capsys.disabled():
        report(chaos, nora, simulators, count, time.monotonic() - began)
    assert_each_plan_is_there_once_or_a_person_is_asked(nora, simulators)
    assert_each_event_is_done(simulators)


@pytest.mark.parametrize("env", [QUICK])
def test_what_is_under_way_at_a_deploy_comes_to_its_end(stack, nora, simulators):
    postman = events_come(stack, nora, simulators, 8, slow_every=1)
    for sign in (nora.fullscript.sign, nora.wholescripts.plans):
        sign(3)
    wait_for(in_hands)
    assert stack.deploy() == {"web": 0, "worker": 0, "beat": 0}
    postman.join()
    wait_for(lambda: is_all_done(14), seconds=120)
    assert_each_plan_is_there_once_or_a_person_is_asked(nora, simulators)
    assert_each_event_is_done(simulators)
    with tenancy.unit(tenancy.EVERYTHING):
        tried = set(Sending.objects.values_list("attempts", "look_ups"))
        assert set(Receipt.objects.values_list("attempts", flat=True)) == {1}
    assert tried == {(1, 0)}


def events_come(stack, nora, simulators, count, *, slow_every=3) -> threading.Thread:
    """So many are being posted to the site, in no order."""
    simulators.configure_webhook("fullscript", url=stack.url + HOOK)
    simulators.act(
        "fullscript/many-events",
        count=count,
        order="random",
        patient_ids=patients_of(nora.harbor, simulators)[:4],
    )
    # Some calls take their time, so that a signal meets what is under way.
    for vendor in ("fullscript", "wholescripts"):
        simulators.fault(vendor, "slow", times=0, every=slow_every, params={"seconds": 0.5})
    postman = threading.Thread(target=deliver, args=[simulators.control])
    postman.start()
    return postman


def assert_each_plan_is_there_once_or_a_person_is_asked(nora, simulators):
    with tenancy.unit(tenancy.EVERYTHING):
        ours = list(Sending.objects.all())
    there, bottles = plans_of(nora), bottles_of(simulators)
    for sending in ours:
        if sending.vendor == "wholescripts":
            held = bottles[nora.wholescripts.keys[sending.pk]]
        else:
            held = there[sending.reference]
        assert held == (sending.state in SENT), (sending.pk, sending.vendor, sending.state)
    assert there.total() + bottles.total() == sum(one.state in SENT for one in ours)


def plans_of(nora) -> Counter:
    """By our numbers, without the plans that were made there."""
    return Counter({number: held for number, held in references(nora).items() if number})


def bottles_of(simulators) -> Counter:
    return Counter(key_of(one) for one in simulators.holds("wholescripts")["recommendations"])


def assert_each_event_is_done(simulators):
    happened = Counter(event["id"] for event in simulators.holds("fullscript")["events"])
    with tenancy.unit(tenancy.EVERYTHING):
        here = Counter(Receipt.objects.values_list("event_id", flat=True))
    assert here == happened


def report(chaos, nora, simulators, count, took):
    with tenancy.unit(tenancy.EVERYTHING):
        sendings = Counter(Sending.objects.values_list("vendor", "state"))
        receipts = Counter(Receipt.objects.values_list("state", flat=True))
    delays = sorted(chaos.delays())
    p95 = delays[int(len(delays) * 0.95)] if delays else 0.0
    twice = [held for held in (plans_of(nora) + bottles_of(simulators)).values() if held > 1]
    rows = [
        ("operations", count),
        ("kills -9 of the worker", chaos.stack.kills["worker"]),
        *((f"plans at {vendor}: {state}", number) for (vendor, state), number in sendings.items()),
        *((f"events: {state}", number) for state, number in receipts.items()),
        ("twice at a vendor", len(twice)),
        ("broken off by a kill", len(chaos.broken_off)),
        ("  of which came to an end", len(delays)),
        ("  after seconds, median", f"{statistics.median(delays):.1f}" if delays else "none"),
        ("  after seconds, p95 (goal 45)", f"{p95:.1f}"),
        ("seconds in all", f"{took:.0f}"),
    ]
    print("\n| C1, C2 | |\n|---|---:|")
    for name, value in rows:
        print(f"| {name} | {value} |")
