"""What every kind of answer tells browsers: frame nothing, run nothing but ours, keep nothing."""

import pytest
from django.test import Client

from tests.recommendations.conftest import make_harbor


@pytest.fixture
def answers(db, settings):
    """One answer of each kind, by what it is."""
    settings.VENDOR_HOOK_CHALLENGES = {}
    harbor = make_harbor()
    harbor.nora.user.is_staff = harbor.nora.user.is_superuser = True
    harbor.nora.user.save()
    browser = Client(enforce_csrf_checks=True, raise_request_exception=False)
    browser.force_login(harbor.nora.user)
    found = {
        "page": browser.get("/harbor/"),
        "fragment": browser.get("/harbor/patients/", headers={"HX-Request": "true"}),
        "sign-in": Client().get("/account/login/"),
        "redirect": Client().get("/harbor/"),
        "staff desk": browser.get("/admin/practice/practice/"),
        "no address": browser.get("/no/such/address"),
        "no practice": browser.get("/elsewhere/"),
        "no method": browser.get("/harbor/plans/1/sign"),
        "no token": browser.post("/harbor/patients/add"),
        "hook": Client().post("/hooks/fullscript"),
    }
    settings.VENDOR_HOOK_SECRETS = None
    found["fault"] = browser.post("/hooks/fullscript")
    return found


STATUS = {
    "page": 200,
    "fragment": 200,
    "sign-in": 200,
    "redirect": 302,
    "staff desk": 200,
    "no address": 404,
    "no practice": 404,
    "no method": 405,
    "no token": 403,
    "fault": 500,
}


def test_each_kind_of_answer_was_given(answers):
    given = {kind: answer.status_code for kind, answer in answers.items()}
    assert {kind: given[kind] for kind in STATUS} == STATUS
    assert 400 <= given["hook"] < 500


def test_no_answer_may_be_framed_or_guessed_at(answers):
    for kind, answer in answers.items():
        policy = answer.headers.get("Content-Security-Policy", "")
        assert "frame-ancestors 'none'" in policy, kind
        assert "default-src 'none'" in policy, kind
        assert answer["X-Frame-Options"] == "DENY", kind
        assert answer["X-Content-Type-Options"] == "nosniff", kind
        assert answer["Referrer-Policy"] == "same-origin", kind


def test_only_the_staff_desk_lets_expressions_run(answers):
    for kind, answer in answers.items():
        allowed = "unsafe" in answer["Content-Security-Policy"]
        assert allowed == (kind == "staff desk"), kind


def test_no_answer_is_stored(answers):
    for kind, answer in answers.items():
        assert "no-store" in answer["Cache-Control"], kind
