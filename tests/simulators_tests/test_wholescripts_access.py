"""WholeScripts: who may call what, and how long a consent lasts (reference section 4)."""

import pytest
import requests

from tests.simulators.fullscript import people as fullscript
from tests.simulators.wholescripts import app, people
from tests.simulators_tests.wholescripts_caller import CALLBACK, Caller

BASIC_PATHS = (
    "/BrandList",
    "/CategoryList",
    "/ProductList?search=zzz",
    "/Product/000000000300100001",
    "/ProductImage/000000000300100001",
    "/ProductDRS/000000000300100001",
)
BEARER_PATHS = (
    "/PractitionerReferralCodes",
    "/PractitionerPatients",
    "/PrivateLabelProductList",
    "/Recommendations/elena.marsh%40mail.example",
    "/Recommendation/1",
    "/Logout",
)


@pytest.fixture
def caller(sims):
    return Caller(sims)


@pytest.mark.parametrize("path", BASIC_PATHS)
def test_the_catalogue_takes_basic_only(caller, path):
    caller.connect()
    assert caller.basic(path).status_code == 200
    assert [caller.bearer(path).status_code, caller.bare(path).status_code] == [401, 401]


@pytest.mark.parametrize("path", BEARER_PATHS)
def test_a_practitioners_data_takes_bearer_only(caller, path):
    caller.connect()
    assert [caller.basic(path).status_code, caller.bare(path).status_code] == [401, 401]
    assert caller.bearer(path).status_code == 200


def test_a_wrong_password_is_refused(caller):
    answer = caller.bare("/BrandList", auth=(app.USERNAME, "wrong"))
    assert answer.status_code == 401
    assert caller.sims.holds("wholescripts")["counts"]["basic_refused"] == 1


def test_the_page_offers_every_practitioner(caller):
    page = caller.bare(f"/authorize?client_id={app.USERNAME}&redirect_uri={CALLBACK}&state=abc")
    assert page.status_code == 200
    assert all(email in page.text for email, *_ in people.PRACTITIONERS)
    assert 'value="abc"' in page.text


def test_an_unknown_application_gets_no_redirect(caller):
    assert caller.bare(f"/authorize?client_id=x&redirect_uri={CALLBACK}").status_code == 400


def test_allow_returns_code_email_and_state(caller):
    back = caller.code(people.CLARA)
    assert back["email"] == people.CLARA
    assert back["state"] == "st-1"
    assert len(back["code"]) == 32


def test_deny_returns_an_error_without_state(caller):
    assert caller.code(decision="deny") == {"error": "access_denied"}


def test_a_code_is_good_once(caller):
    code = caller.code()["code"]
    first = caller.exchange(grant_type="authorization_code", code=code)
    second = caller.exchange(grant_type="authorization_code", code=code)
    assert first.json()["token_type"] == "bearer"
    assert first.json()["expires_in"] == 900
    assert (second.status_code, second.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize(("seconds", "status"), [(290, 200), (301, 400)])
def test_a_code_lives_five_minutes(caller, seconds, status):
    code = caller.code()["code"]
    caller.sims.advance(seconds)
    assert caller.exchange(grant_type="authorization_code", code=code).status_code == status


@pytest.mark.parametrize(("seconds", "status"), [(890, 200), (901, 401)])
def test_an_access_token_lives_fifteen_minutes(caller, seconds, status):
    caller.connect()
    caller.sims.advance(seconds)
    assert caller.bearer("/PractitionerReferralCodes").status_code == status


def test_a_refresh_rotates_and_kills_the_old_token(caller):
    old = caller.connect()["refresh_token"]
    fresh = caller.refresh(old).json()
    assert fresh["refresh_token"] != old
    assert caller.refresh(old).status_code == 400
    assert caller.refresh(fresh["refresh_token"]).status_code == 200


def test_a_refresh_may_leave_the_old_token_valid(caller):
    caller.sims.knob("wholescripts", refresh_old_token_valid=True)
    old = caller.connect()["refresh_token"]
    assert [caller.refresh(old).status_code for _ in range(2)] == [200, 200]


def test_a_refresh_may_give_no_new_token(caller):
    caller.sims.knob("wholescripts", refresh_rotates=False)
    old = caller.connect()["refresh_token"]
    assert "refresh_token" not in caller.refresh(old).json()
    assert caller.refresh(old).status_code == 200


def test_logout_kills_both_tokens(caller):
    tokens = caller.connect()
    assert caller.bearer("/Logout").json() == {"success": True, "msg": ""}
    assert caller.bearer("/PractitionerReferralCodes").status_code == 401
    assert caller.refresh(tokens["refresh_token"]).status_code == 400


def test_logout_after_idling_is_refused_and_leaves_the_refresh_token(caller):
    tokens = caller.connect()
    caller.sims.advance(1000)
    answer = caller.bearer("/Logout")
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_grant")
    assert caller.refresh(tokens["refresh_token"]).status_code == 200


def test_get_token_works_and_is_counted(caller):
    path = f"/Token?grant_type=password&username={people.NORA}&password="
    answer = caller.basic(path + people.PRACTITIONER_PASSWORD)
    assert answer.status_code == 200
    assert caller.sims.holds("wholescripts")["counts"]["unsafe_token_get"] == 1


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({}, "invalid_request"),
        ({"grant_type": "password"}, "invalid_request"),
        ({"grant_type": "device"}, "unsupported_grant_type"),
        ({"grant_type": "refresh_token", "refresh_token": "x"}, "invalid_grant"),
    ],
)
def test_token_errors_are_named(caller, form, error):
    answer = caller.exchange(**form)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


def test_an_error_body_can_be_broken_as_on_the_vendors_page(caller):
    caller.sims.knob("wholescripts", error_body="trailing_comma")
    with pytest.raises(requests.exceptions.JSONDecodeError):
        caller.exchange(grant_type="password").json()


def test_consent_can_be_taken_back_and_tokens_cut_short(caller):
    tokens = caller.connect()
    caller.sims.act("wholescripts/expire", practitioner=people.NORA)
    assert caller.bearer("/PractitionerReferralCodes").status_code == 401
    assert caller.refresh(tokens["refresh_token"]).status_code == 200
    caller.sims.act("wholescripts/revoke", practitioner=people.NORA)
    assert caller.sims.holds("wholescripts")["refresh"] == {}


def test_its_practitioners_are_those_of_fullscript():
    theirs = {
        fullscript.email_of(clinic, first, last)
        for clinic, first, last, kind in fullscript.PEOPLE
        if kind
    }
    ours = {email for email, *_ in people.PRACTITIONERS}
    assert ours - {people.ELSEWHERE} == theirs
    known_there = {patient[3].lower() for patient in fullscript.PATIENTS}
    known_here = {email.lower() for _, email, *_ in people.PATIENTS}
    assert known_here & known_there
    assert known_here - known_there
    assert known_there - known_here
