"""Webhooks in other shapes, rolled keys, and many of them at once (sections 6 and 7)."""

import json
import time

import pytest

from tests.simulators.fullscript import app
from tests.simulators.fullscript.signing import sign
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


def order(sims, nora):
    """A plan and an order: one event that is nested by its documents, one that is flat."""
    plan_id = sims.act("fullscript/make-plan", patient_id=nora.patient()["id"])["plan_id"]
    sims.act("fullscript/order", plan_id=plan_id)


def bodies(endpoint):
    return [json.loads(one["body"]) for one in endpoint.got if one["body"]]


def test_an_event_can_come_without_an_envelope(sims, nora, endpoint):
    sims.knob("fullscript", envelope="bare")
    order(sims, nora)
    sims.act("fullscript/deliver-due")
    assert [body["type"] for body in bodies(endpoint)] == ["treatment_plan.created", "order.placed"]


@pytest.mark.parametrize(
    ("shape", "is_nested"),
    [("documented", [True, False]), ("flat", [False, False]), ("nested", [True, True])],
)
def test_data_is_nested_as_the_knob_says(sims, nora, endpoint, shape, is_nested):
    sims.knob("fullscript", webhook_data=shape)
    order(sims, nora)
    sims.act("fullscript/deliver-due")
    data = [event["data"] for event in endpoint.events()]
    assert [list(d) in (["treatment_plan"], ["order"]) for d in data] == is_nested


@pytest.mark.parametrize("names", [False, True])
def test_a_new_product_names_no_clinic_unless_the_knob_says(sims, nora, endpoint, names):
    sims.knob("fullscript", product_created_names_clinic=names)
    variant = nora.get(f"/catalog/variants/{nora.variant_id()}").json()["variant"]
    product = {"product_id": variant["product"]["id"], "type": "product.created"}
    sims.act("fullscript/touch-product", **product)
    sims.act("fullscript/deliver-due")
    assert ("clinic_id" in endpoint.events()[0]) is names


@pytest.mark.parametrize(
    ("probe", "signed"), [("POST", False), ("GET", False), ("POST signed", True)]
)
def test_the_empty_call_is_made_as_the_knob_says(sims, nora, endpoint, probe, signed):
    sims.knob("fullscript", probe=probe)
    order(sims, nora)
    sims.act("fullscript/deliver-due", most=1)
    first = endpoint.got[0]
    assert (first["method"], first["body"]) == (probe.split()[0], b"")
    assert ("Fullscript-Signature" in first["headers"]) is signed


def keys_of(endpoint, *keys):
    """Which of the keys signed each event."""
    found = []
    for told in [one for one in endpoint.got if one["body"]]:
        header = told["headers"]["Fullscript-Signature"]
        moment = int(header[2:12])
        found.append(next(key for key in keys if header == sign(told["body"], key, moment)))
    return found


def test_both_keys_sign_while_one_is_rolled_and_the_new_one_afterwards(sims, nora, endpoint):
    sims.act("fullscript/roll-key", key="next", overlap=True)
    for _ in range(2):
        order(sims, nora)
    sims.act("fullscript/deliver-due")
    assert set(keys_of(endpoint, "next", app.WEBHOOK_KEY)) == {"next", app.WEBHOOK_KEY}
    sims.act("fullscript/roll-key", key="next")
    endpoint.got.clear()
    order(sims, nora)
    sims.act("fullscript/deliver-due")
    assert keys_of(endpoint, "next", app.WEBHOOK_KEY) == ["next", "next"]


@pytest.mark.parametrize(("needs_fresh", "told"), [(False, 2), (True, 0)])
def test_an_expired_token_may_or_may_not_let_webhooks_out(sims, nora, endpoint, needs_fresh, told):
    patient = nora.patient()["id"]
    sims.knob("fullscript", webhooks_need_fresh_token=needs_fresh)
    sims.act("fullscript/expire-tokens")
    plan_id = sims.act("fullscript/make-plan", patient_id=patient)["plan_id"]
    sims.act("fullscript/order", plan_id=plan_id)
    assert len(sims.act("fullscript/deliver-due")["attempts"]) == told


def test_a_token_without_the_scope_lets_no_webhook_out(sims, endpoint):
    sims.configure("fullscript", scopes=["patients:read", "clinic:read"])
    few = Caller(sims).connect()
    order(sims, few)
    assert sims.act("fullscript/deliver-due")["attempts"] == []


def test_types_nobody_knows_are_sent_and_listed_nowhere(sims, nora, endpoint):
    event_id = sims.act("fullscript/other-event", type="fulfillment.odd", data={"a": 1})["event_id"]
    sims.act("fullscript/deliver-due")
    assert endpoint.events()[0]["type"] == "fulfillment.odd"
    assert nora.get(f"/events/{event_id}").json()["event"]["data"] == {"a": 1}


def test_legacy_keys_are_listed_but_never_sent(sims, nora, endpoint):
    sims.act("fullscript/other-event", type="clinic_key.revoked")
    assert sims.act("fullscript/deliver-due")["attempts"] == []
    rows = nora.get("/events/clinic_keys").json()["events"]
    assert [row["type"] for row in rows] == ["clinic_key.revoked"]


def test_events_are_listed_in_pages_oldest_first(sims, nora):
    for _ in range(3):
        order(sims, nora)
    query = {"page[size]": 2, "order_by": "ASC", "sort_by": "created_at"}
    first = nora.get("/events/orders", **query).json()
    second = nora.get("/events/orders", **query, **{"page[number]": 2}).json()
    rows = first["events"] + second["events"]
    assert [row["id"] for row in rows] == [
        e["id"] for e in sims.holds("fullscript")["events"] if e["type"] == "order.placed"
    ]
    assert (first["meta"]["next_page"], second["meta"]["next_page"]) == (2, None)


def test_items_of_event_lists_may_hold_an_id_alone(sims, nora):
    order(sims, nora)
    sims.knob("fullscript", event_items="id")
    assert set(nora.get("/events/orders").json()["events"][0]) == {"id"}


@pytest.mark.parametrize(
    ("filter", "found"),
    [
        ("2026-05-04", 1),
        ("<2026-05-04", 0),
        (">2026-05-04", 0),
        (">2026-05-03", 1),
        ("2026-05-01..2026-05-04", 1),
        ("2026-05-01..2026-05-03", 0),
    ],
)
def test_days_are_asked_for_in_four_ways(sims, nora, filter, found):
    sims.set_clock("2026-05-04T12:00:00+00:00")
    nora.connect()
    order(sims, nora)
    assert len(nora.get("/events/orders", created_at=filter).json()["events"]) == found


def test_a_bad_day_is_refused(nora):
    assert nora.get("/events/orders", created_at="yesterday").status_code == 422


def test_the_record_counts_what_was_sent(sims, nora, endpoint):
    endpoint.statuses = [200, 500]
    order(sims, nora)
    sims.act("fullscript/deliver-due")
    assert sims.act("fullscript/delivery-state") == {
        "waiting": 1,
        "probes": 2,
        "attempted": 2,
        "delivered": 1,
        "failed": 1,
        "dropped": 0,
        "forged": 0,
    }


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
    made = sims.act("fullscript/many-events", count=200, order="random", **shares)
    sims.act("fullscript/deliver-due", threads=8, brief=True)
    told = [event["id"] for event in endpoint.events()]
    ids = [event["id"] for event in sims.holds("fullscript")["events"]]
    assert made["lost"]
    assert set(ids) - set(told) <= set(made["lost"])
    assert list(dict.fromkeys(told)) != [id for id in ids if id in told]
    state = sims.act("fullscript/delivery-state")
    assert (state["waiting"], state["forged"]) == (0, made["forged"])
    # With the duplicates, less the drops: every one of the others arrived as it should.
    assert state["delivered"] == len(told) - made["forged"]


def test_five_thousand_events_happen_within_seconds(sims, nora, endpoint):
    Caller(sims, CLARA).connect()
    started = time.monotonic()
    made = sims.act("fullscript/many-events", count=5000, order="random")
    assert made["waiting"] == 5000
    assert time.monotonic() - started < 15


def test_a_long_queue_is_worked_off_at_an_even_pace(sims, nora, endpoint):
    """The last of many deliveries takes no longer than the first: nothing is searched through."""
    sims.knob("fullscript", probe_first=False)
    sims.act("fullscript/many-events", count=3000)
    paces = []
    for _ in range(2):
        started = time.monotonic()
        sims.act("fullscript/deliver-due", most=150, threads=4, brief=True)
        paces.append(time.monotonic() - started)
        sims.act("fullscript/deliver-due", most=500, threads=4, brief=True)
    assert paces[1] < paces[0] * 3
