"""Answers in the shapes the documents leave open (sections 3.5, 4 and 14)."""

import datetime as dt
import email.utils

import pytest

from tests.simulators.fullscript import app
from tests.simulators_tests.fullscript_caller import Caller


@pytest.fixture
def nora(sims):
    return Caller(sims).connect()


@pytest.mark.parametrize(("form", "key"), [("none", "name"), ("data", "data")])
def test_one_object_may_stand_under_no_key_or_another(sims, nora, form, key):
    sims.knob("fullscript", wrapper=form)
    assert key in nora.get("/clinic").json()


def test_a_list_keeps_its_meta_whatever_its_key(sims, nora):
    sims.knob("fullscript", wrapper="data")
    assert set(nora.get("/clinic/patients").json()) == {"data", "meta"}
    sims.knob("fullscript", wrapper="none")
    assert set(nora.get("/clinic/patients").json()) == {"patients", "meta"}


def test_only_the_named_paths_are_wrapped_otherwise(sims, nora):
    sims.knob("fullscript", wrapper="data", wrapper_path="patients$")
    assert "clinic" in nora.get("/clinic").json()
    assert "data" in nora.get("/clinic/patients").json()


@pytest.mark.parametrize(
    ("form", "body"),
    [
        ("empty", b""),
        ("errors", b'{"errors": "Not Found"}'),
        ("object", b'{"error": {"base": "Not Found"}}'),
    ],
)
def test_refusals_come_in_other_forms(sims, nora, form, body):
    sims.knob("fullscript", error_body=form)
    answer = nora.get("/clinic/patients/none")
    assert (answer.status_code, answer.content) == (404, body)


def test_a_refusal_may_be_a_page_also_of_the_token_endpoint(sims, nora):
    sims.knob("fullscript", error_body="html")
    for answer in (nora.get("/clinic/patients/none"), nora.exchange("none")):
        assert answer.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("status", [400, 401, 403, 422])
def test_a_bad_grant_may_have_any_status(sims, nora, status):
    sims.knob("fullscript", oauth_refusal=str(status))
    assert nora.refresh("none").status_code == status


def test_a_missing_scope_may_be_a_401(sims):
    sims.configure("fullscript", scopes=["clinic:read"])
    nora = Caller(sims).connect()
    sims.knob("fullscript", scope_status="401")
    assert nora.get("/clinic/patients").status_code == 401


@pytest.mark.parametrize(("ends", "statuses"), [("pair", (401, 400)), ("token", (401, 200))])
def test_a_revoke_ends_the_pair_or_the_token_alone(sims, nora, ends, statuses):
    sims.knob("fullscript", revoke_ends=ends)
    nora.revoke(nora.tokens["access_token"])
    assert (nora.get("/clinic").status_code, nora.refresh().status_code) == statuses


def test_a_revoke_may_answer_an_empty_object(sims, nora):
    sims.knob("fullscript", revoke_answers="object")
    assert nora.revoke(nora.tokens["access_token"]).json() == {}


def test_a_token_may_name_the_clinic(sims, nora):
    sims.knob("fullscript", token_names_clinic=True)
    owner = nora.refresh().json()["oauth"]["resource_owner"]
    assert owner["clinic_id"] == nora.get("/clinic").json()["clinic"]["id"]


def test_both_tokens_revoked_are_the_end_of_the_grant(sims, nora):
    sims.knob("fullscript", revoke_ends="token")
    nora.revoke(nora.tokens["access_token"])
    nora.revoke(nora.tokens["refresh_token"])
    assert nora.refresh().status_code == 400
    assert [r["by"] for r in sims.holds("fullscript")["effects"]["revocations"]] == ["api", "api"]


def test_one_pair_of_a_consent_ends_those_before_it(nora):
    first = nora.tokens
    second, third = nora.refresh().json()["oauth"], nora.refresh().json()["oauth"]
    nora.tokens = third
    assert nora.get("/clinic").status_code == 200
    for ended in (first, second):
        nora.tokens = ended
        assert nora.get("/clinic").status_code == 401


def test_one_persons_access_token_can_be_refused_early(sims, nora):
    ivy = Caller(sims, "ivy.brandt@harbor-integrative.example").connect()
    sims.act("fullscript/expire-tokens", person_id=nora.id)
    assert (nora.get("/clinic").status_code, ivy.get("/clinic").status_code) == (401, 200)
    assert nora.refresh().status_code == 200
    assert sims.holds("fullscript")["effects"]["refreshes"] == {nora.id: 1}


def test_several_redirect_addresses_can_be_registered(sims, nora):
    other = "http://127.0.0.1:8999/other/"
    sims.configure("fullscript", redirect_uri=f"http://127.0.0.1:8999{app.REDIRECT_PATH} {other}")
    assert nora.consent(redirect_uri=other).headers["Location"].startswith(other)
    assert nora.exchange(nora.code()).status_code == 200


@pytest.mark.parametrize(
    ("answer", "status", "told"),
    [
        ("429 seconds", 429, str.isdigit),
        ("429 silent", 429, None),
        ("503 seconds", 503, str.isdigit),
    ],
)
def test_the_limit_answers_as_the_knob_says(sims, nora, answer, status, told):
    sims.knob("fullscript", rate_limit=1, over_limit=answer)
    refused = nora.get("/clinic")
    assert refused.status_code == status
    after = refused.headers.get("Retry-After")
    assert told(after) if told else after is None


def test_the_limit_can_name_a_date(sims, nora):
    sims.knob("fullscript", rate_limit=1, over_limit="429 date")
    moment = email.utils.parsedate_to_datetime(nora.get("/clinic").headers["Retry-After"])
    assert 0 < (moment - dt.datetime.now(dt.UTC)).total_seconds() <= 301


def test_the_window_rolls(sims, nora):
    sims.knob("fullscript", rate_limit=2)
    sims.advance(200)
    assert [nora.get("/clinic").status_code for _ in range(2)] == [200, 429]
    sims.advance(110)  # the token's call is out of it, the clinic's is not
    assert [nora.get("/clinic").status_code for _ in range(2)] == [200, 429]


def test_each_clinic_may_be_counted_by_itself(sims, nora):
    clara = Caller(sims, "clara.whitfield@meadow-functional.example").connect()
    sims.knob("fullscript", rate_limit=1, rate_limit_per="clinic")
    assert [c.get("/clinic").status_code for c in (nora, clara, nora)] == [200, 200, 429]


def test_the_moment_of_every_call_is_kept(sims, nora):
    before = sims.holds("fullscript")["calls"][app.CLIENT_ID]
    sims.knob("fullscript", rate_limit=1)
    nora.get("/clinic")
    calls = sims.holds("fullscript")["calls"][app.CLIENT_ID]
    assert len(calls) == len(before) + 1
    assert calls == sorted(calls)


def test_numbers_in_requests_may_be_refused(sims, nora):
    sims.knob("fullscript", strings_only=True)
    person = {"first_name": "A", "last_name": "B", "email": "a.b@mail.example"}
    assert nora.post("/clinic/patients", **person, discount=5).json() == {
        "error": ["Discount must be a string"]
    }
    assert nora.post("/clinic/patients", **person, discount="5").status_code == 201


def test_the_usual_page_size_is_a_knob(sims, nora):
    sims.knob("fullscript", usual_page_size=3)
    assert len(nora.get("/clinic/patients").json()["patients"]) == 3


def test_ids_can_be_no_uuids(sims, nora):
    sims.knob("fullscript", plain_ids=True)
    plan_id = sims.act("fullscript/make-plan", patient_id=nora.patient()["id"])["plan_id"]
    sims.act("fullscript/order", plan_id=plan_id)
    held = sims.holds("fullscript")
    assert plan_id.startswith("tp_")
    assert next(iter(held["orders"])).startswith("R_")
    assert held["events"][0]["id"].startswith("evt_")


@pytest.mark.parametrize(("knob", "status"), [({}, 201), ({"metadata_unique": True}, 422)])
def test_our_id_may_be_given_twice_or_not(sims, nora, knob, status):
    sims.knob("fullscript", **knob)
    person = {"first_name": "A", "last_name": "B", "metadata": {"id": "x"}}
    assert nora.post("/clinic/patients", **person, email="a@mail.example").status_code == 201
    assert nora.post("/clinic/patients", **person, email="b@mail.example").status_code == status


def test_our_id_may_be_too_long(sims, nora):
    sims.knob("fullscript", metadata_length=5)
    patient = nora.patient()["id"]
    statuses = [
        nora.patch(f"/clinic/patients/{patient}", metadata={"id": our_id}).status_code
        for our_id in ("12345", "123456")
    ]
    assert statuses == [200, 422]


@pytest.mark.parametrize(("minds", "statuses"), [(False, [201, 201]), (True, [201, 409])])
def test_an_idempotency_key_may_be_minded(sims, nora, minds, statuses):
    sims.configure("fullscript", granted=["plans"])
    sims.knob("fullscript", minds_idempotency_keys=minds)
    path = f"/clinic/patients/{nora.patient()['id']}/treatment_plans"
    nora.http.headers["Idempotency-Key"] = "k-1"
    body = {"recommendations": [nora.line()]}
    answers = [nora._send("POST", path, json=body) for _ in range(2)]
    assert [answer.status_code for answer in answers] == statuses


def test_days_of_filters_may_begin_elsewhere(sims, nora):
    sims.set_clock("2026-05-04T23:30:00+00:00")
    nora.connect()
    sims.act("fullscript/make-plan", patient_id=nora.patient()["id"])
    path = "/events/treatment_plans"
    assert len(nora.get(path, created_at="2026-05-04").json()["events"]) == 1
    sims.knob("fullscript", day_zone_hours=2)
    assert nora.get(path, created_at="2026-05-04").json()["events"] == []
    assert len(nora.get(path, created_at=">2026-05-04").json()["events"]) == 1


def test_a_plan_made_in_fullscript_may_be_listed_late(sims, nora):
    sims.knob("fullscript", list_delay_seconds=60)
    patient = nora.patient()["id"]
    plan_id = sims.act("fullscript/make-plan", patient_id=patient)["plan_id"]
    path = f"/clinic/patients/{patient}/treatment_plans"
    assert nora.get(path).json()["treatment_plans"] == []
    assert nora.get(f"/clinic/treatment_plans/{plan_id}").status_code == 200
    sims.advance(61)
    assert len(nora.get(path).json()["treatment_plans"]) == 1
