"""The traps of webhooks' payloads (reference 6.6): what they say is a hint, or not even that."""

import json
import time

import pytest

from practice.vendors.fullscript import webhook
from tests.hooks.posting import HOOK, receipts, signed
from tests.recommendations.test_receive import arrive, confirmed, nora  # noqa: F401
from tests.simulators.fullscript.app import WEBHOOK_KEY

NESTED = {
    "order.placed": "order",
    "lab_order.updated": "lab_order",
    "treatment_plan.created": "treatment_plan",
    "treatment_plan.updated": "treatment_plan",
    "treatment_plan.recommendation.updated": "treatment_plan",
    "patient.created": "patient",
    "patient.updated": "patient",
    "patient.emancipated": "patient",
    "product.created": "product",
    "product.updated": "product",
    "product.description.updated": "product",
}


def told(kind, data):
    return {"id": "e-1", "type": kind, "clinic_id": "c-1", "data": data}


@pytest.mark.parametrize("kind", NESTED)
def test_trap_data_is_flat_or_nested_whatever_the_type(kind):
    thing = {"id": "x-1", "name": "Zinc"}
    flat, nested = told(kind, thing), told(kind, {NESTED[kind]: thing})
    assert webhook.event(flat).data == webhook.event(nested).data == thing


def test_trap_active_is_a_text_that_also_a_cancellation_holds(
    nora,  # noqa: F811
    confirmed,  # noqa: F811
    arrive,  # noqa: F811
    simulators,
):
    simulators.act("fullscript/cancel-plan", plan_id=confirmed.vendor_plan_id)
    [event] = [
        one
        for one in simulators.holds("fullscript")["events"]
        if one["type"] == "treatment_plan.updated"
    ]
    assert event["data"]["treatment_plan"]["active"] == "true"
    arrive()
    assert nora.again(confirmed).raw_state == "cancelled"


def test_trap_a_plans_event_names_neither_patient_nor_state(
    nora,  # noqa: F811
    confirmed,  # noqa: F811
    arrive,  # noqa: F811
    simulators,
):
    simulators.act("fullscript/change-plan", plan_id=confirmed.vendor_plan_id, units_to_purchase=4)
    event = simulators.holds("fullscript")["events"][-1]
    plan = event["data"].get("treatment_plan", event["data"])
    assert not {"patient", "patient_id", "state"} & plan.keys()
    arrive()
    assert nora.again(confirmed).differences


def test_trap_a_products_event_has_no_id_but_its_variants():
    product = {"name": "Zinc", "variants": [{"id": "v-1"}, {"id": "v-2"}]}
    event = webhook.event(told("product.updated", {"product": product}))
    assert list(webhook.variant_ids(event)) == ["v-1", "v-2"]


def test_trap_a_trailing_comma_of_the_samples_is_no_json_and_is_refused(client, db):
    body = json.dumps({"event": told("patient.updated", {})})[:-2].encode() + b",}}"
    answer = client.post(
        HOOK,
        body,
        content_type="application/json",
        headers={"Fullscript-Signature": signed(body, WEBHOOK_KEY, time.time())},
    )
    assert answer.status_code == 400
    assert receipts() == []
