"""Goals O1, O2, O3 and O7: many plans sent by real workers while answers are lost, calls are
reset, workers are killed, the vendor is away, or the one who signed dies before saying so.

`make soak ARGS=tests/recommendations/test_under_fire.py` runs the long versions and prints tables.
"""

import statistics
import time
from collections import Counter
from functools import partial

import pytest
import redis
from django.test import Client
from django.utils import timezone

from catalog.models import Listing
from practice import tenancy
from practice.vendors.contract import Slot
from recommendations import decide
from recommendations.models import Dose, Plan, PlanItem, Sending
from tests.journey import wait_for
from tests.recommendations.conftest import make_harbor
from tests.recommendations.hand import GRANTED, Hand
from tests.simulators import catalogue
from tests.stack import forks
from tests.stack.running import Stack

State = Sending.State
PLANS = "/treatment_plans$"
AT_ONCE = 20  # each has a connection of the database's hundred
SETTLED = [State.SENT, State.CONFIRMED]
DONE = [*SETTLED, State.NEEDS_REVIEW]


@pytest.fixture
def nora(committed_db, ground, simulators, settings):
    """Nora, who may send by API, her patient linked, and many products."""
    redis.from_url(ground.valkey.url).flushall()
    settings.VENDOR_RIGHTS = {"fullscript": GRANTED}
    simulators.configure("fullscript", granted=GRANTED)
    simulators.knob("fullscript", rate_limit=10**7)
    harbor = make_harbor()
    client = Client()
    client.force_login(harbor.nora.user)
    nora = Hand(harbor, client, simulators)
    nora.link()
    simulators.clear_log("fullscript")
    return nora


@pytest.fixture
def stack(ground):
    """Workers and beat with the waits of production, but for what a test says."""
    stacks = []

    def start(**env):
        env = {"FULLSCRIPT_GRANTED": ",".join(GRANTED), "FULLSCRIPT_MOST_CALLS": "1000000", **env}
        stacks.append(Stack(ground, **env).start("worker", "beat"))
        return stacks[-1]

    yield start
    for stack in stacks:
        stack.stop()


class Plans:
    """Plans of one product each, no two of them alike, signed one after the other."""

    def __init__(self, nora):
        self.nora, self.made = nora, 0
        now = timezone.now()
        variants = [
            (variant["id"], product["name"])
            for product in catalogue.fullscript_products(20)
            for variant in product["variants"]
        ]
        with tenancy.unit(tenancy.EVERYTHING):
            self.listings = Listing.objects.bulk_create(
                Listing(vendor="fullscript", sku=sku, name=name, first_seen_at=now, seen_at=now)
                for sku, name in variants
                if sku != nora.sku
            )

    def draft(self) -> Plan:
        harbor = self.nora.harbor
        listing = self.listings[self.made % len(self.listings)]
        units = 1 + self.made // len(self.listings)
        self.made += 1
        own = {"practice": harbor.practice}
        with harbor.unit():
            plan = Plan.objects.create(patient=harbor.patient, clinician=harbor.nora, **own)
            item = PlanItem.objects.create(plan=plan, listing=listing, units=units, **own)
            Dose.objects.create(item=item, slot=Slot.BEDTIME, quantity=1, **own)
        return plan

    def sign(self, count=1):
        for _ in range(count):
            self.nora.signed(self.draft())


def states() -> Counter:
    with tenancy.unit(tenancy.EVERYTHING):
        return Counter(Sending.objects.values_list("state", flat=True))


def are_done(count) -> bool:
    found = states()
    return sum(found[state] for state in DONE) == count == found.total()


def references(nora) -> Counter:
    """Our numbers on the plans that Fullscript holds."""
    return Counter(plan["metadata"]["id"] for plan in nora.held("plans").values())


def signed_references() -> list[str]:
    with tenancy.unit(tenancy.EVERYTHING):
        return list(Sending.objects.values_list("reference", flat=True))


def for_a_person() -> list[Sending]:
    with tenancy.unit(tenancy.EVERYTHING):
        found = Sending.objects.filter(state=State.NEEDS_REVIEW)
        return list(found.select_related("plan__patient", "practice", "connection"))


def table(capsys, title, rows):
    with capsys.disabled():
        print(f"\n| {title} | |\n|---|---:|")
        for name, value in rows:
            print(f"| {name} | {value} |")


QUICK = {"SWEEP_SECONDS": "0.5", "LOOK_UP_WAITS": "1,1,1"}


@pytest.mark.parametrize(
    ("count", "kills", "env"), [(30, 1, QUICK), pytest.param(1000, 5, {}, marks=pytest.mark.soak)]
)
def test_every_plan_is_there_once_whatever_happened_to_answers_and_workers(
    nora, stack, simulators, capsys, count, kills, env
):
    Plans(nora).sign(count)
    spoil = partial(simulators.fault, "fullscript", method="POST", path=PLANS, times=0, every=10)
    spoil("reset_after")
    spoil("reset_before", after=5)
    running = stack(**env)
    for turn in range(kills):
        goal = count * (turn + 1) // (kills + 1)
        wait_for(lambda goal=goal: count - states()[State.QUEUED] >= goal, seconds=300)
        running.kill("worker")
    wait_for(lambda: are_done(count), seconds=1500)
    spoilt = [fault["spoilt"] for fault in simulators.faults()]
    asked, held, found = for_a_person(), references(nora), found_by_looking()
    overlooked = [sending for sending in asked if held[sending.reference]]
    simulators.clear_faults()
    send_again(nora, asked)
    wait_for(lambda: sum(states()[state] for state in SETTLED) == count, seconds=300)
    held = references(nora)
    rows = [
        ("plans signed", count),
        ("answers lost after / calls reset before it was stored", " / ".join(map(str, spoilt))),
        ("kills -9 of the worker", running.kills["worker"]),
        ("found by looking, in seconds: median / most", in_seconds(found)),
        ("  of these within 5 minutes", sum(seconds <= 300 for seconds in found)),
        ("nothing was there, a person was asked", len(asked) - len(overlooked)),
        ("was there, and a person was asked", len(overlooked)),
        ("twice at Fullscript / missing", f"{twice(held)} / {count - len(held)}"),
    ]
    table(capsys, "O1, O2", rows)
    assert held == Counter(signed_references())
    assert len(overlooked) <= 0.01 * spoilt[0]


def send_again(nora, asked):
    """What Nora does who looked at Fullscript and found nothing."""
    for sending in asked:
        with nora.harbor.unit():
            decide.send_again(sending, nora.harbor.nora, timezone.now())


def found_by_looking() -> list[float]:
    """How long each took whose answer never came, in seconds."""
    with tenancy.unit(tenancy.EVERYTHING):
        rows = Sending.objects.filter(state__in=SETTLED)
        times = list(rows.values_list("attempted_at", "settled_at"))
    took = ((settled - attempted).total_seconds() for attempted, settled in times)
    return sorted(seconds for seconds in took if seconds >= 1)


def in_seconds(found) -> str:
    return f"{len(found)}: {statistics.median(found):.0f} / {found[-1]:.0f}" if found else "0"


def twice(held: Counter) -> int:
    return sum(number > 1 for number in held.values())


@pytest.mark.parametrize(
    ("seconds", "gap", "env"),
    [(8, 0.4, QUICK), pytest.param(600, 2, {}, marks=pytest.mark.soak)],
)
def test_a_vendor_that_is_away_is_hardly_asked_and_gets_every_plan_once_it_is_back(
    nora, stack, simulators, capsys, seconds, gap, env
):
    plans, running = Plans(nora), stack(**env)
    plans.sign(5)
    wait_for(lambda: are_done(5))
    simulators.clear_log("fullscript")
    simulators.fault("fullscript", "status", times=0, params={"code": 503})
    away = time.monotonic()
    while time.monotonic() - away < seconds:
        plans.sign()
        time.sleep(gap)
    asked, during = len(simulators.log("fullscript")), plans.made - 5
    simulators.clear_faults()
    back = time.monotonic()
    wait_for(lambda: sum(states()[state] for state in DONE) >= 0.95 * plans.made, seconds=600)
    most = time.monotonic() - back
    asked_of_her = ask_nora(nora, plans.made)
    rows = [
        ("seconds of 503", seconds),
        ("plans signed meanwhile", during),
        ("calls that Fullscript got meanwhile", f"{asked} ({asked / during:.2f} a plan)"),
        ("seconds after its return until 95 % / all were there", f"{most:.0f} / {ago(back):.0f}"),
        ("a person was asked, for its 503 might have been a yes", asked_of_her),
        ("twice at Fullscript", twice(references(nora))),
    ]
    table(capsys, "O3", rows)
    assert running.kills == {}
    assert asked <= 1.1 * during
    assert references(nora) == Counter(signed_references())


def ask_nora(nora, count) -> int:
    """How many plans of whose fate nothing was found out. She sends them again."""
    wait_for(lambda: are_done(count), seconds=1200)
    asked = for_a_person()
    send_again(nora, asked)
    wait_for(lambda: sum(states()[state] for state in SETTLED) == count, seconds=300)
    return len(asked)


def ago(moment) -> float:
    return time.monotonic() - moment


@pytest.mark.parametrize(
    ("count", "env"),
    [(4, QUICK), pytest.param(100, {}, marks=pytest.mark.soak)],
)
def test_a_plan_whose_signer_died_before_saying_so_goes_all_the_same(
    nora, stack, ground, capsys, count, env
):
    """Killed once the signature is committed, before the broker is told."""
    plans = Plans(nora)
    drafts = [plans.draft().pk for _ in range(count)]
    stack(**env)
    environment = {"FULLSCRIPT_GRANTED": ",".join(GRANTED)}
    dead = []
    for start in range(0, count, AT_ONCE):
        plans_of_some = drafts[start : start + AT_ONCE]
        given = {"practice": nora.harbor.practice.pk, "plans": plans_of_some}
        run = forks.start(ground, "sign_and_die", len(plans_of_some), environment, **given)
        dead += forks.ended(run)
    assert dead == ["killed"] * count
    wait_for(lambda: are_done(count), seconds=120)
    with tenancy.unit(tenancy.EVERYTHING):
        times = list(Sending.objects.values_list("created_at", "attempted_at"))
    waited = [(attempted - created).total_seconds() for created, attempted in times]
    rows = [
        ("killed between commit and publish", dead.count("killed")),
        ("seconds until a worker took it up: most", f"{max(waited):.1f}"),
    ]
    table(capsys, "O7", rows)
    assert references(nora) == Counter(signed_references())
    assert len(times) == count
