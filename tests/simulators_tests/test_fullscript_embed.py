"""Embed as a server and a bare browser see it (section 8); the real SDK's turn is at the end."""

import json
import re

import pytest
import requests

from tests.simulators.fullscript import app
from tests.simulators_tests.fullscript_caller import IVY, SITE, Caller

FRAME = "9b2f0a52-6d0c-4b52-9d8b-7f6f0e9b7a10"
BLANK = dict.fromkeys(
    ("amount", "frequency", "duration", "format", "time_of_day", "take_with", "additional_info"), ""
)


@pytest.fixture
def nora(sims):
    return Caller(sims).connect()


def grant(caller):
    return caller.post("/clinic/embeddable/session_grants").json()


def tokenize(sims, data, origin=SITE):
    return requests.post(
        f"{sims.fullscript}/api/embeddable/tokenize",
        json={"data": data},
        headers={"Origin": origin},
        timeout=5,
    )


def enter(sims, secret, path="embed/entry", **more):
    query = {
        "secret_token": secret,
        "public_key": app.PUBLIC_KEY,
        "frame_id": FRAME,
        "target_origin": SITE,
    }
    return requests.get(
        f"{sims.fullscript}/api/embeddable/session/{path}", params=query | more, timeout=5
    )


def posted(page) -> list[dict]:
    """The messages a page posts to the one around it."""
    found = re.search(r'<script id="post"[^>]*>(.*?)</script>', page.text)
    return json.loads(found[1])["messages"] if found else []


def test_a_grant_has_no_wrapper_and_is_claimed_by_the_frame(sims, nora):
    held = grant(nora)
    assert held["claimed_at"] is None
    assert held["user"] == {"type": "Practitioner", "id": nora.id}
    assert enter(sims, held["secret_token"]).status_code == 200
    assert sims.holds("fullscript")["session_grants"][held["secret_token"]]["claimed_at"]


@pytest.mark.parametrize("path", ["embed/entry", "treatment_plans/new"])
def test_a_secret_opens_one_frame_once(sims, nora, path):
    secret = grant(nora)["secret_token"]
    assert "Who is this plan for?" in enter(sims, secret, path).text
    again = enter(sims, secret, path)
    assert "Oops" in again.text
    assert posted(again)[0]["type"] == "serverError"
    assert posted(again)[0]["payload"][0].startswith("INVALID_SECRET_TOKEN")


def test_a_secret_dies_after_two_minutes(sims, nora):
    secret = grant(nora)["secret_token"]
    sims.advance(121)
    assert "Oops" in enter(sims, secret).text


@pytest.mark.parametrize(
    "wrong", [{"public_key": "other"}, {"target_origin": "http://elsewhere.example"}]
)
def test_a_stranger_may_not_frame_it(sims, nora, wrong):
    answer = enter(sims, grant(nora)["secret_token"], **wrong)
    assert answer.headers["Content-Security-Policy"] == "frame-ancestors 'none'"


def test_only_the_asking_page_may_frame_it(sims, nora):
    answer = enter(sims, grant(nora)["secret_token"])
    assert answer.headers["Content-Security-Policy"] == f"frame-ancestors {SITE}"


def test_tokenize_answers_only_listed_origins(sims):
    allowed = tokenize(sims, {"id": "x"})
    stranger = tokenize(sims, {"id": "x"}, origin="http://elsewhere.example")
    assert allowed.headers["Access-Control-Allow-Origin"] == SITE
    assert isinstance(allowed.json()["data_token"], str)
    assert "Access-Control-Allow-Origin" not in stranger.headers


def test_a_known_patient_needs_no_choosing_and_posts_nothing(sims, nora):
    data = tokenize(sims, {"id": nora.patient()["id"]}).json()["data_token"]
    page = enter(sims, grant(nora)["secret_token"], data_token=data)
    assert "Plan for Elena Marsh" in page.text
    assert posted(page) == []


def test_choosing_a_patient_is_posted_to_the_page(sims, nora):
    page = enter(sims, grant(nora)["secret_token"])
    chosen = requests.post(page.url + "/patient", {"patient": nora.patient()["id"]}, timeout=5)
    message = posted(chosen)[0]
    assert message["type"] == f"{FRAME}.patient.selected"
    assert message["payload"]["data"]["patient"]["firstName"] == "Elena"
    assert message["payload"]["oauth"] == {"clientId": app.CLIENT_ID}


def test_a_patient_typed_into_the_frame_fires_patient_created(sims, nora):
    page = enter(sims, grant(nora)["secret_token"])
    form = {"first_name": "Noor", "last_name": "Haas", "email": "noor.haas@mail.example"}
    assert "Plan for Noor Haas" in requests.post(page.url + "/patient", form, timeout=5).text
    assert [e["type"] for e in sims.holds("fullscript")["events"]] == ["patient.created"]


def test_activating_makes_the_plan_fires_and_posts(sims, nora):
    data = tokenize(sims, {"id": nora.patient()["id"]}).json()["data_token"]
    page = enter(sims, grant(nora)["secret_token"], data_token=data)
    form = BLANK | {"variant_id": nora.variant_id(), "units_to_purchase": "3", "amount": "2"}
    form |= {"time_of_day": "morning,bedtime", "then": "activate"}
    done = requests.post(page.url + "/save", form, timeout=5)
    told = posted(done)[0]["payload"]["data"]["treatmentPlan"]
    plan = nora.get(f"/clinic/treatment_plans/{told['id']}").json()["treatment_plan"]
    assert (plan["state"], plan["source"]) == ("active", "app")
    assert plan["recommendations"][0]["dosage"]["time_of_day"] == ["morning", "bedtime"]
    assert told["recommendations"][0]["unitsToPurchase"] == 3
    assert sims.holds("fullscript")["events"][0]["type"] == "treatment_plan.created"


def test_staff_choose_the_practitioner_first(sims):
    ivy = Caller(sims, IVY).connect()
    assert "Whose plan is this?" in enter(sims, grant(ivy)["secret_token"]).text


def test_echoed_values_are_escaped(sims, nora):
    data = tokenize(sims, {"first_name": '"><script>alert(1)</script>'}).json()["data_token"]
    page = enter(sims, grant(nora)["secret_token"], data_token=data)
    assert "<script>alert(1)" not in page.text


def test_grants_are_on_record_when_made_and_when_claimed(sims, nora):
    first, second = grant(nora), grant(nora)
    enter(sims, second["secret_token"])
    effects = sims.holds("fullscript")["effects"]
    assert [g["id"] for g in effects["grants_issued"]] == [first["id"], second["id"]]
    assert [(g["id"], g["person_id"]) for g in effects["grants_claimed"]] == [
        (second["id"], nora.id)
    ]


def chosen(sims, nora, **more):
    """The editor's page on Elena."""
    data = tokenize(sims, {"id": nora.patient()["id"]}).json()["data_token"]
    return enter(sims, grant(nora)["secret_token"], data_token=data, **more)


@pytest.mark.parametrize(
    ("path", "asked", "opens"),
    [
        ("embed/entry", "labs", "labs"),
        ("embed/entry", "catalog", "catalog"),
        ("embed/entry", "nonsense", "catalog"),
        ("treatment_plans/new", "labs", "catalog"),
    ],
)
def test_only_the_newer_frame_opens_on_the_labs(sims, nora, path, asked, opens):
    page = chosen(sims, nora, path=path, entrypoint=asked)
    assert f'data-entrypoint="{opens}"' in page.text


def test_a_plan_of_labs_alone_is_activated_told_and_posted(sims, nora):
    page = chosen(sims, nora, entrypoint="labs")
    panel = re.search(r'name="panel"\s+value="([^"]+)"', page.text)[1]
    done = requests.post(page.url + "/save", {"panel": panel, "then": "activate"}, timeout=5)
    told = posted(done)[0]["payload"]["data"]["treatmentPlan"]
    plan = nora.get(f"/clinic/treatment_plans/{told['id']}").json()["treatment_plan"]
    event = sims.holds("fullscript")["events"][0]["data"]["treatment_plan"]
    assert [lab["id"] for lab in told["labRecommendations"]] == [panel]
    assert plan["lab_recommendations"] == event["lab_recommendations"]
    assert set(plan["lab_recommendations"][0]) == {
        "id", "name", "requires_fasting", "instructions", "tests",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("spelling", "name", "sex", "labs"),
    [
        ("samples", "firstName", "biologicalSex", "labRecommendations"),
        ("guide", "firstName", "biologicalSex", "lab_recommendations"),
        ("types", "firstNane", "gender", "labRecommendations"),
    ],
)
def test_messages_follow_one_of_the_spellings(sims, nora, spelling, name, sex, labs):
    sims.knob("fullscript", embed_spelling=spelling)
    page = enter(sims, grant(nora)["secret_token"])
    page = requests.post(page.url + "/patient", {"patient": nora.patient()["id"]}, timeout=5)
    selected = posted(page)[0]["payload"]["data"]["patient"]
    form = BLANK | {"variant_id": nora.variant_id(), "units_to_purchase": "1", "then": "activate"}
    done = requests.post(page.url + "/save", form, timeout=5)
    assert {name, sex} <= set(selected)
    assert labs in posted(done)[0]["payload"]["data"]["treatmentPlan"]


def test_messages_may_hold_keys_nobody_documented(sims, nora):
    sims.knob("fullscript", extra_keys=True)
    page = enter(sims, grant(nora)["secret_token"])
    page = requests.post(page.url + "/patient", {"patient": nora.patient()["id"]}, timeout=5)
    assert "x_new_key" in posted(page)[0]["payload"]["data"]["patient"]


def test_an_unknown_patient_is_chosen_or_an_error(sims, nora):
    def ask():
        data = tokenize(sims, {"id": "nobody"}).json()["data_token"]
        return enter(sims, grant(nora)["secret_token"], data_token=data)

    assert "Who is this plan for?" in ask().text
    sims.knob("fullscript", unknown_patient="error")
    assert posted(ask())[0]["payload"][0].startswith("INVALID_PATIENT_ID")


@pytest.mark.parametrize(("knob", "messages"), [("silent", 0), ("told", 1)])
def test_without_its_cookie_the_frame_may_give_up(sims, nora, knob, messages):
    sims.knob("fullscript", frame_cookie=knob)
    page = enter(sims, grant(nora)["secret_token"])  # no browser: the secure cookie stays away
    assert "Cookies are blocked" in page.text
    assert len(posted(page)) == messages
    key = page.url.rpartition("/")[2]
    kept = requests.get(page.url, headers={"Cookie": f"fullscript_frame={key}"}, timeout=5)
    assert "Who is this plan for?" in kept.text


def test_staff_choose_a_practitioner_of_the_clinic_and_then_a_patient(sims):
    ivy = Caller(sims, IVY).connect()
    page = enter(sims, grant(ivy)["secret_token"])
    practitioner = ivy.get("/clinic/practitioners").json()["practitioners"][0]["id"]
    after = requests.post(page.url + "/practitioner", {"person": practitioner}, timeout=5)
    assert "Who is this plan for?" in after.text
