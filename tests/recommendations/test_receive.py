"""What Fullscript tells of plans afterwards: signed events, then a look at the plan itself."""

import pytest

from practice import tenancy
from practice.models import Receipt
from recommendations import compare
from recommendations.models import Sending
from tests.recommendations.hand import PRODUCT, Hand

State = Sending.State


@pytest.fixture
def nora(signed_in, harbor, simulators):
    return Hand(harbor, signed_in, simulators)


@pytest.fixture
def arrive(nora):
    """Has every event at Fullscript posted and worked off."""

    def all_events():
        for event in nora.events():
            assert nora.deliver(event) == 200
        nora.work_off()

    return all_events


@pytest.fixture
def confirmed(nora):
    sending = nora.signed()
    nora.post(sending, "activated", plan_id=nora.made_there())
    return nora.again(sending)


def test_a_browser_closed_too_early_is_made_good_by_the_webhook(nora, arrive):
    nora.link()
    sending = nora.signed()
    plan_id = nora.made_there()
    arrive()
    sending = nora.again(sending)
    assert (sending.state, sending.vendor_plan_id) == (State.CONFIRMED, plan_id)


def test_a_plan_that_cannot_be_read_now_is_read_later(nora, arrive, simulators):
    """A lost nudge would lose the plan: it is the receipt that waits."""
    nora.link()
    sending = nora.signed()
    nora.made_there()
    simulators.fault("fullscript", "status", path="/treatment_plans/", params={"code": 503})
    arrive()
    assert nora.again(sending).state == State.HAND_OVER
    nora.work_off(later=3600)
    assert nora.again(sending).state == State.CONFIRMED


def test_without_a_link_nothing_is_guessed(nora, arrive):
    sending = nora.signed()
    nora.made_there()
    arrive()
    assert nora.again(sending).state == State.HAND_OVER


def test_of_two_plans_that_fit_a_person_chooses(nora, arrive):
    nora.link()
    sending = nora.signed()
    nora.made_there()
    second = nora.made_there(units=2)
    arrive()
    sending = nora.again(sending)
    assert (sending.state, sending.vendor_plan_id) == (State.HAND_OVER, "")
    assert sending.last_error == "2 plans at Fullscript could be this one. Look, and say which."
    nora.post(sending, "activated", plan_id=second)
    assert nora.again(sending).vendor_plan_id == second


def test_a_colleagues_plan_for_the_patient_is_left_alone(nora, arrive):
    nora.link()
    sending = nora.signed()
    nora.made_there(by="Samuel")
    arrive()
    assert nora.again(sending).state == State.HAND_OVER


def test_a_plan_with_other_products_is_left_alone(nora, arrive, simulators):
    nora.link()
    sending = nora.signed()
    other = simulators.act("fullscript/some-variant", q="zinc")["variant_id"]
    assert other != nora.sku
    nora.made_there(sku=other)
    arrive()
    assert nora.again(sending).state == State.HAND_OVER


def test_two_sendings_that_wait_alike_are_left_to_a_person(nora, arrive):
    nora.link()
    both = [nora.signed(), nora.signed()]
    nora.made_there()
    arrive()
    assert {nora.again(sending).state for sending in both} == {State.HAND_OVER}


def test_a_cancellation_there_is_shown_and_noted_once(nora, confirmed, arrive, simulators):
    simulators.act("fullscript/cancel-plan", plan_id=confirmed.vendor_plan_id)
    arrive()
    arrive()
    assert nora.again(confirmed).raw_state == "cancelled"
    assert nora.told().count("Plan cancelled at Fullscript") == 1
    words = nora.client.get(f"/harbor/plans/{confirmed.plan_id}/review").content.decode()
    assert "cancelled" in words


def test_a_change_there_is_compared_again(nora, confirmed, arrive, simulators):
    simulators.act("fullscript/change-plan", plan_id=confirmed.vendor_plan_id, units_to_purchase=4)
    arrive()
    arrive()
    (row,) = nora.again(confirmed).differences
    assert compare.sentence(row) == f"{PRODUCT}: 4 to buy there instead of 1."
    assert nora.told().count("Plan changed at Fullscript") == 1


def test_an_order_is_noted_once_also_when_it_is_told_twice(nora, confirmed, arrive, simulators):
    simulators.act("fullscript/order", plan_id=confirmed.vendor_plan_id)
    arrive()
    arrive()
    assert nora.told().count("Ordered at Fullscript: 1 product") == 1
    with tenancy.unit(tenancy.EVERYTHING):
        assert Receipt.objects.get(event_type="order.placed").repeats == 1


def test_an_order_of_whom_nobody_linked_is_no_news(nora, arrive, simulators):
    plan_id = nora.made_there()
    simulators.act("fullscript/order", plan_id=plan_id)
    arrive()
    assert nora.told() == []


def test_an_event_lost_on_the_way_is_made_good_by_the_browser(nora, arrive):
    sending = nora.signed()
    plan_id = nora.made_there()
    nora.post(sending, "activated", plan_id=plan_id)
    arrive()
    assert nora.told().count("Plan confirmed at Fullscript") == 1
