"""Dynamic links, handed to the clinic or the patient (sections 5.4 and 9)."""

import pytest
import requests

from tests.simulators_tests.fullscript_caller import CLARA, Caller

LINKS = "/clinic/dynamic_links/treatment_plans"
GATEWAY = "/clinic/dynamic_links/gateway/treatment_plans"
BLANK = dict.fromkeys(
    ("amount", "frequency", "duration", "format", "time_of_day", "take_with", "additional_info"), ""
)


@pytest.fixture
def nora(sims):
    return Caller(sims).connect()


def effects(sims, name):
    return sims.holds("fullscript")["effects"][name]


def draft(nora, **patient):
    asked = {"treatment_plan": {"practitioner_id": nora.id}}
    return nora.post(LINKS, **asked, patient=patient or nora.patient())


def visit(nora, url):
    """Sign in behind a link; the editor's page."""
    return requests.post(url, data={"person": nora.id}, timeout=5)


def save(page, nora, **more):
    form = BLANK | {"variant_id": nora.variant_id(), "units_to_purchase": "1", "then": "activate"}
    return requests.post(page.url + "/save", data=form | more, timeout=5)


@pytest.mark.parametrize(
    ("place", "find"),
    [
        ("patient.id", lambda body: body["patient"]["id"]),
        ("dynamic_links.patient_id", lambda body: body["dynamic_links"]["patient_id"]),
        ("patient_id", lambda body: body["patient_id"]),
        ("nowhere", lambda body: None if set(body) == {"dynamic_links"} else body),
    ],
)
def test_a_drafts_answer_names_the_patient_where_the_knob_says(sims, nora, place, find):
    sims.knob("fullscript", link_patient_id=place)
    found = find(draft(nora).json())
    assert found == (None if place == "nowhere" else nora.patient()["id"])


def test_the_undocumented_answers_put_their_link_where_the_knob_says(sims, nora):
    plan_id = sims.act("fullscript/make-plan", patient_id=nora.patient()["id"])["plan_id"]
    assert "redirect_url" in nora.get(f"{LINKS}/{plan_id}").json()
    sims.knob("fullscript", link_url="nested")
    for answer in (nora.get(f"{LINKS}/{plan_id}"), nora.post(GATEWAY)):
        assert "redirect_url" in answer.json()["dynamic_links"]


def test_a_draft_needs_a_practitioner(nora):
    assert nora.post(LINKS, patient=nora.patient()).status_code == 400


def test_a_draft_for_a_new_patient_sends_a_welcome_and_a_quiet_one_does_not(sims, nora):
    person = {"first_name": "Kit", "last_name": "Ode", "email": "kit.ode@mail.example"}
    draft(nora, **person)
    draft(nora, **person | {"email": "kit.two@mail.example", "send_welcome_email": "false"})
    assert [p["by"] for p in effects(sims, "patients_created")] == ["draft_link"] * 2
    mails = [(m["email"], m["by"]) for m in effects(sims, "welcome_mails")]
    assert mails == [("kit.ode@mail.example", "draft_link")]
    types = [e["type"] for e in sims.holds("fullscript")["events"]]
    assert types == ["patient.created", "patient.created"]


def test_a_draft_never_means_a_dependent(nora):
    found = draft(nora, **nora.patient("Arjun")).json()["patient"]["id"]
    assert found == nora.patient("Priya")["id"]


def test_the_gateway_knows_a_dependent_by_id_and_anybody_by_ours(nora):
    arjun = nora.patient("Arjun")["id"]
    assert nora.post(GATEWAY, patient={"id": arjun}).json()["patient"]["id"] == arjun
    theo = nora.patient("Theo")["id"]
    nora.patch(f"/clinic/patients/{theo}", metadata={"id": "ours-1"})
    found = nora.post(GATEWAY, patient={"external_id": "ours-1"}).json()
    assert found["patient"]["id"] == theo


def test_the_gateway_asks_where_it_knows_nobody(nora):
    answer = nora.post(GATEWAY, patient={"first_name": "Anna", "last_name": "Kowalska"}).json()
    assert "patient" not in answer
    assert "Perhaps one of these" in visit(nora, answer["redirect_url"]).text


def test_a_draft_without_a_patient_leads_back_to_the_plan_begun_there(sims, nora):
    asked = {"treatment_plan": {"practitioner_id": nora.id}}
    url = nora.post(LINKS, **asked).json()["dynamic_links"]["redirect_url"]
    page = visit(nora, url)
    requests.post(page.url + "/patient", {"patient": nora.patient()["id"]}, timeout=5)
    save(page, nora, then="draft")
    assert "Plan for Elena Marsh" in visit(nora, url).text
    save(visit(nora, url), nora)
    assert [p["state"] for p in sims.holds("fullscript")["plans"].values()] == ["active"]


def test_a_generic_start_begins_anew_each_time(sims, nora):
    url = nora.get(LINKS).json()["redirect_url"]
    for _ in range(2):
        page = visit(nora, url)
        requests.post(page.url + "/patient", {"patient": nora.patient()["id"]}, timeout=5)
        save(page, nora)
    assert len(sims.holds("fullscript")["plans"]) == 2


def test_links_made_and_opened_are_on_record(sims, nora):
    visit(nora, draft(nora).json()["dynamic_links"]["redirect_url"])
    nora.get(LINKS)
    made, opened = effects(sims, "links_made"), effects(sims, "links_opened")
    assert [(m["kind"], m["person_id"]) for m in made] == [("draft", nora.id), ("start", nora.id)]
    assert (opened[0]["key"], opened[0]["person_id"]) == (made[0]["key"], nora.id)


def test_a_link_can_open_on_the_labs(nora):
    url = nora.get(LINKS, entrypoint="labs").json()["redirect_url"]
    page = visit(nora, url)
    shown = requests.post(page.url + "/patient", {"patient": nora.patient()["id"]}, timeout=5)
    assert 'data-entrypoint="labs"' in shown.text


def test_a_cancelled_plan_has_no_link(sims, nora):
    plan_id = sims.act("fullscript/make-plan", patient_id=nora.patient()["id"])["plan_id"]
    sims.act("fullscript/cancel-plan", plan_id=plan_id)
    assert nora.get(f"{LINKS}/{plan_id}").status_code == 404


def test_another_clinics_plan_has_no_link(sims, nora):
    plan_id = sims.act("fullscript/make-plan", patient_id=nora.patient()["id"])["plan_id"]
    assert Caller(sims, CLARA).connect().get(f"{LINKS}/{plan_id}").status_code == 404


def test_a_checkout_in_the_office_empties_the_cart_and_fills_it_from_the_plan(sims, nora):
    patient = nora.patient()["id"]
    before = sims.holds("fullscript")["carts"][patient]
    plan_id = sims.act("fullscript/make-plan", patient_id=patient)["plan_id"]
    answer = nora.post(f"/clinic/treatment_plans/{plan_id}/in_office_checkout")
    emptied = effects(sims, "carts_emptied")
    assert answer.status_code == 201
    assert [(e["patient_id"], e["plan_id"], e["lost"]) for e in emptied] == [
        (patient, plan_id, before)
    ]
    plan = sims.holds("fullscript")["plans"][plan_id]
    held = [line["variant_id"] for line in sims.holds("fullscript")["carts"][patient]]
    assert held == [line["variant_id"] for line in plan["recommendations"]]
    assert (
        "Pay at the clinic"
        in requests.get(answer.json()["in_office_checkout"]["url"], timeout=5).text
    )


def test_a_draft_has_no_checkout(sims, nora):
    sims.configure("fullscript", granted=["plans"])
    plan = nora.plan(state="draft").json()["treatment_plan"]
    path = f"/clinic/treatment_plans/{plan['id']}/in_office_checkout"
    assert nora.post(path).status_code == 422
    assert effects(sims, "carts_emptied") == []


def test_a_patient_orders_from_the_invitation(sims, nora):
    plan_id = sims.act("fullscript/make-plan", patient_id=nora.patient()["id"])["plan_id"]
    plan = nora.get(f"/clinic/treatment_plans/{plan_id}").json()["treatment_plan"]
    assert "Order" in requests.get(plan["invitation_url"], timeout=5).text
    assert "Thank you" in requests.post(plan["invitation_url"], timeout=5).text
    (order,) = sims.holds("fullscript")["orders"].values()
    assert order["treatment_plan_ids"] == [plan_id]
    assert effects(sims, "plan_mails")[0]["plan_id"] == plan_id


def test_nothing_stands_at_a_made_up_address(sims):
    for path in ("invite/none", "checkout/none", "welcome/none"):
        assert requests.get(f"{sims.fullscript}/{path}", timeout=5).status_code == 404
