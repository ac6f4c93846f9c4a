"""Webhooks in other shapes and rolled keys (sections 6 and 7)."""

import json

import pytest

from tests.simulators.fullscript import app
from tests.simulators.fullscript.signing import sign
from tests.simulators_tests.fullscript_caller import Caller
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


def test_webhooks_may_hold_keys_nobody_documented(sims, nora, endpoint):
    sims.knob("fullscript", extra_keys=True)
    order(sims, nora)
    sims.act("fullscript/deliver-due")
    plan, placed = endpoint.events()
    for held in (plan, plan["data"], plan["data"]["treatment_plan"], placed["data"]):
        assert "x_new_key" in held


def test_events_may_name_the_integration(sims, nora, endpoint):
    sims.knob("fullscript", event_names_integration=True)
    order(sims, nora)
    sims.act("fullscript/deliver-due")
    integration = nora.get("/clinic").json()["clinic"]["integration_id"]
    assert {event["integration_id"] for event in endpoint.events()} == {integration}


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
