"""The control page, clicked through as plain forms, and its JSON API."""

import pytest
import requests

from tests.simulators.client import SimulatorError, Simulators
from tests.simulators_tests.fullscript_caller import Caller

LETTER = """Content-Type: text/plain; charset="utf-8"
MIME-Version: 1.0
Content-Transfer-Encoding: 8bit
Subject: Confirm your e-mail
From: Regimen <regimen@clinic.example>
To: nora@clinic.example
Date: Mon, 02 Mar 2026 09:00:00 -0000

Open http://127.0.0.1:8999/confirm/abc/ please.
"""


def click(sims, form, **fields):
    """Post one of the page's forms; answers the page it comes back to."""
    return requests.post(f"{sims.control}/do/{form}", data=fields, timeout=10)


def test_the_page_shows_what_fullscript_holds(sims):
    nora = Caller(sims).connect()
    sims.act("fullscript/make-plan", patient_id=nora.patient()["id"])
    page = requests.get(sims.control, timeout=5).text
    assert "Elena Marsh orders this plan" in page
    assert "Revoke Nora Lindqvist" in page


def test_a_button_of_the_page_does_what_the_api_does(sims):
    nora = Caller(sims).connect()
    plan_id = sims.act("fullscript/make-plan", patient_id=nora.patient()["id"])["plan_id"]
    assert "The patient ordered." in click(sims, "fullscript/order", plan_id=plan_id).text
    assert len(sims.holds("fullscript")["orders"]) == 1


def test_what_cannot_be_done_is_said_on_the_page(sims):
    page = click(sims, "fullscript/order", plan_id="none").text
    assert "There is no such plan." in page


def test_a_fault_is_set_and_removed_by_form(sims):
    click(sims, "fault", vendor="fullscript", kind="status", path="clinic$", code="503")
    answer = requests.get(f"{sims.fullscript}/api/clinic", timeout=5)
    assert answer.status_code == 503
    click(sims, "faults/clear")
    assert sims.faults() == []


def test_a_bad_pattern_is_refused_in_words(sims):
    page = click(sims, "fault", vendor="fullscript", kind="status", path="(").text
    assert "path is no regular expression" in page


def test_knobs_are_saved_by_form(sims):
    click(sims, "knobs/fullscript", cancel="silent", rate_limit="12", background="on")
    knobs = sims.knob("fullscript")
    assert (knobs["cancel"], knobs["rate_limit"]) == ("silent", 12)
    assert (knobs["background"], knobs["probe_first"]) == (True, False)


def test_the_clock_is_moved_by_form(sims):
    before = sims.now()
    click(sims, "clock", advance="86400")
    assert sims.now()[:10] > before[:10]


def test_starting_over_empties_everything(sims):
    Caller(sims).connect()
    click(sims, "reset")
    held = sims.holds("fullscript")
    assert (held["tokens"], len(held["patients"])) == ([], 14)
    assert sims.log("fullscript") == []


def test_ids_are_not_given_out_twice_over_a_reset(sims):
    def plan_id():
        nora = Caller(sims).connect()
        return sims.act("fullscript/make-plan", patient_id=nora.patient()["id"])["plan_id"]

    first = plan_id()
    sims.reset()
    assert plan_id() != first


def test_an_unknown_knob_vendor_or_action_is_refused(sims):
    with pytest.raises(SimulatorError, match="has no knob nothing"):
        sims.knob("fullscript", nothing=1)
    with pytest.raises(SimulatorError, match="there is no vendor other"):
        sims.holds("other")
    with pytest.raises(SimulatorError, match="fullscript has no action dance"):
        sims.act("fullscript/dance")


def test_e_mails_of_the_product_are_read_from_its_folder(tmp_path):
    line = "-" * 79 + "\n"
    (tmp_path / "20260302.log").write_text(LETTER + line + LETTER.replace("nora", "ivy") + line)
    with Simulators.start(mail=tmp_path) as sims:
        page = requests.get(sims.control, timeout=5).text
        letter = page.split('<a href="/mail/')[1].split('"')[0]
        shown = requests.get(f"{sims.control}/mail/{letter}", timeout=5).text
    assert page.count("Confirm your e-mail") == 2
    assert '<a href="http://127.0.0.1:8999/confirm/abc/"' in shown
