"""Inviting a colleague and merging two records without a mouse."""

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import expect

from practice.models import Invitation, PatientMerge
from practice.roles import Role
from tests.factories import PatientFactory
from tests.recommendations.rows import Desk
from tests.test_keyboard import tab_to

UNCOVERED = """() => {
  const box = document.activeElement.getBoundingClientRect()
  const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2)
  return document.activeElement.contains(top)
}"""


@pytest.fixture
def desk(context, site):
    desk = Desk()
    with desk.opened():
        desk.member.role = Role.OWNER
        desk.member.save()
        alike = {"first_name": desk.patient.first_name, "practice": desk.practice}
        desk.twin = PatientFactory(**alike)
    browser = Client(headers={"x-forwarded-proto": "https"})
    browser.force_login(desk.member.user)
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": browser.cookies[name].value, "url": site}])
    return desk


def press(page, name):
    tab_to(page, name)
    assert page.evaluate(UNCOVERED), f"{name!r} is covered"
    page.keyboard.press("Enter")


def test_a_colleague_is_invited_without_a_mouse(page, site, desk):
    page.goto(site + reverse("practice:member-list", args=[desk.practice.slug]))
    press(page, "Invite somebody")
    expect(page.get_by_role("heading", name="Invite somebody", level=1)).to_be_visible()
    tab_to(page, "E-mail")
    page.keyboard.type("dana@people.example")
    page.keyboard.press("Tab")
    page.keyboard.type("Dana Dahl, ND")
    page.keyboard.press("Tab")
    page.keyboard.type("Assistant")
    press(page, "Send the invitation")
    expect(page.get_by_text("dana@people.example").first).to_be_visible()
    with desk.opened():
        assert Invitation.objects.for_practice(desk.practice).get().role == Role.ASSISTANT


def test_two_records_are_merged_without_a_mouse(page, site, desk):
    page.goto(site + reverse("practice:duplicate-list", args=[desk.practice.slug]))
    press(page, "Compare and merge")
    expect(page.get_by_role("heading", name="Merge two records", level=1)).to_be_visible()
    press(page, "Merge the two records")
    expect(page.get_by_role("heading", name="Merge two records", level=1)).to_have_count(0)
    with desk.opened():
        assert PatientMerge.objects.for_practice(desk.practice).count() == 1
