"""The operator's desk shows plans and sendings, and changes none."""

import pytest
from django.test import Client
from django.urls import reverse

from practice import tenancy
from tests.factories import staff_user
from tests.recommendations.rows import Desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff():
    with tenancy.unit(tenancy.EVERYTHING):
        user = staff_user()
    browser = Client(headers={"x-forwarded-proto": "https"})
    browser.force_login(user)
    return browser


def test_staff_see_a_plan_and_its_lines(staff):
    desk = Desk()
    item = desk.add()
    address = reverse("admin:recommendations_plan_change", args=[desk.plan.pk])
    page = staff.post(address, {"look_reason": "Asked by the practice"}, follow=True)
    assert page.status_code == 200
    assert item.listing.sku in page.content.decode()


def test_staff_change_no_plan(staff):
    desk = Desk()
    address = reverse("admin:recommendations_plan_change", args=[desk.plan.pk])
    assert staff.post(address, {"message": "mine"}).status_code == 403
    assert staff.get(reverse("admin:recommendations_sending_changelist")).status_code == 200
    assert staff.get(reverse("admin:recommendations_plan_add")).status_code == 403
