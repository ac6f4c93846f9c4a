"""What is not known of Fullscript's orders and laboratories: both possible answers of each are
handled."""

from pathlib import Path

import pytest

from practice import sealing
from practice.vendors import fullscript
from practice.vendors.contract import LabTest
from recommendations import results

ROOT = Path(fullscript.__file__).parents[3]


@pytest.mark.parametrize("has_details", [False, True])
def test_unknown_06_an_order_shows_what_is_documented_whatever_else_it_holds(
    elena, simulators, has_details
):
    simulators.knob("fullscript", order_details=has_details)
    elena.link()
    simulators.act("fullscript/order", plan_id=elena.made_there())
    elena.reads()
    [order] = elena.orders()
    assert order.raw_state == ("completed" if has_details else "")
    assert ("59.97" in sealing.unseal(order, "raw")) is has_details
    shown = elena.client.get(f"/harbor/plans/orders/{elena.harbor.patient.pk}").content.decode()
    assert "Calm Magnesium" in shown
    assert "59.97" not in shown
    assert "MADEUP0001" not in shown


@pytest.mark.parametrize("wrapper", ["order", "lab_order", "root"])
def test_unknown_10_a_laboratory_order_stands_under_either_key_or_none(elena, simulators, wrapper):
    simulators.knob("fullscript", lab_wrapper=wrapper)
    elena.link()
    lab_order_id = elena.buys()
    elena.reads()
    assert [order.vendor_lab_order_id for order in elena.labs()] == [lab_order_id]


@pytest.mark.parametrize("wrapped", [False, True])
def test_unknown_10_a_test_stands_under_its_key_or_none(nora_at_fullscript, simulators, wrapped):
    client, _ = nora_at_fullscript
    test = {"id": "t1", "name": "Glucose"}
    body = {"test": test} if wrapped else test
    params = {"code": 200, "body": body}
    simulators.fault("fullscript", "status", path="/labs/tests/", params=params)
    assert client.lab_test("t1") == LabTest("t1", "Glucose")


@pytest.mark.parametrize(("place", "here"), [("results", 2), ("aggregated", 1), ("both", 2)])
def test_unknown_10_a_file_hangs_on_its_result_or_on_all_together(elena, simulators, place, here):
    simulators.knob("fullscript", lab_pdf_in=place)
    elena.link()
    elena.moves(elena.buys(), "results_ready")
    elena.reads()
    elena.fetches()
    rows = elena.results()
    assert sum(row.fetched_at is not None for row in rows) == here
    assert {row.last_error for row in rows if row.fetched_at is None} <= {results.NO_FILE}


@pytest.mark.parametrize("wants_bearer", [False, True])
def test_unknown_10_a_file_is_open_or_wants_our_token(elena, simulators, wants_bearer):
    simulators.knob("fullscript", lab_pdf_needs_bearer=wants_bearer)
    elena.link()
    elena.moves(elena.buys(), "partial_results")
    elena.reads()
    elena.fetches()
    assert elena.results()[0].fetched_at is not None


def test_unknown_18_no_page_offers_an_upload_and_the_readme_says_why():
    pages = (ROOT / "templates" / "recommendations").rglob("*.html")
    assert [page.name for page in pages if 'type="file"' in page.read_text()] == []
    client = [module.read_text() for module in Path(fullscript.__file__).parent.glob("*.py")]
    assert not any('"/clinic/practitioners/{id}/resources' in text for text in client)
    readme = (Path(fullscript.__file__).parent / "README.md").read_text()
    assert "how a file travels is not documented (unknown 18)" in readme


@pytest.mark.parametrize("is_same", [False, True])
def test_unknown_26_a_laboratory_order_is_found_by_the_list_whatever_its_id(
    elena, simulators, is_same
):
    simulators.knob("fullscript", lab_order_is_order=is_same)
    elena.link()
    lab_order_id = elena.buys()
    elena.tell()
    [order], [lab] = elena.orders(), elena.labs()
    assert lab.vendor_lab_order_id == lab_order_id
    assert (order.vendor_order_id == lab_order_id) is is_same
