"""Setting up a second step, ending a session and confirming a deed of the staff without a mouse."""

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from practice import tenancy
from practice.models import Receipt
from practice.vendors.contract import Verdict
from tests.factories import (
    MembershipFactory,
    PracticeFactory,
    UserFactory,
    staff_user,
)
from tests.stack import people
from tests.test_keyboard import tab_to
from tests.test_keyboard_people import press

PASSWORD = "correct horse battery"


@pytest.fixture
def person(site):
    """A member of a practice that asks for a second step, who has none."""
    with tenancy.unit(tenancy.EVERYTHING):
        practice = PracticeFactory(slug="bayside", requires_second_factor=True)
        user = UserFactory(email="ida@bayside.example")
        user.emailaddress_set.create(email=user.email, verified=True, primary=True)
        MembershipFactory(practice=practice, user=user)
    return user


def sign_in(page, site, email):
    page.goto(f"{site}/account/login/")
    expect(page.get_by_label("Email")).to_be_focused()
    page.keyboard.type(email)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_a_second_step_is_set_up_without_a_mouse(page, site, person):
    sign_in(page, site, person.email)
    expect(page.get_by_role("heading", name="Set up a second step", level=1)).to_be_visible()
    press(page, "Set up an app")
    expect(page.get_by_role("heading", name="Is it you?", level=1)).to_be_visible()
    tab_to(page, "Password")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="authenticator app", level=1)).to_be_visible()
    secret = page.get_by_label("Secret").input_value()
    tab_to(page, "Authenticator code")
    page.keyboard.type(people.code(timezone.now().timestamp(), secret))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Recovery codes", level=1)).to_be_visible()
    press(page, "Go on")
    expect(page).to_have_url(f"{site}/bayside/")


def test_a_session_elsewhere_is_ended_without_a_mouse(page, site, person):
    with tenancy.unit(tenancy.EVERYTHING):
        person.memberships.update(deactivated_at=timezone.now())
    elsewhere = Client(headers={"user-agent": "Mozilla/5.0 (iPad) Safari/605"}, REMOTE_ADDR="::1")
    elsewhere.post("/account/login/", {"login": person.email, "password": PASSWORD})
    assert elsewhere.get("/account/sessions/").status_code == 200
    sign_in(page, site, person.email)
    page.goto(f"{site}/account/sessions/")
    press(page, "End the session in")
    expect(page.get_by_text("You are signed in nowhere else.")).to_be_visible()
    assert elsewhere.get("/account/sessions/").status_code == 302


def test_staff_replay_a_receipt_without_a_mouse(page, context, site):
    with tenancy.unit(tenancy.EVERYTHING):
        dead = Receipt.objects.create(
            vendor="fullscript",
            verdict=Verdict.GENUINE,
            state=Receipt.State.FAILED,
            event_id="e1",
            received_at=timezone.now(),
        )
    browser = Client(headers={"x-forwarded-proto": "https"})
    browser.force_login(staff_user(email="op@staff.example"))
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": browser.cookies[name].value, "url": site}])
    page.goto(f"{site}/admin/practice/receipt/{dead.pk}/change/")
    press(page, "Replay")
    expect(page.get_by_text("This touches 1 receipt")).to_be_visible()
    press(page, "Replay: 1 receipt")
    expect(page.get_by_text("1 receipt")).to_be_visible()
    with tenancy.unit(tenancy.EVERYTHING):
        assert Receipt.objects.get().state != Receipt.State.FAILED
