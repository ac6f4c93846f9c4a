"""Events come late, twice and in any order; the parcel ends in one state."""

import datetime as dt
import uuid
from decimal import Decimal

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deliveries.models import Delivery, DeliveryEvent, Proof
from practice.models import PatientEvent
from tests.deliveries.desk import told

pytestmark = pytest.mark.django_db
State = Delivery.State
NOON = dt.datetime(2026, 5, 4, 16, 0, tzinfo=dt.UTC)


def after(minutes):
    return NOON + dt.timedelta(minutes=minutes)


def test_what_the_simulator_sends_delivers_the_parcel(desk):
    desk.listen()
    delivery = desk.booked(copay=Decimal("7.25"), requires_signature=True)
    desk.simulators.knob("scriptrun", proof_urls="local")
    desk.simulators.act("scriptrun/deliver", package_id=delivery.parcel_id)
    answers = [desk.post(body).status_code for body in desk.events()]
    delivery = desk.again(delivery)
    assert answers == [200, 200]
    assert (delivery.state, delivery.copay_collected) == (State.DELIVERED, Decimal("7.25"))
    assert delivery.review_reason == ""
    with desk.unit():
        assert {proof.kind for proof in delivery.proofs.all()} == {"photo", "signature"}


def test_created_with_our_barcode_settles_an_unknown_booking(desk):
    desk.listen()
    desk.simulators.fault("scriptrun", "reset_after", path="/api/webhook/orders")
    delivery = desk.booked()
    (body,) = desk.events()
    desk.post(body)
    delivery = desk.again(delivery)
    assert (delivery.state, delivery.parcel_id) == (State.ACCEPTED, desk.packages()[0]["id"])


def test_patient_and_prescription_settle_it_where_exactly_one_fits(desk):
    desk.listen()
    desk.simulators.knob("scriptrun", created_event_has_barcode=False)
    desk.simulators.fault("scriptrun", "reset_after", path="/api/webhook/orders", times=2)
    first, second = desk.booked(rx_number="RX-1"), desk.booked(rx_number="RX-2")
    desk.post(desk.events()[1])
    assert desk.again(first).state == State.UNKNOWN
    assert desk.again(second).state == State.ACCEPTED


def test_completed_before_our_post_returned_is_adopted(desk):
    answer = {"created": 1, "package_ids": ["p-early"], "warnings": []}
    desk.simulators.fault(
        "scriptrun", "status", path="/api/webhook", params={"code": 200, "body": answer}
    )
    desk.post(told("delivery.completed", "p-early", after(5)))
    delivery = desk.booked()
    assert (delivery.state, delivery.delivered_at) == (State.DELIVERED, after(5))


def test_created_while_we_are_still_sending_makes_no_second_parcel(desk):
    delivery = desk.queue()
    with desk.unit():
        Delivery.objects.filter(pk=delivery.pk).update(state=State.SENDING, attempts=1)
    desk.post(told("package.created", "p-9", NOON, barcode=delivery.barcode))
    delivery = desk.again(delivery)
    assert (delivery.state, delivery.parcel_id) == (State.ACCEPTED, "p-9")


def test_a_foreign_package_is_kept_and_answered_200(desk):
    assert desk.post(told("delivery.completed", "p-foreign", NOON)).status_code == 200
    with desk.unit():
        event = DeliveryEvent.objects.get()
    assert (event.parcel_id, event.delivery_id) == ("p-foreign", None)


def test_the_same_event_twice_has_one_effect(desk):
    delivery = desk.booked()
    event = told("delivery.failed", delivery.parcel_id, NOON, reason="no_answer")
    again = event | {"id": "evt_other_id"}
    assert [desk.post(one).status_code for one in (event, event, again)] == [200, 200, 200]
    with desk.unit():
        assert DeliveryEvent.objects.count() == 1
        assert PatientEvent.objects.filter(text="Delivery failed").count() == 1


def test_an_unknown_type_changes_nothing(desk):
    delivery = desk.booked()
    event = told("delivery.completed", delivery.parcel_id, NOON) | {"event": "package.reassigned"}
    assert desk.post(event).status_code == 200
    assert desk.again(delivery).state == State.ACCEPTED


def test_failed_then_completed_ends_delivered(desk):
    delivery = desk.booked()
    desk.post(told("delivery.failed", delivery.parcel_id, after(1), reason="no_answer"))
    assert desk.again(delivery).state == State.FAILED
    desk.post(told("delivery.completed", delivery.parcel_id, after(60)))
    delivery = desk.again(delivery)
    assert (delivery.state, delivery.review_reason) == (State.DELIVERED, "")


def test_a_failure_dated_after_the_delivery_asks_a_person(desk):
    delivery = desk.booked()
    desk.post(told("delivery.completed", delivery.parcel_id, after(1)))
    desk.post(told("delivery.failed", delivery.parcel_id, after(2)))
    delivery = desk.again(delivery)
    assert delivery.state == State.DELIVERED
    assert delivery.review_reason.startswith("A failure was reported after the delivery.")


@pytest.mark.parametrize(
    ("asked", "collected", "reason"),
    [
        (Decimal("7.25"), 5, "$5.00 was collected where a copay of $7.25 was asked."),
        (Decimal("7.25"), None, "A copay of $7.25 was to be collected and none was reported."),
        (None, 3, "$3.00 was collected where a copay of $0.00 was asked."),
        (Decimal("7.25"), 7.25, ""),
        (None, None, ""),
    ],
)
def test_a_copay_that_differs_asks_a_person(desk, asked, collected, reason):
    delivery = desk.booked(copay=asked)
    desk.post(told("delivery.completed", delivery.parcel_id, NOON, copay_collected=collected))
    assert desk.again(delivery).review_reason == reason


def test_a_second_package_with_our_barcode_asks_a_person(desk):
    delivery = desk.booked()
    desk.post(told("package.created", "p-twin", NOON, barcode=delivery.barcode))
    delivery = desk.again(delivery)
    assert delivery.other_parcel_id == "p-twin"
    assert "second parcel" in delivery.review_reason


def test_proof_on_another_host_is_not_even_noted(desk):
    delivery = desk.booked()
    proof = {"photo_url": "https://files.example/a.png", "signature_url": "http://10.0.0.7/b.png"}
    desk.post(told("delivery.completed", delivery.parcel_id, NOON, proof=proof))
    assert desk.again(delivery).state == State.DELIVERED
    with desk.unit():
        assert not Proof.objects.exists()


ORDERS = st.permutations(
    [
        ("package.created", 0, {}),
        ("delivery.failed", 10, {"reason": "no_answer"}),
        ("delivery.completed", 20, {"copay_collected": 4}),
        ("delivery.completed", 30, {"copay_collected": 9}),
        ("delivery.failed", 40, {"reason": "refused"}),
    ]
)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(order=ORDERS, booked_after=st.integers(0, 5), repeated=st.integers(0, 4))
def test_every_order_of_events_ends_alike(desk, order, booked_after, repeated):
    parcel_id, delivery = f"p-{uuid.uuid4()}", desk.queue(copay=Decimal(4))
    answer = {"created": 1, "package_ids": [parcel_id], "warnings": []}
    desk.simulators.fault("scriptrun", "status", params={"code": 200, "body": answer})
    events = [told(kind, parcel_id, after(at), **data) for kind, at, data in order]
    for place, event in enumerate([*events, events[repeated]]):
        if place == booked_after:
            desk.attempt(delivery)
        desk.post(event)
    delivery = desk.again(delivery)
    with desk.unit():
        lines = PatientEvent.objects.filter(object_id=delivery.pk, source__contains="00:00")
        assert lines.count() == 4
    assert (
        *(delivery.state, delivery.delivered_at, delivery.failed_at),
        *(delivery.fail_reason, delivery.copay_collected, delivery.review_reason[:9]),
    ) == (State.DELIVERED, after(20), after(40), "refused", Decimal(4), "A failure")


def test_an_event_says_when_the_courier_was_last_heard(desk):
    before = timezone.now()
    desk.post(told("package.created", "p-x", NOON))
    assert desk.again(desk.account).last_event_at >= before
