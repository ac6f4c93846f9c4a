"""Recommendations sent through every fault in turn while workers are killed at random. In the end
WholeScripts holds one for each plan, or none for those of which a person is asked.

`make soak ARGS=tests/wholescripts/test_fault_run.py` sends 200 and says which are left to people.
"""

import random
import time
from collections import Counter

import pytest
import redis
from django.test import Client
from django.utils import timezone

from catalog.models import Listing
from practice import tenancy
from practice.vendors.contract import Slot
from recommendations import sign
from recommendations.models import Dose, Plan, PlanItem, Sending
from tests import dance
from tests.journey import wait_for
from tests.recommendations.conftest import make_harbor
from tests.simulators import catalogue
from tests.stack.running import Stack

State = Sending.State
SENT = [State.SENT, State.CONFIRMED]
DONE = [*SENT, State.NEEDS_REVIEW]
POST = {"method": "POST", "path": "/Recommendations$"}
# What goes wrong, and where: with the vendor's knobs, or with every other call.
FAULTS = {
    "401 in the middle": ("status", POST, {"code": 401}),
    "429 with seconds": ("status", POST, {"code": 429, "retry_after": 1}),
    "429 with a date": ("status", POST, {"code": 429, "retry_after": 2, "retry_after_date": True}),
    "500": ("status", POST, {"code": 500}),
    "500 after it was stored": ("status_after", POST, {"code": 500}),
    "503": ("status", POST, {"code": 503}),
    "a page of HTML": ("html", POST, {}),
    "slow": ("slow", POST, {"seconds": 1}),
    "reset after it was stored": ("reset_after", POST, {}),
    "reset before": ("reset_before", POST, {}),
    "cut in half": ("truncated", POST, {}),
    "the patients cannot be asked": ("status", {"path": "Patients"}, {"code": 500}),
    "success without an id": "success_without_id",
    "another shape": "wrong_top_level",
}
QUICK = {"SWEEP_SECONDS": "0.5", "LOOK_UP_WAITS": "1,1,1"}


@pytest.fixture
def harbor(committed_db, ground, simulators):
    redis.from_url(ground.valkey.url).flushall()
    harbor = make_harbor()
    client = Client()
    client.force_login(harbor.nora.user)
    dance.connect(client, simulators, "harbor", "wholescripts")
    return harbor


@pytest.fixture
def stack(ground):
    stack = Stack(ground, WHOLESCRIPTS_MOST_CALLS="1000000", **QUICK)
    yield stack.start("worker", "beat")
    stack.stop()


class Signing:
    """Plans of one bottle each, no two of them alike."""

    def __init__(self, harbor):
        self.harbor, self.keys, now = harbor, {}, timezone.now()
        rows = [row for row in catalogue.wholescripts_products(20) if row["quantity"] > 0]
        with tenancy.unit(tenancy.EVERYTHING):
            self.listings = Listing.objects.bulk_create(
                Listing(
                    vendor="wholescripts",
                    sku=row["sku"],
                    name=row["productName"],
                    first_seen_at=now,
                    seen_at=now,
                )
                for row in rows
            )

    def plans(self, count):
        for _ in range(count):
            number = len(self.keys)
            listing = self.listings[number % len(self.listings)]
            units = 1 + number // len(self.listings)
            own = {"practice": self.harbor.practice}
            people = {"patient": self.harbor.patient, "clinician": self.harbor.nora}
            with self.harbor.unit():
                plan = Plan.objects.create(notify_patient=False, **people, **own)
                item = PlanItem.objects.create(plan=plan, listing=listing, units=units, **own)
                Dose.objects.create(item=item, slot=Slot.BREAKFAST, quantity=1, **own)
                [sending] = sign.queue(plan, self.harbor.nora, timezone.now())
            self.keys[sending.pk] = (listing.sku, units)


def states() -> dict[int, str]:
    with tenancy.unit(tenancy.EVERYTHING):
        return dict(Sending.objects.values_list("pk", "state"))


def are_done(pks) -> bool:
    found = states()
    return all(found[pk] in DONE for pk in pks)


def are_tried(pks) -> bool:
    """Each was taken up once, whatever came of it."""
    with tenancy.unit(tenancy.EVERYTHING):
        return not Sending.objects.filter(pk__in=pks, attempted_at__isnull=True).exists()


def spoil(simulators, fault):
    if isinstance(fault, str):
        simulators.knob("wholescripts", **{fault: True})
    else:
        kind, where, params = fault
        # A second 401 in a row would say that the person took the consent back.
        often = {"times": 1} if params.get("code") == 401 else {"times": 0, "every": 2}
        simulators.fault("wholescripts", kind, **where, **often, params=params)


def mend(simulators):
    simulators.clear_faults()
    knobs = [fault for fault in FAULTS.values() if isinstance(fault, str)]
    simulators.knob("wholescripts", **dict.fromkeys(knobs, False))


@pytest.mark.parametrize("count", [14, pytest.param(200, marks=pytest.mark.soak)])
def test_every_plan_is_there_once_or_a_person_is_asked(harbor, stack, simulators, capsys, count):
    chance, signing, told = random.Random(5), Signing(harbor), []
    for turn, (name, fault) in enumerate(FAULTS.items()):
        before = set(signing.keys)
        spoil(simulators, fault)
        signing.plans(count // len(FAULTS) + (turn < count % len(FAULTS)))
        mine = signing.keys.keys() - before
        if chance.random() < 0.3:
            time.sleep(chance.random())
            stack.kill("worker")
        wait_for(lambda mine=mine: are_tried(mine))
        mend(simulators)
        wait_for(lambda mine=mine: are_done(mine), seconds=120)
        told.append((name, mine))
    held = Counter(key_of(one) for one in simulators.holds("wholescripts")["recommendations"])
    found = states()
    with capsys.disabled():
        report(told, found, held, signing, stack)
    for pk, key in signing.keys.items():
        assert held[key] == (found[pk] in SENT), (pk, key, found[pk])
    assert held.total() == sum(state in SENT for state in found.values())


def key_of(recommendation) -> tuple[str, int]:
    [item] = recommendation["body"]["Items"]
    return item["Sku"], item["Quantity"]


def report(told, found, held, signing, stack):
    print(f"\n{len(found)} plans, {stack.kills['worker']} kills -9 of the worker\n")
    print("| fault | plans | sent | a person is asked | there twice |")
    print("|---|---:|---:|---:|---:|")
    for name, mine in told:
        sent = sum(found[pk] in SENT for pk in mine)
        twice = sum(held[signing.keys[pk]] > 1 for pk in mine)
        print(f"| {name} | {len(mine)} | {sent} | {len(mine) - sent} | {twice} |")
