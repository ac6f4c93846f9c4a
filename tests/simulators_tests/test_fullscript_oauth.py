"""OAuth of the simulated Fullscript (its reference, section 3)."""

import datetime as dt

import pytest
import requests

from tests.simulators.fullscript import app
from tests.simulators_tests.fullscript_caller import REDIRECT, Caller


@pytest.fixture
def nora(sims):
    return Caller(sims)


def test_the_token_answer_is_nested_under_oauth(nora):
    oauth = nora.exchange(nora.code()).json()["oauth"]
    assert oauth["resource_owner"] == {"id": nora.id, "type": "Practitioner"}
    assert oauth["expires_in"] == 7200
    assert oauth["created_at"].endswith("Z")
    assert dt.datetime.fromisoformat(oauth["created_at"]).tzinfo == dt.UTC
    assert oauth["scope"] == " ".join(app.SCOPES)


def test_the_state_comes_back_unchanged(nora):
    location = nora.consent(state="a b&c").headers["Location"]
    assert location.startswith(REDIRECT + "?code=")
    assert location.endswith("&state=a+b%26c")


def test_another_redirect_address_is_a_404(nora):
    assert nora.consent(redirect_uri=REDIRECT + "x").status_code == 404


def test_a_code_works_once(nora):
    code = nora.code()
    assert nora.exchange(code).status_code == 200
    again = nora.exchange(code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


def test_a_code_dies_after_ten_minutes(sims, nora):
    code = nora.code()
    sims.advance(601)
    assert nora.exchange(code).status_code == 400


def test_cancelling_comes_back_with_an_error_or_not_at_all(sims, nora):
    assert "error=access_denied" in nora.consent("cancel").headers["Location"]
    sims.knob("fullscript", cancel="silent")
    assert nora.consent("cancel").status_code == 200


def test_an_old_refresh_token_works_until_the_new_access_token_is_used(nora):
    nora.connect()
    old = nora.tokens["refresh_token"]
    nora.tokens = nora.refresh(old).json()["oauth"]
    assert nora.refresh(old).status_code == 200
    assert nora.get("/clinic").status_code == 200
    assert nora.refresh(old).status_code == 400


def test_a_lost_refresh_answer_can_be_asked_for_again(sims, nora):
    nora.connect()
    sims.fault("fullscript", "reset_after", path="oauth/token$")
    with pytest.raises(requests.ConnectionError):
        nora.refresh()
    nora.tokens = nora.refresh().json()["oauth"]
    assert nora.get("/clinic").status_code == 200


def test_an_access_token_ends_after_two_hours(sims, nora):
    nora.connect()
    sims.advance(7201)
    assert nora.get("/clinic").status_code == 401
    nora.tokens = nora.refresh().json()["oauth"]
    assert nora.get("/clinic").status_code == 200


def test_revoking_answers_200_with_nothing(nora):
    nora.connect()
    answer = nora.revoke(nora.tokens["access_token"])
    assert (answer.status_code, answer.content) == (200, b"")
    assert nora.get("/clinic").status_code == 401
    assert nora.refresh().status_code == 400


def test_a_user_can_revoke_without_telling_us(sims, nora):
    nora.connect()
    sims.act("fullscript/revoke-person", person_id=nora.id)
    assert nora.get("/clinic").status_code == 401
    assert nora.refresh().status_code == 400


def test_scopes_added_later_do_not_reach_old_tokens(sims, nora):
    sims.configure("fullscript", scopes=["clinic:read"])
    nora.connect()
    sims.configure("fullscript", scopes=list(app.SCOPES))
    nora.tokens = nora.refresh().json()["oauth"]
    answer = nora.get("/clinic/patients")
    assert answer.status_code == 403
    assert answer.json() == {"error": "Must have `patients:read` scope enabled"}


def test_a_wrong_secret_is_no_client(sims, nora):
    sims.configure("fullscript", client_secret="another")
    answer = nora.exchange("any")
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_the_consent_page_names_people_of_both_clinics(sims, nora):
    query = {"client_id": app.CLIENT_ID, "redirect_uri": REDIRECT, "response_type": "code"}
    page = requests.get(f"{sims.fullscript}/api/oauth/authorize", params=query, timeout=5).text
    assert "Nora Lindqvist" in page
    assert "Clara Whitfield" in page
