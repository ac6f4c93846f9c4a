"""What changes at Fullscript without us, and what of it is told (sections 5 and 6)."""

import pytest

from tests.simulators.client import SimulatorError
from tests.simulators_tests.fullscript_caller import Caller


@pytest.fixture
def nora(sims):
    return Caller(sims).connect()


def types(sims):
    return [event["type"] for event in sims.holds("fullscript")["events"]]


def test_our_own_new_patient_is_on_record_but_told_by_nothing(sims, nora):
    person = {"first_name": "Wren", "last_name": "Ito", "email": "wren.ito@mail.example"}
    made = nora.post("/clinic/patients", **person).json()["patient"]["id"]
    effects = sims.holds("fullscript")["effects"]
    assert [(p["patient_id"], p["by"]) for p in effects["patients_created"]] == [(made, "rest")]
    assert [m["email"] for m in effects["welcome_mails"]] == ["wren.ito@mail.example"]
    assert types(sims) == []


def test_a_quiet_creation_sends_no_welcome(sims, nora):
    person = {"first_name": "Wren", "last_name": "Ito", "email": "wren.ito@mail.example"}
    nora.post("/clinic/patients", **person, send_welcome_email="false")
    assert sims.holds("fullscript")["effects"]["welcome_mails"] == []


def test_a_child_who_signs_up_hangs_on_the_guardian(sims, nora):
    priya = nora.patient("Priya")["id"]
    person = {"first_name": "Ravi", "last_name": "N.", "email": "ravi@mail.example"}
    sims.act("fullscript/add-patient", guardian_patient_id=priya, **person)
    rows = nora.get(f"/clinic/patients/{priya}/dependents").json()["patients"]
    assert {(row["first_name"], row["is_dependent"]) for row in rows} == {
        ("Arjun", True),
        ("Ravi", True),
    }
    assert types(sims) == ["patient.created"]


@pytest.mark.parametrize(("archived", "found"), [(True, True), (False, False)])
def test_a_patient_is_archived_and_brought_back_in_silence(sims, nora, archived, found):
    patient = nora.patient()["id"]
    sims.act("fullscript/archive-patient", patient_id=patient)
    sims.act("fullscript/archive-patient", patient_id=patient, archived=archived)
    assert nora.get(f"/clinic/patients/{patient}").json()["patient"]["archived"] is found
    assert types(sims) == []


def test_a_changed_product_is_told_and_answered(sims, nora):
    variant_id = nora.variant_id()
    variant = nora.get(f"/catalog/variants/{variant_id}").json()["variant"]
    change = {"name": "Renamed", "msrp": "1.23", "availability": "Backordered"}
    sims.act("fullscript/touch-product", product_id=variant["product"]["id"], **change)
    after = nora.get(f"/catalog/variants/{variant_id}").json()["variant"]
    product = nora.get(f"/catalog/products/{variant['product']['id']}").json()["product"]
    told = sims.holds("fullscript")["events"][0]["data"]["product"]
    assert (after["msrp"], after["availability"], after["product"]["name"]) == (
        "1.23",
        "Backordered",
        "Renamed",
    )
    assert told["variants"] == product["variants"]
    assert product["primary_variant"]["msrp"] in {v["msrp"] for v in product["variants"]}


def test_an_event_keeps_what_it_told_when_the_plan_goes_on_changing(sims, nora):
    plan_id = sims.act("fullscript/make-plan", patient_id=nora.patient()["id"])["plan_id"]
    sims.act("fullscript/change-plan", plan_id=plan_id, units_to_purchase=9)
    first, second = sims.holds("fullscript")["events"]
    units = [
        event["data"]["treatment_plan"]["recommendations"][0]["units_to_purchase"]
        for event in (first, second)
    ]
    assert units == [1, 9]


def test_a_protocol_is_made_changed_shared_and_deleted(sims, nora):
    line = {"variant_id": "not-sold", "units_to_purchase": "2"}
    made = {"practitioner_id": nora.id, "name": "New one", "recommendations": [line]}
    protocol_id = sims.act("fullscript/make-protocol", **made)["protocol_id"]
    sims.act("fullscript/make-protocol", protocol_id=protocol_id, current_state="draft")
    shown = nora.get(f"/clinic/protocols/{protocol_id}").json()["protocol"]
    assert (shown["name"], shown["current_state"]) == ("New one", "draft")
    assert shown["recommendations"][0]["variant_id"] == "not-sold"
    sims.act("fullscript/delete-protocol", protocol_id=protocol_id)
    assert nora.get(f"/clinic/protocols/{protocol_id}").status_code == 404


def test_a_held_value_can_be_made_odd_in_silence(sims, nora):
    plan_id = sims.act("fullscript/make-plan", patient_id=nora.patient()["id"])["plan_id"]
    odd = {"collection": "plans", "id": plan_id, "values": {"state": "hibernating"}}
    sims.act("fullscript/overwrite", **odd)
    plan = nora.get(f"/clinic/treatment_plans/{plan_id}").json()["treatment_plan"]
    assert (plan["state"], types(sims)) == ("hibernating", ["treatment_plan.created"])


def test_what_is_not_held_cannot_be_made_odd(sims):
    with pytest.raises(SimulatorError, match="There is no such thing"):
        sims.act("fullscript/overwrite", collection="plans", id="none", values={})


def test_a_cart_is_filled_where_no_call_sees_it(sims, nora):
    patient = nora.patient("Theo")["id"]
    sims.act("fullscript/fill-cart", patient_id=patient, variant_id=nora.variant_id(), quantity=3)
    assert [line["quantity"] for line in sims.holds("fullscript")["carts"][patient]] == [3]
    assert nora.get(f"/clinic/patients/{patient}/orders").json()["orders"] == []
