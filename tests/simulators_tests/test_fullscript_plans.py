"""Plans by API, orders and dynamic links (sections 5.4, 5.7 and 9)."""

import pytest
import requests

from tests.simulators_tests.fullscript_caller import IVY, Caller


@pytest.fixture
def nora(sims):
    sims.configure("fullscript", granted=["plans"])
    return Caller(sims).connect()


def test_a_plan_without_a_state_is_active_and_mailed(sims, nora):
    answer = nora.plan(metadata={"id": "ours-7"})
    plan = answer.json()["treatment_plan"]
    assert (answer.status_code, plan["state"], plan["source"]) == (201, "active", "api")
    assert plan["recommendations"][0]["units_to_purchase"] == 2
    assert plan["recommendations"][0]["refill"] is False
    assert plan["practitioner"] == {"id": nora.id}
    assert [mail["to"] for mail in sims.mail()] == [nora.patient()["email"]]


def test_our_own_changes_fire_nothing(sims, nora):
    plan = nora.plan().json()["treatment_plan"]
    nora.patch(f"/clinic/treatment_plans/{plan['id']}/cancel")
    assert sims.holds("fullscript")["events"] == []


def test_plans_by_api_are_refused_until_granted(sims, nora):
    sims.configure("fullscript", granted=[])
    assert nora.plan().status_code == 403
    assert sims.holds("fullscript")["plans"] == {}


def test_staff_must_name_the_practitioner(sims, nora):
    ivy = Caller(sims, IVY).connect()
    assert ivy.plan().status_code == 422
    assert ivy.plan(practitioner_id=nora.id).status_code == 201


def test_a_draft_is_activated_once(nora):
    plan = nora.plan(state="draft").json()["treatment_plan"]
    assert plan["state"] == "draft"
    path = f"/clinic/treatment_plans/{plan['id']}/activate"
    assert nora.patch(path).json()["treatment_plan"]["state"] == "active"
    assert nora.patch(path).status_code == 422


def test_words_outside_the_vocabulary_are_refused(sims, nora):
    line = nora.line(dosage={"frequency": "every other tuesday"})
    assert nora.plan(recommendations=[line]).status_code == 422
    sims.knob("fullscript", strict_vocabulary=False)
    assert nora.plan(recommendations=[line]).status_code == 201


def test_an_unknown_variant_is_refused(nora):
    answer = nora.plan(recommendations=[nora.line(variant_id="none")])
    assert (answer.status_code, answer.json()) == (422, {"error": ["Variant must exist"]})


def test_plans_made_in_fullscript_need_the_history_scope(sims, nora):
    made = sims.act("fullscript/make-plan", patient_id=nora.patient()["id"])["plan_id"]
    ours = nora.plan().json()["treatment_plan"]["id"]
    sims.configure("fullscript", scopes=["patients:read", "clinic:read"])
    few = Caller(sims).connect()
    rows = few.get(f"/clinic/patients/{nora.patient()['id']}/treatment_plans").json()
    assert [row["id"] for row in rows["treatment_plans"]] == [ours]
    assert few.get(f"/clinic/treatment_plans/{made}").status_code == 403


def test_a_lost_answer_leaves_the_plan_findable_by_our_id(sims, nora):
    sims.fault("fullscript", "reset_after", method="POST", path="treatment_plans$")
    with pytest.raises(requests.ConnectionError):
        nora.plan(metadata={"id": "ours-9"})
    hits = nora.get("/clinic/metadata", id="ours-9", type="treatment_plan").json()["metadata"]
    assert len(hits) == 1


def test_an_order_is_listed_under_its_plan(sims, nora):
    plan = nora.plan().json()["treatment_plan"]
    order = sims.act("fullscript/order", plan_id=plan["id"])["order"]
    rows = nora.get("/clinic/orders", treatment_plan_id=plan["id"]).json()["orders"]
    assert [row["id"] for row in rows] == [order["id"]]
    assert rows[0]["completed_at"].endswith("-05:00")
    assert rows[0]["line_items"][0]["quantity"] == 2


def test_the_three_links_put_the_address_in_their_own_places(nora):
    start = nora.get("/clinic/dynamic_links/treatment_plans").json()
    asked = {"treatment_plan": {"practitioner_id": nora.id}, "patient": nora.patient()}
    draft = nora.post("/clinic/dynamic_links/treatment_plans", **asked).json()
    gateway = nora.post("/clinic/dynamic_links/gateway/treatment_plans", **asked).json()
    assert "redirect_url" in start
    assert "redirect_url" in draft["dynamic_links"]
    assert draft["patient"]["id"] == gateway["patient"]["id"] == nora.patient()["id"]


def test_a_draft_link_needs_an_email_and_makes_the_patient(sims, nora):
    asked = {"treatment_plan": {"practitioner_id": nora.id}}
    path = "/clinic/dynamic_links/treatment_plans"
    nameless = nora.post(path, **asked, patient={"first_name": "Kit", "last_name": "Ode"})
    assert nameless.status_code == 422
    person = {"first_name": "Kit", "last_name": "Ode", "email": "kit.ode@mail.example"}
    made = nora.post(path, **asked, patient=person).json()["patient"]["id"]
    assert nora.get(f"/clinic/patients/{made}").json()["patient"]["first_name"] == "Kit"
    assert [mail["to"] for mail in sims.mail()] == ["kit.ode@mail.example"]


def save(page, nora, **more):
    """Post the editor's form with one line."""
    form = {"variant_id": nora.variant_id(), "units_to_purchase": "1"}
    blank = ("amount", "frequency", "duration", "format", "time_of_day", "take_with")
    form |= dict.fromkeys((*blank, "additional_info"), "")
    return requests.post(page.url + "/save", data=form | more, timeout=5)


def test_a_draft_link_opens_its_one_plan_again(sims, nora):
    asked = {"treatment_plan": {"practitioner_id": nora.id}, "patient": nora.patient()}
    links = nora.post("/clinic/dynamic_links/treatment_plans", **asked).json()["dynamic_links"]
    for then in ("draft", "activate"):
        page = requests.post(links["redirect_url"], data={"person": nora.id}, timeout=5)
        save(page, nora, then=then)
    plans = sims.holds("fullscript")["plans"].values()
    assert [plan["state"] for plan in plans] == ["active"]
    assert [e["type"] for e in sims.holds("fullscript")["events"]] == ["treatment_plan.created"]


def test_changing_an_active_plan_through_a_link_is_told(sims, nora):
    plan = nora.plan().json()["treatment_plan"]
    url = nora.get(f"/clinic/dynamic_links/treatment_plans/{plan['id']}").json()["redirect_url"]
    page = requests.post(url, data={"person": nora.id}, timeout=5)
    assert "Save changes" in page.text
    save(page, nora, units_to_purchase="4")
    types = [e["type"] for e in sims.holds("fullscript")["events"]]
    assert types == ["treatment_plan.recommendation.updated"]
