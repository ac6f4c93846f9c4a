"""One booking is at most one parcel at the courier, whatever goes wrong on the way."""

import datetime as dt

import pytest
from django.utils import timezone

from deliveries import send
from deliveries.models import Delivery
from practice.models import AuditEntry, CourierAccount, PatientEvent
from practice.vendors.contract import AccessRevoked
from tests.simulators.scriptrun.app import HARBOR_KEY, MEADOW_KEY

pytestmark = pytest.mark.django_db
State = Delivery.State
PATH = "/api/webhook/orders"


def test_one_booking_is_one_package_with_our_barcode(desk):
    delivery = desk.booked(requires_signature=True, priority="stat")
    (package,) = desk.packages()
    assert delivery.state == State.ACCEPTED
    assert delivery.parcel_id == package["id"]
    assert package["order"]["barcode"] == delivery.barcode
    assert package["order"]["requires_signature"] is True


def test_a_booking_is_on_the_patients_timeline(desk):
    delivery = desk.booked()
    with desk.unit():
        lines = PatientEvent.objects.filter(patient=desk.patient, object_id=delivery.pk)
        texts = set(lines.values_list("text", flat=True))
    assert texts == {
        f"Courier asked for {delivery.delivery_date:%b %-d, %Y}",
        "ScriptRun took the parcel",
    }


def test_two_workers_send_one_request(desk):
    delivery = desk.booked()
    desk.attempt(delivery)
    assert len(desk.packages()) == 1


def test_the_same_form_twice_is_one_delivery(desk):
    first = desk.queue(barcode="ORD-ABC")
    assert desk.queue(barcode="ORD-ABC").pk == first.pk


def test_a_reset_after_storing_is_unknown_and_not_repeated(desk):
    desk.simulators.fault("scriptrun", "reset_after", path=PATH)
    delivery = desk.booked()
    assert delivery.state == State.UNKNOWN
    desk.attempt(delivery)
    assert len(desk.packages()) == 1


@pytest.mark.parametrize(
    ("kind", "params"),
    [
        ("reset_before", {}),  # bytes had left: nobody can tell
        ("status", {"code": 503}),
        ("status_after", {"code": 500}),
        ("truncated", {}),
        ("html", {"code": 200}),
    ],
)
def test_whatever_may_have_made_a_parcel_is_unknown(desk, kind, params):
    desk.simulators.fault("scriptrun", kind, path=PATH, params=params)
    assert desk.booked().state == State.UNKNOWN


def test_a_courier_that_was_not_reached_is_tried_again(desk, settings):
    clients = settings.VENDOR_CLIENTS
    away = clients["scriptrun"] | {"base_url": "http://127.0.0.1:9"}
    settings.VENDOR_CLIENTS = clients | {"scriptrun": away}
    now = timezone.now()
    delivery = desk.attempt(desk.queue(), now)
    assert (delivery.state, delivery.not_before_at) == (State.READY, now + dt.timedelta(seconds=5))
    settings.VENDOR_CLIENTS = clients
    assert desk.attempt(delivery, now).state == State.READY
    assert desk.attempt(delivery, now + dt.timedelta(seconds=6)).state == State.ACCEPTED


def test_too_many_requests_wait_as_long_as_the_courier_says(desk):
    desk.simulators.fault("scriptrun", "status", path=PATH, params={"code": 429, "retry_after": 90})
    now = timezone.now()
    delivery = desk.attempt(desk.queue(), now)
    assert delivery.state == State.READY
    assert delivery.not_before_at == now + dt.timedelta(seconds=90)


def test_a_refusal_keeps_the_couriers_words(desk):
    body = {"error": "Validation failed", "details": ["patient_address: not served"]}
    desk.simulators.fault("scriptrun", "status", path=PATH, params={"code": 400, "body": body})
    delivery = desk.booked()
    assert delivery.state == State.REJECTED
    assert delivery.last_error == "Validation failed\npatient_address: not served"


def test_a_plan_limit_pauses_the_practice_and_keeps_the_parcel(desk):
    desk.simulators.act("scriptrun/key", key=HARBOR_KEY, limit_reached=True)
    delivery = desk.booked()
    account = desk.again(desk.account)
    assert (delivery.state, account.state) == (State.READY, CourierAccount.State.PAUSED)
    assert "402" in account.last_error
    desk.attempt(delivery)
    assert len(desk.simulators.log("scriptrun")) == 1


def test_a_key_that_is_not_accepted_pauses_the_practice(desk):
    desk.simulators.act("scriptrun/key", key=HARBOR_KEY, active=False)
    assert desk.booked().state == State.READY
    account = desk.again(desk.account)
    assert account.state == CourierAccount.State.PAUSED
    assert account.last_error == "ScriptRun does not accept the key (401)."


def test_a_key_replaced_during_the_call_is_not_paused(desk):
    stale = desk.again(desk.account)
    with desk.unit():
        desk.account.set_key(MEADOW_KEY)
        send.pause(stale, AccessRevoked("no", vendor="scriptrun", operation="book", status=401))
    assert desk.again(desk.account).state == CourierAccount.State.ACTIVE


def test_warnings_of_an_accepted_parcel_are_kept(desk):
    answer = {"created": 1, "package_ids": ["p-1"], "warnings": [{"message": "weak geocode"}]}
    desk.simulators.fault("scriptrun", "status", path=PATH, params={"code": 200, "body": answer})
    assert desk.booked().warnings == ["message: weak geocode"]


def test_a_worker_that_died_while_sending_leaves_it_unknown(desk):
    delivery, now = desk.queue(), timezone.now()
    with desk.unit():
        Delivery.objects.filter(pk=delivery.pk).update(
            state=State.SENDING, attempts=1, lease_until=now - dt.timedelta(seconds=1)
        )
    assert desk.attempt(delivery, now).state == State.UNKNOWN
    assert desk.packages() == []


def test_unknown_goes_to_a_person_after_the_wait(desk):
    desk.simulators.fault("scriptrun", "reset_after", path=PATH)
    now = timezone.now()
    delivery = desk.attempt(desk.queue(), now)
    early, late = now + dt.timedelta(seconds=899), now + dt.timedelta(seconds=900)
    assert desk.attempt(delivery, early).state == State.UNKNOWN
    assert desk.attempt(delivery, late).state == State.NEEDS_REVIEW
    assert len(desk.packages()) == 1


def test_the_trail_says_that_the_address_left_for_the_courier(desk):
    delivery = desk.booked()
    with desk.unit():
        noted = AuditEntry.objects.get(action="sent")
    assert (noted.object_id, noted.patient_id) == (delivery.pk, desk.patient.pk)
    assert (noted.detail["vendor"], noted.detail["outcome"]) == ("scriptrun", "accepted")
    assert noted.detail["booked_by_id"] == desk.alice.pk
