"""Goal W1: webhooks in no order, some twice, some never, some forged or late, to the running site,
while web and worker are killed. In the end every event is here once, and what we keep is what
Fullscript holds.

`make soak ARGS=tests/fullscript/test_soak_webhooks.py` runs the long version and prints a table.
"""

import threading
import time
from collections import Counter
from decimal import Decimal
from functools import partial

import pytest
import redis
import requests
from django.test import Client
from django.utils import timezone

from catalog.models import Listing
from practice import link, tasks, tenancy
from practice.models import Connection, EventSweep, PatientEvent, Receipt, VendorPatient
from recommendations.models import LabOrder, Order
from tests import dance
from tests.recommendations.conftest import make_harbor
from tests.simulators.client import Simulators
from tests.simulators.fullscript.app import WEBHOOK_CHALLENGE
from tests.stack.running import Stack

State = Receipt.State
PATIENTS = 4
SHORT = 150
HOOK = "/hooks/fullscript"


@pytest.fixture
def stack(ground, committed_db, count):
    redis.from_url(ground.valkey.url).flushall()
    stack = Stack(ground, SWEEP_SECONDS="0.5", FULLSCRIPT_MOST_CALLS="1000000")
    # The short version does itself what beat would.
    yield stack.start("web", "worker", *(["beat"] if count > SHORT else []))
    stack.stop()


@pytest.fixture
def harbor(committed_db, simulators):
    """Nora's clinic at Fullscript, with a linked patient; nothing is delivered by itself."""
    harbor = make_harbor()
    simulators.knob("fullscript", background=False, rate_limit=10**7)
    client = Client()
    client.force_login(harbor.nora.user)
    dance.connect(client, simulators, "harbor", "fullscript")
    with harbor.unit():
        connection = Connection.objects.get(vendor="fullscript")
    with harbor.scope():
        hers = patients_of(harbor, simulators)[0]
        link.confirm(connection, harbor.patient, hers, harbor.nora, timezone.now())
    return harbor


def patients_of(harbor, simulators) -> list[str]:
    """The ids of the clinic's patients there, hers first who is linked."""
    with harbor.unit():
        account_id = Connection.objects.get(vendor="fullscript").account_id
    patients = simulators.holds("fullscript")["patients"].values()
    mine = [one for one in patients if one["clinic_id"] == account_id]
    return [
        one["id"]
        for one in sorted(mine, key=lambda one: (one["email"] != harbor.patient.email, one["id"]))
    ]


@pytest.mark.parametrize(
    ("count", "kills"), [(SHORT, 1), pytest.param(10_000, 3, marks=pytest.mark.soak)]
)
def test_whatever_befalls_webhooks_the_end_is_exactly_right(
    stack, harbor, simulators, capsys, count, kills
):
    began = time.monotonic()
    simulators.configure_webhook("fullscript", url=stack.url + HOOK)
    patients = patients_of(harbor, simulators)[:PATIENTS]
    made = simulators.act(
        "fullscript/many-events",
        count=count,
        order="random",
        duplicates=0.2,
        drops=0.04,
        wrong_keys=0.008,
        stale=0.02,
        patient_ids=patients,
    )
    postman = threading.Thread(target=deliver, args=[simulators.control])
    with Caller(stack.url + HOOK) as caller:
        postman.start()
        kill_in_the_middle(stack, count, kills, postman)
        postman.join()
    delivered = time.monotonic() - began
    recover(stack)
    took = time.monotonic() - began
    with capsys.disabled():
        report(made, stack, simulators, caller, delivered, took)
    assert_each_event_is_here_once(simulators)
    assert_what_we_keep_is_what_they_hold(simulators, patients)
    assert stack.kills == {"web": kills, "worker": kills}
    assert set(caller.answers) == {WEBHOOK_CHALLENGE}


class Caller:
    """Makes the empty call of the handshake again and again. It must be answered within two
    seconds (reference 6.3); `answers` counts what came back, `waits` says after how long."""

    def __init__(self, url):
        self.url, self.answers, self.waits = url, Counter(), []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._call)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *exc):
        self._ended.set()
        self._thread.join()

    def _call(self):
        while not self._ended.wait(0.05):
            began = time.monotonic()
            with requests.Session() as alone:
                alone.trust_env = False
                try:
                    answer = alone.post(self.url, b"", timeout=10)
                except requests.ConnectionError:  # a killed one had taken the call
                    continue
            self.answers[answer.json()["challenge"]] += 1
            self.waits.append(time.monotonic() - began)


def deliver(control):
    """The vendor's deliveries until none waits, those that failed after their wait."""
    simulators = Simulators.at(control)
    while simulators.act("fullscript/delivery-state")["waiting"]:
        answer = simulators.act("fullscript/deliver-due", most=50, threads=6, brief=True)
        if not answer["count"]:
            simulators.advance(120)


def kill_in_the_middle(stack, count, kills, postman):
    """Web and worker in turn, evenly over the deliveries."""
    steps = [count * (turn + 1) // (2 * kills + 1) for turn in range(2 * kills)]
    for turn, step in enumerate(steps):
        while stored() < step and postman.is_alive():
            time.sleep(0.05)
        stack.kill(("worker", "web")[turn % 2])


def stored(**where) -> int:
    with tenancy.unit(tenancy.EVERYTHING):
        return Receipt.objects.filter(**where).count()


def recover(stack):
    """The hourly sweep comes while there is still much to do, and an hour later once more: one
    that named no clinic and was just being worked off then is led to it now."""
    for _ in range(2):
        with tenancy.unit(tenancy.EVERYTHING):
            before = timezone.now()
            EventSweep.objects.update(not_before_at=before)
        wait_until(stack, partial(swept_since, before))
        wait_until(stack, lambda: not stored(state__in=[State.NEW, State.WORKING]))


def swept_since(moment):
    with tenancy.unit(tenancy.EVERYTHING):
        return not EventSweep.objects.exclude(finished_at__gt=moment).exists()


def wait_until(stack, condition, seconds=900):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        if "beat" not in stack.started:
            tasks.sweep.delay()
        time.sleep(0.5)


def assert_each_event_is_here_once(simulators):
    happened = Counter(event["id"] for event in simulators.holds("fullscript")["events"])
    with tenancy.unit(tenancy.EVERYTHING):
        here = Counter(Receipt.objects.values_list("event_id", flat=True))
        states = Counter(Receipt.objects.values_list("state", flat=True))
    assert here == happened
    assert states == {State.DONE: len(happened)}


def assert_what_we_keep_is_what_they_hold(simulators, patients):
    held = simulators.holds("fullscript")
    with tenancy.unit(tenancy.EVERYTHING):
        assert kept_patients() == told_patients(held)
        assert kept_products(held) == told_products(held)
        assert set(Order.objects.values_list("vendor_order_id", flat=True)) == {
            one["id"] for one in held["orders"].values() if one["patient_id"] == patients[0]
        }
        assert Order.objects.count() == noted("ordered:")
        assert dict(LabOrder.objects.values_list("vendor_lab_order_id", "raw_state")) == {
            one["id"]: one["state"]
            for one in held["lab_orders"].values()
            if one["patient_id"] == patients[0]
        }


def noted(source) -> int:
    return PatientEvent.objects.filter(source__startswith=source).count()


def kept_patients() -> dict:
    rows = VendorPatient.objects.values_list("vendor_patient_id", "phone", "guardian_id")
    return {number: (phone, guardian) for number, phone, guardian in rows}


def told_patients(held) -> dict:
    """As they are there now, of those that any event was about."""
    told = {
        event["data"]["patient"]["id"]
        for event in held["events"]
        if event["type"].startswith("patient.")
    }
    people = held["patients"]
    return {
        number: (people[number]["mobile_number"] or "", people[number]["guardian_patient_id"] or "")
        for number in told | set(kept_patients())
    }


def told_products(held) -> dict:
    """Price and description of each variant, after the last event about its product."""
    found = {}
    for event in held["events"]:
        if event["type"].startswith("product."):
            product = event["data"].get("product") or event["data"]
            for variant in product["variants"]:
                found[variant["id"]] = (Decimal(variant["msrp"]), product["description_html"])
    return found


def kept_products(held) -> dict:
    rows = Listing.objects.filter(vendor="fullscript", sku__in=told_products(held))
    return {row.sku: (row.retail_price, row.description_html) for row in rows}


def report(made, stack, simulators, caller, delivered, took):
    sent = simulators.act("fullscript/delivery-state")
    with tenancy.unit(tenancy.EVERYTHING):
        how = Counter(Receipt.objects.values_list("found_by", flat=True))
        states = Counter(Receipt.objects.values_list("state", flat=True))
        repeats = sum(Receipt.objects.values_list("repeats", flat=True))
        attempts = Counter(Receipt.objects.values_list("attempts", flat=True))
    rows = [
        ("events at Fullscript", made["events"]),
        ("of types", len(made["by_type"])),
        ("deliveries attempted", sent["attempted"]),
        ("  delivered / failed", f"{sent['delivered']} / {sent['failed']}"),
        ("  never sent", len(made["lost"])),
        ("  with a wrong key or stale", sent["forged"]),
        ("kills -9 of web / worker", f"{stack.kills['web']} / {stack.kills['worker']}"),
        ("receipts by webhook / by sweep", f"{how['webhook']} / {how['sweep']}"),
        ("repeats counted", repeats),
        ("worked off in one attempt / more", f"{attempts[1]} / {attempts.total() - attempts[1]}"),
        ("states", dict(states)),
        ("orders, lab orders, listings kept", kept_counts()),
        ("empty calls answered / after more than 2 s", in_time(caller.waits)),
        ("seconds to deliver / in all", f"{delivered:.0f} / {took:.0f}"),
    ]
    print("\n| W1 | |\n|---|---:|")
    for name, value in rows:
        print(f"| {name} | {value} |")


def in_time(waits) -> str:
    late = sum(seconds > 2 for seconds in waits)
    return f"{len(waits)} / {late} (slowest {max(waits):.2f} s)"


def kept_counts():
    with tenancy.unit(tenancy.EVERYTHING):
        counts = [model.objects.count() for model in (Order, LabOrder, Listing)]
    return ", ".join(map(str, counts))
