"""Laboratory orders: where each stands, and its results."""

import datetime as dt

import pytest
from django.utils import timezone

from practice import sealing
from practice.models import VendorRefusal
from recommendations import labs
from recommendations.models import LabOrder, LabResult, OrderReading

State = LabOrder.State


@pytest.fixture
def bought(elena):
    """The id of a laboratory order that we have heard of."""
    elena.link()
    lab_order_id = elena.buys()
    elena.tell()
    return lab_order_id


def test_a_lab_that_was_bought_is_found_through_the_list(elena, bought):
    [order] = elena.labs()
    assert (order.vendor_lab_order_id, order.state) == (bought, State.PURCHASED)
    assert [test["name"] for test in order.tests] == ["Glucose", "Creatinine", "Sodium"]
    assert elena.lines("order") == ["Ordered at Fullscript: 1 laboratory test"]
    assert elena.lines("lab") == ["Made-up Metabolic Panel: Bought"]


def test_what_nothing_tells_of_is_found_by_polling(elena, bought):
    for state, ours in (
        ("schedule_appointment", State.TO_BOOK),
        ("upcoming_appointment", State.BOOKED),
        ("processing", State.PROCESSING),
    ):
        elena.moves(bought, state)
        assert elena.polls(later=1) == 0
        with elena.harbor.unit():
            LabOrder.objects.update(not_before_at=timezone.now())
        elena.polls()
        assert elena.labs()[0].state == ours
    assert elena.lines("lab")[-1] == "Made-up Metabolic Panel: Sample at the laboratory"


def test_states_may_go_back_and_each_change_is_a_line(elena, bought):
    for state in ("results_ready", "interpretation_shared", "results_amended"):
        elena.moves(bought, state)
        with elena.harbor.scope():
            labs.read(elena.labs()[0], timezone.now())
    assert [line.split(": ")[1] for line in elena.lines("lab")] == [
        "Bought",
        "All results",
        "Interpretation shared",
        "Results amended",
    ]


@pytest.mark.parametrize(
    ("state", "days", "hours"),
    [
        ("to_book", 0, 4),
        ("processing", 20, 24),
        ("processing", 200, None),
        ("ready", 3, 24),
        ("ready", 40, None),
        ("not_purchased", 0, None),
        ("unknown", 1, 4),
    ],
)
def test_an_order_is_looked_at_as_often_as_its_state_may_change(state, days, hours):
    now = timezone.now()
    again = labs.next_look(state, now - dt.timedelta(days=days), now)
    assert again == (hours and now + dt.timedelta(hours=hours))


def test_results_are_fetched_kept_sealed_and_told(elena, bought):
    elena.moves(bought, "partial_results")
    elena.tell()
    assert elena.fetches() == 1
    [result] = elena.results()
    assert result.read().startswith(b"%PDF-")
    assert b"%PDF-" not in bytes(result.content)
    assert elena.lines("lab")[-1] == "Result arrived: Made-up Metabolic Panel"


def test_an_address_that_has_expired_is_never_used(elena, bought, simulators):
    elena.moves(bought, "partial_results")
    elena.tell()
    simulators.advance(3600)
    elena.fetches()
    assert elena.results()[0].fetched_at is not None


def amended(elena, bought):
    elena.moves(bought, "results_ready")
    elena.tell()
    elena.fetches()
    elena.moves(bought, "results_amended")
    elena.tell()
    elena.fetches()


def test_an_amended_result_is_a_version_of_its_own_and_the_others_stay(elena, bought):
    amended(elena, bought)
    versions = [(result.vendor_result_id, result.version) for result in elena.results()]
    first, second = versions[0][0], versions[1][0]
    assert versions == [(first, 1), (second, 1), (second, 2)]
    assert all(result.fetched_at for result in elena.results())
    assert elena.labs()[0].amended_at is not None
    assert elena.lines("lab")[-1] == "Result amended: Made-up Metabolic Panel"


def test_an_amended_result_under_a_new_id_stands_beside_the_one_that_went(
    elena, bought, simulators
):
    simulators.knob("fullscript", amended_gets_new_id=True)
    amended(elena, bought)
    rows = elena.results()
    assert [(row.version, row.withdrawn_at is None) for row in rows] == [
        (1, True),
        (1, False),
        (1, True),
    ]


def test_an_amendment_that_is_told_is_looked_for_whatever_the_state_says(elena, bought):
    elena.moves(bought, "results_ready")
    elena.tell()
    elena.fetches()
    elena.moves(bought, "results_amended")
    elena.moves(bought, "interpretation_shared")
    elena.tell()
    elena.fetches()
    assert [row.version for row in elena.results()] == [1, 1, 2]
    assert elena.labs()[0].state == State.SHARED


@pytest.mark.parametrize("kind", ["html", "not_pdf", "redirect", "too_large"])
def test_what_is_no_pdf_is_tried_again_then_given_up_with_words(elena, bought, simulators, kind):
    simulators.knob("fullscript", lab_pdf=kind)
    elena.moves(bought, "partial_results")
    elena.tell()
    elena.fetches()
    [result] = elena.results()
    assert (result.given_up, result.not_before_at > timezone.now()) == (False, True)
    with elena.harbor.unit():
        LabResult.objects.update(attempts=9, not_before_at=None)
    elena.fetches()
    [result] = elena.results()
    assert (result.given_up, result.last_error) == (True, labs.results.NO_PDF)
    assert elena.fetches(later=100) == 0


def test_a_result_on_another_host_is_not_fetched(elena, bought, simulators):
    simulators.knob("fullscript", lab_pdf="other_host")
    elena.moves(bought, "partial_results")
    elena.tell()
    elena.fetches()
    [result] = elena.results()
    assert (result.given_up, result.last_error) == (True, labs.results.ELSEWHERE)
    assert simulators.holds("fullscript")["effects"]["downloads"] == []


def test_who_a_patient_is_there_is_kept_nowhere(elena, bought):
    elena.moves(bought, "results_ready")
    elena.tell()
    [order] = elena.labs()
    kept = sealing.unseal(order, "raw")
    assert bought in kept
    assert not any(word in kept for word in ("Elena", "pdf_url", "mail"))


def test_a_poll_that_a_killed_worker_left_is_taken_up_again(elena, bought):
    elena.moves(bought, "processing")
    now = timezone.now()
    with elena.harbor.unit():
        LabOrder.objects.update(not_before_at=now, lease_until=now + dt.timedelta(seconds=180))
    assert elena.polls() == 0
    assert elena.polls(later=1) == 1
    assert elena.labs()[0].state == State.PROCESSING


def test_a_vendor_that_is_down_is_asked_again_and_the_last_word_stays(elena, bought, simulators):
    elena.moves(bought, "processing")
    simulators.fault("fullscript", "status", path="/labs/orders/", params={"code": 503})
    assert elena.polls(later=5) == 1
    [order] = elena.labs()
    assert (order.state, order.last_error) == (State.PURCHASED, labs.WORDS["Unavailable"])
    elena.polls(later=6)
    assert elena.labs()[0].state == State.PROCESSING


def test_labs_that_are_refused_leave_orders_alone_and_are_told_to_staff(elena, simulators):
    elena.link()
    elena.buys()
    simulators.fault("fullscript", "status", path="/labs/orders", params={"code": 403})
    elena.reads()
    assert (len(elena.orders()), elena.labs()) == (1, [])
    with elena.harbor.unit():
        assert OrderReading.objects.get().labs_refused_at is not None
    assert VendorRefusal.objects.get().operation == "lab_orders"


def test_in_canada_nothing_of_laboratories_is_asked(elena, simulators, settings):
    elena.link()
    elena.buys()
    settings.VENDOR_ENVIRONMENTS = settings.VENDOR_ENVIRONMENTS | {"fullscript": "ca-snd"}
    with elena.harbor.unit():
        elena.connection.environment = "ca-snd"
        elena.connection.save()
    simulators.clear_log("fullscript")
    elena.tell()
    elena.reads()
    assert not any("/labs/" in call["path"] for call in simulators.log("fullscript"))
    assert len(elena.orders()) == 1
