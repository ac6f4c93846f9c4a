"""Thousands of events at once, for long runs (section 6)."""

import time

import pytest

from tests.simulators.fullscript import app
from tests.simulators_tests.fullscript_caller import CLARA, Caller
from tests.simulators_tests.fullscript_endpoint import Endpoint


@pytest.fixture
def nora(sims):
    return Caller(sims).connect()


@pytest.fixture
def endpoint(sims):
    taking = Endpoint()
    sims.configure_webhook("fullscript", url=taking.url)
    sims.knob("fullscript", background=False)
    yield taking
    taking.close()


def test_every_type_is_among_many_events(sims, nora, endpoint):
    made = sims.act("fullscript/many-events", count=40, seed=3)
    assert made["events"] == made["waiting"] == 40
    assert set(made["by_type"]) == set(app.EVENT_SCOPES)


def test_many_events_are_the_same_for_a_seed_and_change_what_is_held(sims, nora, endpoint):
    def happen():
        sims.reset()
        sims.knob("fullscript", background=False)
        Caller(sims).connect()
        made = sims.act("fullscript/many-events", count=60, seed=8)
        states = [plan["state"] for plan in sims.holds("fullscript")["plans"].values()]
        return made["by_type"], states

    first = happen()
    assert first == happen()
    assert "cancelled" in first[1]


def test_many_events_keep_to_the_patients_named(sims, nora, endpoint):
    elena = nora.patient()["id"]
    sims.act("fullscript/many-events", count=60, patient_ids=[elena])
    held = sims.holds("fullscript")
    assert {plan["patient_id"] for plan in held["plans"].values()} == {elena}
    assert {order["patient_id"] for order in held["orders"].values()} == {elena}


def test_many_events_are_disturbed_by_their_shares(sims, nora, endpoint):
    shares = {"duplicates": 0.2, "drops": 0.1, "wrong_keys": 0.1, "stale": 0.1}
    made = sims.act("fullscript/many-events", count=200, **shares)
    sims.act("fullscript/deliver-due", threads=8, brief=True)
    told = [event["id"] for event in endpoint.events()]
    ids = [event["id"] for event in sims.holds("fullscript")["events"]]
    assert made["lost"]
    assert set(ids) - set(told) <= set(made["lost"])
    state = sims.act("fullscript/delivery-state")
    assert (state["waiting"], state["forged"]) == (0, made["forged"])
    # With the duplicates, less the drops: every one of the others arrived as it should.
    assert state["delivered"] == len(told) - made["forged"]


@pytest.mark.parametrize(("order", "same"), [("", True), ("random", False)])
def test_many_events_leave_in_their_order_or_in_none(sims, nora, endpoint, order, same):
    sims.knob("fullscript", probe_first=False)
    sims.act("fullscript/many-events", count=30, order=order)
    sims.act("fullscript/deliver-due")
    told = [event["id"] for event in endpoint.events()]
    ids = [event["id"] for event in sims.holds("fullscript")["events"]]
    assert (told == ids, sorted(told) == sorted(ids)) == (same, True)


@pytest.mark.soak
def test_five_thousand_events_happen_and_arrive(sims, nora, endpoint):
    """Those that were not answered within two seconds come again after their wait."""
    Caller(sims, CLARA).connect()
    started = time.monotonic()
    made = sims.act("fullscript/many-events", count=5000, order="random")
    while sims.act("fullscript/delivery-state")["waiting"]:
        if not sims.act("fullscript/deliver-due", most=1000, threads=8, brief=True)["count"]:
            sims.advance(120)
    took = time.monotonic() - started
    print(f"\n5,000 events happened in {made['seconds']} s and had arrived after {took:.0f} s")
    assert sims.act("fullscript/delivery-state")["delivered"] == 5000
