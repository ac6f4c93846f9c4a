"""What people see while Valkey is away: the broker, the cache and the count of sign-ins."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.cache import cache
from django.test import Client

from practice import tenancy
from recommendations.models import Sending
from tests import dance
from tests.factories import UserFactory
from tests.recommendations.conftest import make_harbor
from tests.recommendations.test_send import make_plan
from tests.stack.services import free_port

ROOT = Path(__file__).resolve().parent.parent
SIGN = """
from tests import clients
clients.install()
from django.contrib.auth import get_user_model
from django.test import Client
client = Client()
client.force_login(get_user_model().objects.get(username="nora"))
print("ANSWER", client.post("/harbor/plans/{}/sign", {{"packs_confirmed": "yes"}}).status_code)
"""


@pytest.fixture
def nowhere():
    return f"redis://127.0.0.1:{free_port()}/0"


@pytest.fixture
def away(settings, nowhere):
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": nowhere}}
    return Client(raise_request_exception=False)


@pytest.mark.django_db
def test_nobody_signs_in_uncounted(away):
    user = UserFactory()
    user.emailaddress_set.create(email=user.email, verified=True, primary=True)
    words = {"login": user.email, "password": "correct horse battery"}
    answer = away.post("/account/login/", words)
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    assert "Signing in has to wait" in answer.content.decode()
    assert "_auth_user_id" not in away.session


@pytest.mark.django_db
def test_who_is_signed_in_goes_on_working(away):
    harbor = make_harbor()
    away.force_login(harbor.nora.user)
    assert away.get("/harbor/patients/").status_code == 200


@pytest.mark.django_db
def test_a_fault_of_ours_stays_a_500(client, settings):
    settings.VENDOR_HOOK_SECRETS = None
    client.raise_request_exception = False
    assert client.post("/hooks/fullscript").status_code == 500


def test_a_plan_is_signed_without_a_broker_and_waits_for_the_sweep(
    committed_db, ground, simulators, nowhere
):
    cache.clear()
    harbor = make_harbor()
    client = Client()
    client.force_login(harbor.nora.user)
    dance.connect(client, simulators, "harbor", "wholescripts")
    plan = make_plan(harbor)
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "-c", SIGN.format(plan.pk)],
        cwd=ROOT,
        env={**os.environ, **ground.environment, "REDIS_URL": nowhere},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "ANSWER 302" in done.stdout, done.stderr
    with tenancy.unit(tenancy.of_practice(harbor.practice.pk)):
        assert Sending.objects.get().state == Sending.State.QUEUED
