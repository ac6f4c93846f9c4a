"""Images from the door: fetched once, from one host, kept sealed."""

import base64
import datetime as dt

import pytest
from django.utils import timezone

from deliveries import proof
from deliveries.models import Delivery, Proof
from practice import tenancy
from tests.deliveries.desk import told
from tests.factories import MembershipFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def delivered(desk):
    """A delivered parcel; its photograph stands at `path` of the simulator."""

    def make(path="/storage/demo/photo-1.png"):
        delivery = desk.booked()
        url = f"{desk.simulators.scriptrun}{path}"
        noon = timezone.now().replace(microsecond=0)
        event = told("delivery.completed", delivery.parcel_id, noon, proof={"photo_url": url})
        desk.post(event)
        return delivery

    return make


def the_proof(desk):
    with desk.unit():
        return Proof.objects.get()


def fetch(desk, now=None):
    with tenancy.declare(desk.scope):
        proof.fetch(the_proof(desk).pk, now or timezone.now())
    return the_proof(desk)


def test_a_photograph_is_fetched_without_the_key_and_kept_sealed(desk, delivered):
    delivered()
    desk.simulators.clear_log("scriptrun")
    found = fetch(desk)
    (call,) = desk.simulators.log("scriptrun")
    assert call["account"] == ""
    assert found.content().startswith(b"\x89PNG")
    assert base64.b64encode(found.content()).decode() not in found.sealed


def test_it_is_fetched_once(desk, delivered):
    delivered()
    fetch(desk)
    desk.simulators.clear_log("scriptrun")
    fetch(desk)
    assert desk.simulators.log("scriptrun") == []


def test_members_see_it_and_no_browser_guesses_its_type(desk, delivered):
    delivery = delivered()
    fetch(desk)
    answer = desk.signed_in(desk.alice).get(desk.url(f"{delivery.pk}/proof/photo"))
    assert answer["Content-Type"] == "image/png"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer["Cache-Control"]
    assert answer.content == the_proof(desk).content()


def test_another_practice_does_not_see_it(desk, delivered):
    delivery = delivered()
    fetch(desk)
    with tenancy.unit(tenancy.EVERYTHING):
        charlie = MembershipFactory(role="owner")
    client = desk.signed_in(charlie)
    at = f"/{charlie.practice.slug}/deliveries/{delivery.pk}/proof/photo"
    assert client.get(at).status_code == 404


def test_a_storage_that_is_down_is_asked_later_and_holds_up_nothing(desk, delivered):
    delivery = delivered()
    desk.simulators.fault("scriptrun", "status", path="/storage", params={"code": 503})
    now = timezone.now()
    assert fetch(desk, now).fetched_at is None
    assert desk.again(delivery).state == Delivery.State.DELIVERED
    assert fetch(desk, now).fetched_at is None
    assert fetch(desk, now + dt.timedelta(seconds=31)).fetched_at is not None


@pytest.mark.parametrize(
    ("kind", "params"),
    [
        ("status", {"code": 302, "headers": {"Location": "http://127.0.0.1:9/"}}),
        ("html", {"code": 200}),
        ("status", {"code": 404}),
    ],
)
def test_what_is_no_image_there_is_given_up(desk, delivered, kind, params):
    delivered()
    desk.simulators.fault("scriptrun", kind, path="/storage", params=params)
    found = fetch(desk)
    assert (found.given_up, found.sealed) == (True, "")


def test_a_row_that_names_another_host_is_refused_without_a_call(desk, delivered):
    delivered()
    with desk.unit():
        Proof.objects.update(url="http://127.0.0.1:9/photo.png")
    assert fetch(desk).given_up is True
