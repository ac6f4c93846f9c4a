"""What becomes of a plan at its vendor: read again, changed, called right, stopped, paid."""

import datetime as dt

import pytest
from django.utils import timezone

from practice import tenancy
from practice.models import AuditEntry, PatientEvent
from recommendations import follow_up, sign, stop_there
from recommendations.models import Sending
from tests.recommendations.hand import GRANTED, PRODUCT, Hand

State = Sending.State


@pytest.fixture
def nora(signed_in, harbor, simulators, settings):
    settings.VENDOR_RIGHTS = {"fullscript": GRANTED}
    simulators.configure("fullscript", granted=GRANTED)
    hand = Hand(harbor, signed_in, simulators)
    hand.link()
    return hand


@pytest.fixture
def sending(nora):
    return nora.attempt(nora.signed())


def read_again(nora, sending, days=1.1):
    with nora.harbor.scope():
        follow_up.read_again(sending.pk, timezone.now() + dt.timedelta(days=days))
    return nora.again(sending)


def details(nora):
    with nora.harbor.unit():
        return list(PatientEvent.objects.order_by("id").values_list("text", "detail"))


def review(nora, sending):
    return nora.client.get(f"/harbor/plans/{sending.plan_id}/review").content.decode()


def press(nora, sending, what, **data):
    return nora.client.post(f"/harbor/plans/sendings/{sending.pk}/{what}", data, follow=True)


# Read again


def test_what_could_not_be_read_back_is_read_by_itself(nora, simulators):
    simulators.fault("fullscript", "status", method="GET", path="/clinic/treatment_plans/")
    sending = nora.attempt(nora.signed())
    assert sending.state == State.SENT
    assert sending.request_id
    with nora.harbor.scope():
        soon = timezone.now() + dt.timedelta(seconds=61)
        assert follow_up.due_to_read(soon) == [(nora.harbor.practice.pk, sending.pk)]
        follow_up.read_again(sending.pk, soon)
    sending = nora.again(sending)
    assert (sending.state, sending.last_error, sending.differences) == (State.CONFIRMED, "", [])
    assert nora.told()[-1] == "Plan confirmed at Fullscript"


def test_it_is_read_at_growing_gaps(nora, simulators):
    simulators.fault(
        "fullscript", "status", method="GET", path="/clinic/treatment_plans/", times=50
    )
    sending = nora.attempt(nora.signed())
    start, times = timezone.now(), []
    for _ in range(6):
        times.append(sending.not_before_at - start)
        with nora.harbor.scope():
            follow_up.read_again(sending.pk, sending.not_before_at)
        sending = nora.again(sending)
    gaps = [later - earlier for earlier, later in zip(times, times[1:], strict=False)]
    assert gaps == sorted(gaps)
    assert sending.state == State.SENT


def test_a_cancellation_nobody_told_of_is_seen_the_next_day(nora, sending, simulators):
    simulators.act("fullscript/cancel-plan", plan_id=sending.vendor_plan_id)
    for days in (1.1, 2.2):
        sending = read_again(nora, sending, days)
    assert (sending.raw_state, sending.not_before_at) == ("cancelled", None)
    assert nora.told().count("Plan cancelled at Fullscript") == 1


def test_a_change_is_told_once_with_what_changed(nora, sending, simulators):
    simulators.act("fullscript/change-plan", plan_id=sending.vendor_plan_id, units_to_purchase=4)
    for days in (1.1, 2.2):
        sending = read_again(nora, sending, days)
    changed = [detail for text, detail in details(nora) if text == "Plan changed at Fullscript"]
    assert changed == [f"{PRODUCT}: 4 to buy there instead of 1."]


def test_a_plan_is_followed_for_so_many_days_only(nora, sending, settings):
    settings.PLAN_FOLLOW_DAYS = 3
    assert read_again(nora, sending, 1.1).not_before_at is not None
    assert read_again(nora, sending, 2.2).not_before_at is None


# The difference on the page


@pytest.fixture
def changed(nora, sending, simulators):
    simulators.act("fullscript/change-plan", plan_id=sending.vendor_plan_id, units_to_purchase=3)
    return read_again(nora, sending)


def test_a_difference_stands_line_by_line_until_it_is_called_right(nora, changed, simulators):
    words = review(nora, changed)
    assert "Not as planned" in words
    assert "Bottles" in words
    page = press(nora, changed, "accept").content.decode()
    assert "Right as it is there" in page
    assert "Nora Lindqvist, ND said so" in page
    simulators.act("fullscript/change-plan", plan_id=changed.vendor_plan_id, units_to_purchase=5)
    assert read_again(nora, changed, 2.2).accepted_at is None
    assert "Not as planned" in review(nora, changed)


def test_nothing_is_called_right_where_nothing_differs(nora, sending):
    press(nora, sending, "accept")
    assert nora.again(sending).accepted_at is None


def test_a_difference_written_as_words_is_still_shown(nora, sending):
    with nora.harbor.unit():
        Sending.objects.update(differences=["Zinc was added there."])
    assert "Zinc was added there." in review(nora, sending)


# Where to order


def test_the_order_link_stands_on_review_plan_and_sheet(nora, sending, simulators):
    pages = ("review", "", "sheet")
    found = [nora.client.get(f"/harbor/plans/{sending.plan_id}/{page}") for page in pages]
    assert all(sending.link in answer.content.decode() for answer in found)
    nora.harbor.practice.order_links_on_documents = False
    with tenancy.unit(tenancy.EVERYTHING):
        nora.harbor.practice.save()
    sheet = nora.client.get(f"/harbor/plans/{sending.plan_id}/sheet").content.decode()
    assert sending.link not in sheet


def test_a_link_to_somewhere_else_is_shown_nowhere(nora, sending):
    with nora.harbor.unit():
        Sending.objects.update(link="https://evil.example/invite/1")
    for page in ("review", "", "sheet"):
        words = nora.client.get(f"/harbor/plans/{sending.plan_id}/{page}").content.decode()
        assert "evil.example" not in words


# Stopping


def plan_there(nora, sending):
    return nora.held("plans")[sending.vendor_plan_id]


def test_a_plan_is_stopped_after_a_page_that_asks(nora, sending):
    page = nora.client.get(f"/harbor/plans/sendings/{sending.pk}/stop").content.decode()
    assert PRODUCT in page
    assert plan_there(nora, sending)["state"] == "active"
    press(nora, sending, "stop")
    assert plan_there(nora, sending)["state"] == "cancelled"
    assert nora.again(sending).raw_state == "cancelled"
    assert nora.told()[-1] == "Plan cancelled at Fullscript"


def test_stopping_twice_is_stopping_once(nora, sending):
    stale = nora.again(sending)
    press(nora, sending, "stop")
    with nora.harbor.scope():
        stop_there.stop(stale, nora.harbor.nora, timezone.now())
    press(nora, sending, "stop")
    assert nora.told().count("Plan cancelled at Fullscript") == 1


def test_a_lost_answer_is_read_back(nora, sending, simulators):
    simulators.fault("fullscript", "reset_after", method="PATCH", path="/cancel$")
    page = press(nora, sending, "stop").content.decode()
    assert "Stopped at Fullscript" in page
    assert nora.again(sending).raw_state == "cancelled"


def test_a_lost_answer_that_cannot_be_read_is_said_and_looked_at_again(nora, sending, simulators):
    simulators.fault("fullscript", "reset_after", method="PATCH", path="/cancel$")
    simulators.fault("fullscript", "status", method="GET", path="/clinic/treatment_plans/")
    page = press(nora, sending, "stop").content.decode()
    assert "did not confirm that the plan is stopped" in page
    sending = read_again(nora, sending, days=0.01)
    assert sending.raw_state == "cancelled"


def test_a_refusal_to_stop_is_told(nora, sending, simulators):
    refused = {"code": 422, "body": {"error": ["Not now"]}}
    simulators.fault("fullscript", "status", method="PATCH", path="/cancel$", params=refused)
    page = press(nora, sending, "stop").content.decode()
    assert "It is not stopped" in page
    assert plan_there(nora, sending)["state"] == "active"
    simulators.fault("fullscript", "status", method="PATCH", path="/cancel$", params=refused)
    stale = nora.again(sending)
    with nora.harbor.scope(), pytest.raises(sign.NotReady):
        stop_there.stop(stale, nora.harbor.nora, timezone.now())


# Paying in the practice


def emptied(nora):
    return nora.held("effects")["carts_emptied"]


def pay(nora, sending, **data):
    return nora.client.post(f"/harbor/plans/sendings/{sending.pk}/checkout", data)


def test_the_page_says_that_the_cart_is_emptied_and_needs_a_tick(nora, sending):
    page = nora.client.get(f"/harbor/plans/sendings/{sending.pk}/checkout").content.decode()
    assert "This empties the patient" in page
    assert pay(nora, sending).status_code == 422
    assert emptied(nora) == []


def test_a_tick_fills_the_cart_and_leads_to_the_checkout(nora, sending, simulators):
    answer = pay(nora, sending, empties="on")
    assert answer.status_code == 303
    assert answer["Location"].startswith(simulators.fullscript)
    assert [one["plan_id"] for one in emptied(nora)] == [sending.vendor_plan_id]
    with tenancy.unit(tenancy.EVERYTHING):
        (noted,) = AuditEntry.objects.filter(kind="recommendations:sending-checkout")
    assert (noted.action, noted.detail["outcome"]) == ("sent", "filled")
    assert nora.told()[-1] == "Checkout opened at Fullscript"


def test_a_lost_answer_is_not_known_and_not_asked_again(nora, sending, simulators):
    simulators.fault("fullscript", "reset_after", method="POST", path="/in_office_checkout$")
    answer = pay(nora, sending, empties="on")
    assert answer.status_code == 503
    assert "not known whether the cart was emptied" in answer.content.decode()
    read_again(nora, sending)
    assert len(emptied(nora)) == 1


def test_a_checkout_somewhere_else_is_not_followed(nora, sending, simulators):
    elsewhere = {"in_office_checkout": {"url": "https://evil.example/pay"}}
    fault = {"code": 201, "body": elsewhere}
    simulators.fault("fullscript", "status", path="/in_office_checkout$", params=fault)
    answer = pay(nora, sending, empties="on")
    assert answer.status_code == 503
    assert "evil.example" not in answer.content.decode()


def test_a_cancelled_plan_is_not_paid_for(nora, sending, simulators):
    press(nora, sending, "stop")
    assert pay(nora, sending, empties="on").status_code == 302
    assert emptied(nora) == []


def test_a_refused_checkout_empties_nothing_and_says_why(nora, sending, simulators):
    simulators.fault(
        "fullscript",
        "status",
        path="/in_office_checkout$",
        params={"code": 422, "body": {"error": "Not available"}},
    )
    answer = pay(nora, sending, empties="on")
    assert "Nothing was made or changed there" in answer.content.decode()
    assert emptied(nora) == []
