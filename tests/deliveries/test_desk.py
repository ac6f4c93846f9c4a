"""What deliveries add to the pages of the practice."""

import pytest

from deliveries.models import Delivery
from practice import tenancy
from tests.factories import MembershipFactory

pytestmark = pytest.mark.django_db


def test_a_patients_page_leads_to_booking_and_to_the_parcels(desk):
    delivery = desk.queue()
    page = desk.signed_in(desk.alice).get(f"/{desk.practice.slug}/patients/{desk.patient.pk}/")
    words = page.content.decode()
    assert desk.url(f"book/{desk.patient.pk}/") in words
    assert desk.url(f"{delivery.pk}/") in words


def test_today_names_parcels_that_wait_for_a_person(desk):
    client = desk.signed_in(desk.alice)
    delivery = desk.queue()
    assert "Parcels to look at" not in client.get(f"/{desk.practice.slug}/").content.decode()
    with desk.unit():
        Delivery.objects.filter(pk=delivery.pk).update(state=Delivery.State.NEEDS_REVIEW)
    words = client.get(f"/{desk.practice.slug}/").content.decode()
    assert "Parcels to look at" in words
    assert desk.url(f"{delivery.pk}/") in words


@pytest.mark.parametrize(("role", "is_offered"), [("owner", True), ("assistant", False)])
def test_settings_offer_the_courier_account_to_owners(desk, role, is_offered):
    with tenancy.unit(tenancy.EVERYTHING):
        member = MembershipFactory(practice=desk.practice, role=role)
    page = desk.signed_in(member).get(f"/{desk.practice.slug}/settings/")
    assert (desk.url("courier/") in page.content.decode()) is is_offered
