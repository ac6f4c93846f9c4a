"""A wrong setting stops every process by its name, in real processes."""

import os
import subprocess
import sys

import pytest

from config import checks
from tests.stack.processes import ROOT

GUNICORN = ["-m", "gunicorn", "config.wsgi", "--bind", "127.0.0.1:0", "--no-control-socket"]
CELERY = ["-m", "celery", "-A", "config"]
PROCESSES = {
    "web": GUNICORN,
    "worker": [*CELERY, "worker", "--pool", "solo", "--without-gossip", "--without-mingle"],
    "beat": [*CELERY, "beat", "--pidfile="],
}


@pytest.mark.parametrize("process", PROCESSES)
def test_what_is_wrong_stops_the_start_and_is_named(process, tmp_path):
    arguments = PROCESSES[process]
    if process == "beat":
        arguments = [*arguments, "--schedule", str(tmp_path / "beat")]
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, "ENCRYPTION_KEYS": "k1:short", "WHOLESCRIPTS_USERNAME": ""},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode != 0
    said = done.stdout + done.stderr
    assert "Regimen does not start" in said
    assert "regimen.E003: ENCRYPTION_KEYS: key 1 is not" in said
    assert "regimen.E001: WHOLESCRIPTS_USERNAME is not set." in said


def said(check, **options):
    return [error.msg for error in check(None, **options)]


LIVE = [
    ("FULLSCRIPT_ENVIRONMENT", "us", "FULLSCRIPT_ENVIRONMENT is a live one."),
    ("FULLSCRIPT_ENVIRONMENT", "ca", "FULLSCRIPT_ENVIRONMENT is a live one."),
    ("SCRIPTRUN_LIVE", True, "SCRIPTRUN_LIVE is true."),
    *(
        (name, address, f"{name} leads to a real vendor; demo and tests use simulators.")
        for name, address in [
            ("FULLSCRIPT_API_BASE", "https://api-us-snd.fullscript.io/api"),
            ("FULLSCRIPT_EMBED_ORIGIN", "https://us.fullscript.com"),
            ("WHOLESCRIPTS_BASE_URL", "https://wholescripts.example/api/EMR"),
            ("SCRIPTRUN_BASE_URL", "https://scriptrun.app"),
            ("SCRIPTRUN_PROOF_ORIGIN", "https://storage.scriptrun.app"),
        ]
    ),
]


@pytest.mark.parametrize(("name", "value", "words"), LIVE)
def test_demo_and_tests_take_nothing_real(settings, name, value, words):
    assert said(checks.simulated_and_real_vendors_never_mix) == []
    setattr(settings, name, value)
    assert said(checks.simulated_and_real_vendors_never_mix) == [words]


def test_demo_and_tests_take_no_live_key_from_anywhere(monkeypatch):
    monkeypatch.setenv("ANY_NAME", "sk_live_made_up")
    found = said(checks.simulated_and_real_vendors_never_mix)
    assert found == ["ANY_NAME holds a live key; demo and tests take none."]


def test_a_demo_with_a_live_environment_does_not_start():
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env={**os.environ, "FULLSCRIPT_ENVIRONMENT": "us"},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, "regimen.E038" in done.stderr) == (1, True)


PRODUCTION = [
    ("SITE_URL", "http://regimen.example", "SITE_URL is not https."),
    ("ALLOWED_HOSTS", ["*"], "ALLOWED_HOSTS lets any host through."),
    ("SECRET_KEY", "short", "SECRET_KEY is shorter than 50 characters."),
    ("SECRET_KEY", "a" * 60, "SECRET_KEY is shorter than 50 characters."),
    ("REDIS_URL", "http://valkey:6379", "REDIS_URL is no redis:// or rediss:// address."),
    ("REDIS_URL", "valkey", "REDIS_URL is no redis:// or rediss:// address."),
    ("LEASE_SECONDS", 170, "LEASE_SECONDS is not more than 170."),
    ("SCRIPTRUN_PROOF_ORIGIN", "https://h/x", "SCRIPTRUN_PROOF_ORIGIN is no https://host."),
    ("SCRIPTRUN_PROOF_ORIGIN", "https://a@h", "SCRIPTRUN_PROOF_ORIGIN is no https://host."),
    (
        "WHOLESCRIPTS_BASE_URL",
        "http://127.0.0.1:9/api/EMR",
        "WHOLESCRIPTS_BASE_URL leads to this machine: that is a simulator.",
    ),
]
CHECKS = [
    checks.browsers_come_by_tls,
    checks.hosts_are_named,
    checks.the_secret_key_cannot_be_guessed,
    checks.the_broker_is_redis,
    checks.a_lease_outlasts_a_task,
    checks.proof_has_an_origin,
    checks.simulated_and_real_vendors_never_mix,
]


@pytest.mark.parametrize(("name", "value", "words"), PRODUCTION)
def test_what_production_may_not_be_is_named(settings, name, value, words):
    settings.SECURE_SSL_REDIRECT, settings.VENDORS_ARE_SIMULATED = True, False
    settings.SITE_URL, settings.SECRET_KEY = "https://regimen.example", "made-up-" * 8
    for each in [*checks.URLS[1:], "SCRIPTRUN_PROOF_ORIGIN"]:
        setattr(settings, each, "https://vendor.example")
    assert [words for check in CHECKS for words in said(check)] == []
    setattr(settings, name, value)
    assert words in [words for check in CHECKS for words in said(check)]


@pytest.mark.django_db
def test_the_applications_role_is_bound_by_policies():
    assert said(checks.the_role_is_bound_by_policies, databases=["default"]) == []


@pytest.mark.parametrize(
    ("role", "words"),
    [("superuser", ["is a superuser", "may bypass policies"]), ("owner", ["owns tables"])],
)
def test_a_role_that_policies_do_not_bind_stops_the_start(ground, django_db_setup, role, words):
    url = getattr(ground.urls, role)
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--database", "default"],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": url},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    for each in words:
        assert f"DATABASE_URL's role {each}" in done.stderr
