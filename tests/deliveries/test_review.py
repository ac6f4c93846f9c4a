"""Only a person ends what stayed unknown."""

import datetime as dt
from decimal import Decimal

import pytest
from django.utils import timezone

from deliveries import follow
from deliveries.models import Delivery
from tests.deliveries.desk import told

pytestmark = pytest.mark.django_db
State = Delivery.State


@pytest.fixture
def lost(desk):
    """Makes a delivery whose answer was lost, and whose wait is over."""

    def make(fault="reset_after", **values):
        desk.simulators.fault("scriptrun", fault, path="/api/webhook/orders")
        now = timezone.now()
        delivery = desk.attempt(desk.queue(**values), now)
        return desk.attempt(delivery, now + dt.timedelta(minutes=15))

    return make


def test_it_is_there_ties_the_package_and_what_was_reported_of_it(desk, lost):
    delivery = lost()
    (package,) = desk.packages()
    noon = timezone.now().replace(microsecond=0)
    desk.post(told("delivery.completed", package["id"], noon))
    client = desk.signed_in(desk.alice)
    client.post(desk.url(f"{delivery.pk}/there"), {"parcel_id": f" {package['id']} "})
    delivery = desk.again(delivery)
    assert (delivery.state, delivery.delivered_at) == (State.DELIVERED, noon)


def test_a_package_of_another_delivery_is_not_taken(desk, lost):
    delivery, other = lost(), desk.booked()
    client = desk.signed_in(desk.alice)
    client.post(desk.url(f"{delivery.pk}/there"), {"parcel_id": other.parcel_id})
    assert desk.again(delivery).state == State.NEEDS_REVIEW


def test_send_again_keeps_the_barcode(desk, lost):
    delivery = lost("reset_before")
    client = desk.signed_in(desk.alice)
    client.post(desk.url(f"{delivery.pk}/again"))
    assert desk.attempt(delivery).state == State.ACCEPTED
    (package,) = desk.packages()
    assert package["order"]["barcode"] == delivery.barcode


@pytest.mark.parametrize(
    "values",
    [{"copay": Decimal(5)}, {"controlled_schedule": "II", "requires_signature": True}],
)
def test_what_is_costly_to_repeat_needs_a_confirmation(desk, lost, values):
    delivery = lost("reset_before", **values)
    client = desk.signed_in(desk.alice)
    answer = client.post(desk.url(f"{delivery.pk}/again"), follow=True)
    assert desk.again(delivery).state == State.NEEDS_REVIEW
    assert "Confirm that the first one does not exist." in answer.content.decode()
    client.post(desk.url(f"{delivery.pk}/again"), {"confirmed": "on"})
    assert desk.again(delivery).state == State.READY


def test_a_decision_after_the_courier_spoke_changes_nothing(desk, lost):
    delivery = lost()
    (package,) = desk.packages()
    desk.post(told("package.created", package["id"], timezone.now(), barcode=delivery.barcode))
    client = desk.signed_in(desk.alice)
    answer = client.post(desk.url(f"{delivery.pk}/again"), follow=True)
    assert "settled meanwhile: booked" in answer.content.decode()
    assert desk.again(delivery).state == State.ACCEPTED


def test_an_answer_that_comes_after_the_sweep_still_counts(desk, lost):
    """The worker was slow, not dead: its parcel is real."""
    delivery = lost()
    with desk.unit():
        follow.accepted(delivery.pk, "p-late", timezone.now())
    assert desk.again(delivery).state == State.ACCEPTED
