"""Lab orders and orders' unknown parts (sections 5.7 and 10)."""

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


def results_of(nora, lab_order_id):
    return nora.get(f"/clinic/labs/orders/{lab_order_id}").json()["order"]["results"]


def test_a_plan_with_labs_leaves_orders_nobody_bought_yet(sims, nora):
    sims.configure("fullscript", granted=["labs"])
    panel = nora.get("/labs").json()["labs"][1]["id"]
    patient = nora.patient()["id"]
    plan_id = sims.act("fullscript/make-plan", patient_id=patient, panel_ids=[panel])["plan_id"]
    (order,) = nora.get("/clinic/labs/orders").json()["orders"]
    assert (order["state"], order["treatment_plan_id"]) == ("not_purchased", plan_id)
    bought = sims.act("fullscript/buy-lab", patient_id=patient, plan_id=plan_id)["lab_order_id"]
    assert bought == order["id"]
    (placed,) = nora.get("/clinic/orders", type="labs").json()["orders"]
    assert placed["treatment_plan_ids"] == [plan_id]


@pytest.mark.parametrize(("same", "equal"), [(False, False), (True, True)])
def test_an_order_and_its_lab_order_may_share_an_id(sims, nora, same, equal):
    sims.knob("fullscript", lab_order_is_order=same)
    lab_order_id = sims.act("fullscript/buy-lab", patient_id=nora.patient()["id"])["lab_order_id"]
    placed = sims.holds("fullscript")["events"][0]["data"]["id"]
    assert (placed == lab_order_id) is equal


@pytest.mark.parametrize(
    ("wrapper", "find", "plural"),
    [
        ("order", lambda body: body["order"], "orders"),
        ("lab_order", lambda body: body["lab_order"], "lab_orders"),
        ("root", lambda body: body, "orders"),
    ],
)
def test_a_lab_order_stands_where_the_knob_says(sims, nora, lab_order_id, wrapper, find, plural):
    sims.knob("fullscript", lab_wrapper=wrapper)
    assert find(nora.get(f"/clinic/labs/orders/{lab_order_id}").json())["state"] == "purchased"
    assert plural in nora.get("/clinic/labs/orders").json()


def test_partial_results_come_alone_and_amended_ones_change_in_place(sims, nora, lab_order_id):
    def move(state):
        sims.act("fullscript/move-lab", lab_order_id=lab_order_id, state=state)
        rows = results_of(nora, lab_order_id)
        return [row["id"] for row in rows], requests.get(rows[-1]["pdf_url"], timeout=5).content

    assert len(move("partial_results")[0]) == 1
    ids, before = move("results_ready")
    amended, after = move("results_amended")
    assert amended == ids
    assert before != after


def test_an_amended_result_may_get_a_new_id(sims, nora, lab_order_id):
    sims.knob("fullscript", amended_gets_new_id=True)
    sims.act("fullscript/move-lab", lab_order_id=lab_order_id, state="results_ready")
    first = results_of(nora, lab_order_id)
    sims.act("fullscript/move-lab", lab_order_id=lab_order_id, state="results_amended")
    second = results_of(nora, lab_order_id)
    assert (first[0]["id"], first[1]["id"] != second[1]["id"]) == (second[0]["id"], True)


def test_the_file_may_hang_on_the_aggregated_result(sims, nora, lab_order_id):
    sims.knob("fullscript", lab_pdf_in="aggregated")
    sims.act("fullscript/move-lab", lab_order_id=lab_order_id, state="results_ready")
    order = nora.get(f"/clinic/labs/orders/{lab_order_id}").json()["order"]
    assert all("pdf_url" not in row for row in order["results"])
    assert requests.get(order["latest_aggregated_result"]["pdf_url"], timeout=5).ok


@pytest.mark.parametrize(
    ("kind", "found"),
    [
        ("html", lambda answer: answer.content.startswith(b"<!doctype")),
        ("not_pdf", lambda answer: answer.content.startswith(b"PK")),
        ("redirect", lambda answer: answer.status_code == 302),
        ("too_large", lambda answer: len(answer.content) > 30_000_000),
        ("other_host", lambda answer: answer.url.startswith("http://localhost:")),
    ],
)
def test_a_results_address_gives_something_else(sims, nora, lab_order_id, kind, found):
    sims.knob("fullscript", lab_pdf=kind)
    sims.act("fullscript/move-lab", lab_order_id=lab_order_id, state="results_ready")
    url = results_of(nora, lab_order_id)[0]["pdf_url"]
    assert found(requests.get(url, allow_redirects=False, timeout=10))


def test_a_results_file_may_want_the_bearer(sims, nora, lab_order_id):
    sims.knob("fullscript", lab_pdf_needs_bearer=True)
    sims.act("fullscript/move-lab", lab_order_id=lab_order_id, state="results_ready")
    url = results_of(nora, lab_order_id)[0]["pdf_url"]
    bearer = {"Authorization": f"Bearer {nora.tokens['access_token']}"}
    assert [requests.get(url, headers=h, timeout=5).status_code for h in ({}, bearer)] == [401, 200]
    downloads = sims.holds("fullscript")["effects"]["downloads"]
    assert [d["what"] for d in downloads] == ["lab_result"]


def test_a_panels_tests_are_found_by_id(nora, lab_order_id):
    test = nora.get(f"/clinic/labs/orders/{lab_order_id}").json()["order"]["tests"][0]
    assert nora.get(f"/clinic/labs/tests/{test['id']}").json() == {"test": test}


@pytest.mark.parametrize("spelling", ["type labs", "lab_type labs", "type lab"])
def test_a_labs_line_is_marked_as_the_knob_says(sims, nora, spelling):
    sims.knob("fullscript", lab_line=spelling)
    sims.act("fullscript/buy-lab", patient_id=nora.patient()["id"])
    key, word = spelling.split()
    assert sims.holds("fullscript")["events"][0]["data"]["line_items"][0][key] == word
    assert nora.get("/clinic/orders").json()["orders"][0]["line_items"][0][key] == word


def test_a_refund_is_told_nowhere_but_may_show_in_the_order(sims, nora):
    sims.act("fullscript/make-plan", patient_id=nora.patient()["id"])
    order = sims.act("fullscript/order", patient_id=nora.patient()["id"])["order"]["id"]
    events = len(sims.holds("fullscript")["events"])
    sims.act("fullscript/refund", order_id=order)
    assert "state" not in nora.get(f"/clinic/orders/{order}").json()["order"]
    sims.knob("fullscript", order_details=True)
    shown = nora.get(f"/clinic/orders/{order}").json()["order"]
    assert (shown["state"], len(shown["refunds"])) == ("refunded", 1)
    assert len(sims.holds("fullscript")["events"]) == events
