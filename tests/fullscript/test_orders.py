"""What patients ordered at Fullscript: told of, read every night, and shown once."""

import datetime as dt

import pytest
from django.utils import timezone

from practice import link, tenancy
from practice.models import Receipt
from recommendations import read_orders
from recommendations.models import Order, OrderReading


def orders(elena, units=1, **wishes):
    plan_id = elena.made_there(units=units)
    return elena.simulators.act("fullscript/order", plan_id=plan_id, **wishes)


def test_an_order_is_read_and_noted_also_of_a_plan_that_is_not_ours(elena):
    elena.link()
    orders(elena, units=2)
    elena.tell()
    [order] = elena.orders()
    [line] = order.lines
    assert (order.number, order.placed_at is not None) == ("R000000001", True)
    assert (line["sku"], line["name"], line["quantity"]) == (elena.sku, "Calm Magnesium", 2)
    assert elena.lines("order") == ["Ordered at Fullscript: 1 product"]


@pytest.mark.parametrize("told_first", [True, False])
def test_an_order_is_one_line_whichever_way_we_come_to_know_of_it(elena, told_first):
    elena.link()
    orders(elena)
    for step in (elena.tell, elena.reads) if told_first else (elena.reads, elena.tell):
        step()
    elena.tell()
    assert len(elena.orders()) == 1
    assert elena.lines("order") == ["Ordered at Fullscript: 1 product"]


def test_orders_of_whom_nobody_linked_are_not_kept_and_are_read_once_they_are(elena):
    orders(elena)
    elena.tell()
    elena.reads()
    assert elena.orders() == []
    elena.link()
    elena.reads()
    assert len(elena.orders()) == 1


def test_what_the_payload_says_is_not_believed(elena):
    elena.link()
    orders(elena)
    [event] = [event for event in elena.events() if event["type"] == "order.placed"]
    event["data"]["line_items"] *= 3
    event["data"]["order_number"] = "made up"
    elena.tell(event)
    [order] = elena.orders()
    assert (order.number, len(order.lines)) == ("R000000001", 1)


def test_an_order_that_cannot_be_read_now_is_read_later(elena, simulators):
    elena.link()
    orders(elena)
    simulators.fault("fullscript", "status", path="/clinic/orders/", params={"code": 503})
    elena.tell()
    assert elena.orders() == []
    elena.work_off(later=3600)
    assert len(elena.orders()) == 1


def test_an_order_nobody_may_read_yet_makes_the_next_reading_soon(elena, simulators):
    elena.link()
    elena.reads()
    orders(elena)
    simulators.fault("fullscript", "status", path="/clinic/orders/", params={"code": 404})
    elena.tell()
    with elena.harbor.unit():
        reading = OrderReading.objects.get()
    assert reading.not_before_at <= timezone.now() + dt.timedelta(minutes=10)


def test_a_refund_that_nothing_tells_of_is_seen_the_next_night(elena, simulators):
    simulators.knob("fullscript", order_details=True)
    elena.link()
    made = orders(elena)
    elena.reads()
    simulators.act("fullscript/refund", order_id=made["order"]["id"])
    elena.reads(later=1)
    assert elena.orders()[0].raw_state == "completed"
    elena.reads(later=30)
    assert elena.orders()[0].raw_state == "refunded"


def test_an_older_reading_does_not_undo_a_newer_one(elena, simulators):
    simulators.knob("fullscript", order_details=True)
    elena.link()
    made = orders(elena)
    elena.tell()
    simulators.act("fullscript/refund", order_id=made["order"]["id"])
    with elena.harbor.unit():
        Order.objects.update(read_at=timezone.now() + dt.timedelta(minutes=1))
    elena.reads()
    assert elena.orders()[0].raw_state == "completed"


def test_what_was_read_under_a_link_that_was_taken_back_is_not_shown(elena):
    made = elena.link()
    orders(elena)
    elena.reads()
    with elena.harbor.unit():
        assert Order.objects.of_linked().count() == 1
        link.undo(made, elena.harbor.nora, timezone.now())
        assert Order.objects.of_linked().count() == 0


def test_a_reading_that_a_killed_worker_left_is_taken_up_again(elena):
    elena.link()
    orders(elena)
    now = timezone.now()
    with elena.harbor.unit():
        read_orders.adopt(now)
        OrderReading.objects.update(lease_until=now + dt.timedelta(seconds=180))
    elena.reads()
    assert elena.orders() == []
    elena.reads(later=1)
    assert len(elena.orders()) == 1


def test_without_the_right_to_orders_the_reading_says_so_and_waits(elena):
    elena.link()
    with elena.harbor.unit():
        elena.connection.refresh_from_db()
        scopes = set(elena.connection.scopes.split()) - {"patients:order_history"}
        elena.connection.scopes = " ".join(scopes)
        elena.connection.save()
    elena.simulators.clear_log("fullscript")
    elena.reads()
    with elena.harbor.unit():
        reading = OrderReading.objects.select_related("link").get()
    assert read_orders.problem(reading).startswith("Fullscript lets no connected account read")
    assert not any("/orders" in call["path"] for call in elena.simulators.log("fullscript"))


def test_an_order_told_twice_is_one_receipt(elena):
    elena.link()
    orders(elena)
    elena.tell()
    elena.tell()
    with tenancy.unit(tenancy.EVERYTHING):
        assert Receipt.objects.get(event_type="order.placed").repeats == 1
