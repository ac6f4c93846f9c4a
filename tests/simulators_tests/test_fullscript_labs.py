"""Lab orders (section 10)."""

import pytest
import requests

from tests.simulators_tests.fullscript_caller import Caller


@pytest.fixture
def nora(sims):
    return Caller(sims).connect()


@pytest.fixture
def lab_order_id(sims, nora):
    return sims.act("fullscript/buy-lab", patient_id=nora.patient()["id"])["lab_order_id"]


def test_buying_a_lab_is_told_by_the_order_alone(sims, nora, lab_order_id):
    events = sims.holds("fullscript")["events"]
    assert [event["type"] for event in events] == ["order.placed"]
    assert events[0]["data"]["line_items"][0]["type"] == "labs"
    rows = nora.get("/clinic/labs/orders", patient_id=nora.patient()["id"]).json()["orders"]
    assert [(row["id"], row["state"]) for row in rows] == [(lab_order_id, "purchased")]


def test_only_results_are_told(sims, nora, lab_order_id):
    for state in ("processing", "partial_results", "results_ready", "interpretation_shared"):
        sims.act("fullscript/move-lab", lab_order_id=lab_order_id, state=state)
    told = [e["data"]["lab_order"]["status"] for e in sims.holds("fullscript")["events"][1:]]
    assert told == ["results_received", "all_results_received"]


def test_results_do_not_line_up_with_tests_and_their_files_expire(sims, nora, lab_order_id):
    sims.act("fullscript/move-lab", lab_order_id=lab_order_id, state="results_ready")
    order = nora.get(f"/clinic/labs/orders/{lab_order_id}").json()["order"]
    assert (len(order["tests"]), len(order["results"])) == (3, 2)
    url = order["results"][0]["pdf_url"]
    assert requests.get(url, timeout=5).content.startswith(b"%PDF-")
    sims.knob("fullscript", lab_pdf="html")
    assert requests.get(url, timeout=5).headers["Content-Type"].startswith("text/html")
    sims.advance(601)
    assert requests.get(url, timeout=5).status_code == 403
