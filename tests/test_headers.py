"""What every kind of answer tells browsers: frame nothing, run nothing but ours, keep nothing."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client

from tests.factories import with_authenticator
from tests.recommendations.conftest import make_harbor
from tests.stack.processes import ROOT

MACHINES = ("hook", "fault")  # no page: nothing is framed, copied or run


def for_people(answers):
    return [(kind, answer) for kind, answer in answers.items() if kind not in MACHINES]


def pages(answers):
    return [(kind, answer) for kind, answer in without_files(answers) if kind not in MACHINES]


def without_files(answers):
    """Pages and data. Files of the site itself are the same for all and may be kept."""
    return [(kind, answer) for kind, answer in answers.items() if kind != "static"]


@pytest.fixture
def answers(db, settings):
    """One answer of each kind, by what it is."""
    settings.VENDOR_HOOK_CHALLENGES = {}
    (Path(settings.STATIC_ROOT) / "known.js").write_text("")
    harbor = make_harbor()
    harbor.nora.user.is_staff = harbor.nora.user.is_superuser = True
    harbor.nora.user.save()
    with_authenticator(harbor.nora.user)
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
        "too much": browser.post("/harbor/patients/add", {"notes": "x" * 1_100_000}),
        "static": browser.get("/static/known.js"),
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
    "too much": 413,
    "static": 200,
    "fault": 500,
}


def test_each_kind_of_answer_was_given(answers):
    given = {kind: answer.status_code for kind, answer in answers.items()}
    assert {kind: given[kind] for kind in STATUS} == STATUS
    assert 400 <= given["hook"] < 500


def test_no_answer_may_be_framed_or_guessed_at(answers):
    for kind, answer in without_files(answers):
        policy = answer.headers.get("Content-Security-Policy", "")
        assert "frame-ancestors 'none'" in policy, kind
        assert "default-src 'none'" in policy, kind
        assert answer["X-Frame-Options"] == "DENY", kind


def test_no_other_site_loads_opens_or_learns_of_any_answer(answers):
    for kind, answer in answers.items():
        assert answer["X-Content-Type-Options"] == "nosniff", kind
        assert answer["Cross-Origin-Resource-Policy"] == "same-origin", kind
    for kind, answer in for_people(answers):
        assert answer["Referrer-Policy"] == "same-origin", kind
        assert answer["Cross-Origin-Opener-Policy"] == "same-origin", kind


def test_no_answer_may_use_the_device_but_for_passkeys(answers):
    for kind, answer in for_people(answers):
        policy = answer["Permissions-Policy"]
        for name in ("camera", "microphone", "geolocation", "usb", "bluetooth", "payment"):
            assert f"{name}=()" in policy, kind
        assert "publickey-credentials-get=(self)" in policy, kind


def test_a_vendors_frame_may_copy_a_link_and_nobody_else(answers, settings):
    origin = settings.FULLSCRIPT_EMBED_ORIGIN
    for kind, answer in pages(answers):
        assert f'clipboard-write=(self "{origin}")' in answer["Permissions-Policy"], kind
        policy = answer["Content-Security-Policy"]
        assert f"frame-src {origin};" in policy + ";", kind
        assert re.search(rf"connect-src [^;]*{re.escape(origin)}", policy), kind


def test_only_the_staff_desk_lets_expressions_run(answers):
    for kind, answer in pages(answers):
        policy = answer["Content-Security-Policy"]
        assert ("unsafe" in policy) == (kind == "staff desk"), kind
        typed = "require-trusted-types-for 'script'; " in policy + "; "
        assert typed == (kind != "staff desk"), kind


def test_to_a_machine_nothing_is_allowed(answers):
    for kind in MACHINES:
        policy = answers[kind]["Content-Security-Policy"]
        assert policy == "default-src 'none'; frame-ancestors 'none'", kind


def test_a_script_runs_by_its_origin_or_a_nonce_of_one_answer(answers):
    for kind in ("page", "sign-in", "no address"):
        policy = answers[kind]["Content-Security-Policy"]
        assert re.search(r"script-src 'self'( 'nonce-[^']+')?(;|$)", policy), kind


def test_no_answer_is_stored(answers):
    for kind, answer in without_files(answers):
        assert "no-store" in answer["Cache-Control"], kind


@pytest.fixture
def production(settings):
    """What production's settings say of cookies and TLS; the demo is plain HTTP."""
    run = subprocess.run(
        [sys.executable, "-c", PRODUCTION],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"},
        check=True,
    )
    return json.loads(run.stdout)


PRODUCTION = """
import json
from config import settings
print(json.dumps({k: v for k, v in vars(settings).items()
                  if k.startswith(("SECURE_", "SESSION_COOKIE", "CSRF_COOKIE"))}))
"""


def test_cookies_belong_to_one_host_and_no_script_reads_them(production):
    for cookie in ("SESSION", "CSRF"):
        assert production[f"{cookie}_COOKIE_NAME"].startswith("__Host-")
        assert production[f"{cookie}_COOKIE_SECURE"] is True
        assert production[f"{cookie}_COOKIE_HTTPONLY"] is True
        assert production[f"{cookie}_COOKIE_SAMESITE"] == "Lax"
        assert f"{cookie}_COOKIE_DOMAIN" not in production


@pytest.mark.django_db
def test_browsers_stay_with_tls_for_a_year(settings, client, production):
    for name, value in production.items():
        setattr(settings, name, value)
    answer = client.get("/account/login/", secure=True)
    assert answer["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"
    away = client.get("/account/login/")
    assert (away.status_code, away["Location"][:8]) == (301, "https://")
