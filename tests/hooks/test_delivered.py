"""The simulated vendor delivers by itself, over real HTTP."""

import json

from django.test import Client

from tests import dance
from tests.hooks.posting import CHALLENGE, HOOK, receipts, work_off
from tests.recommendations.conftest import make_harbor


def test_fullscript_delivers_over_http_and_it_is_committed_before_the_answer(
    site, simulators, heard
):
    harbor = make_harbor()
    browser = Client()
    browser.force_login(harbor.nora.user)
    dance.connect(browser, simulators, "harbor", "fullscript")
    simulators.knob("fullscript", background=False)
    simulators.configure_webhook("fullscript", url=f"{site}{HOOK}")
    patients = simulators.holds("fullscript")["patients"].values()
    elena = next(p["id"] for p in patients if p["email"] == harbor.patient.email)
    simulators.act("fullscript/update-patient", patient_id=elena, gender="x")
    [attempt] = simulators.act("fullscript/deliver-due")["attempts"]
    assert attempt["successfully_delivered"]
    assert json.loads(attempt["response_body"]) == CHALLENGE
    assert len(receipts()) == 1  # over a connection other than the server's
    work_off()
    assert [practice_id for practice_id, _ in heard.calls] == [harbor.practice.pk]
