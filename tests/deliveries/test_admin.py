"""The operator's staff see how parcels go, and no patient."""

import pytest

from tests.deliveries.desk import told
from tests.factories import staff_user

pytestmark = pytest.mark.django_db


def test_staff_see_a_parcels_way_and_not_whose_it_is(desk):
    delivery = desk.booked(notes="Ring twice")
    desk.client.force_login(staff_user())
    page = desk.client.get(f"/admin/deliveries/delivery/{delivery.pk}/change/")
    words = page.content.decode()
    assert delivery.barcode in words
    assert desk.patient.name not in words
    assert "Ring twice" not in words


@pytest.mark.parametrize("kind", ["delivery", "deliveryevent", "proof"])
def test_staff_change_nothing(desk, kind):
    delivery = desk.booked()
    noon = delivery.accepted_at.replace(microsecond=0)
    desk.post(told("delivery.completed", delivery.parcel_id, noon))
    desk.client.force_login(staff_user())
    assert desk.client.get(f"/admin/deliveries/{kind}/").status_code == 200
    assert desk.client.get(f"/admin/deliveries/{kind}/add/").status_code == 403
