"""Patients in a real browser: live search, older events, and the way without a mouse."""

import datetime as dt

import pytest
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import expect

from practice import timeline


@pytest.fixture
def portal(page, site, committed_clinic):
    """A page on which Alice is signed in, and `open(address)`."""
    cookie = committed_clinic.alice.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": site}])
    page.open = lambda address: page.goto(site + address)
    return page


def test_the_list_follows_what_is_typed_and_the_address_does_not(portal, committed_clinic):
    committed_clinic.patient(first_name="Imani", last_name="Okafor")
    committed_clinic.patient(first_name="Wren", last_name="Abbott")
    portal.open(committed_clinic.url("patient-list"))
    portal.keyboard.press("/")
    portal.keyboard.type("oka")
    expect(portal.get_by_text("1 patient found")).to_be_visible()
    expect(portal.get_by_role("link", name="Okafor, Imani")).to_be_visible()
    expect(portal.get_by_role("link", name="Abbott, Wren")).to_have_count(0)
    assert "oka" not in portal.url


def test_enter_searches_and_opens_nobody(portal, committed_clinic):
    """The first patient of a list that is not up to date would be the wrong one."""
    committed_clinic.patient(first_name="Wren", last_name="Abbott")
    portal.open(committed_clinic.url("patient-list"))
    portal.get_by_role("searchbox").fill("nobody")
    portal.keyboard.press("Enter")
    expect(portal.get_by_role("heading", name="No patient found")).to_be_visible()


def test_a_patient_is_found_without_javascript(browser, site, committed_clinic):
    committed_clinic.patient(first_name="Imani", last_name="Okafor")
    cookie = committed_clinic.alice.cookies[settings.SESSION_COOKIE_NAME].value
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": site}])
    page = context.new_page()
    page.goto(site + committed_clinic.url("patient-list"))
    page.get_by_role("searchbox").fill("imani")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 patient found")).to_be_visible()
    context.close()


def test_older_events_are_added_below(portal, committed_clinic):
    patient = committed_clinic.patient()
    with committed_clinic.open():
        for number in range(30):
            happened_at = timezone.now() - dt.timedelta(hours=number)
            timeline.note(
                patient, "plan", f"Event {number}.", source=f"t:{number}", happened_at=happened_at
            )
    portal.open(committed_clinic.url("patient-detail", patient.pk))
    expect(portal.locator(".timeline__item")).to_have_count(25)
    portal.get_by_role("link", name="Show older events").click()
    expect(portal.locator(".timeline__item")).to_have_count(30)
    expect(portal.get_by_text("Event 0.")).to_be_visible()


def test_archiving_and_undoing_by_keyboard(portal, committed_clinic):
    patient = committed_clinic.patient()
    portal.open(committed_clinic.url("patient-detail", patient.pk))
    portal.get_by_role("button", name="Archive patient").press("Enter")
    portal.get_by_role("button", name="Undo: restore this patient").press("Enter")
    expect(portal.get_by_text("The patient is back among the current ones.")).to_be_visible()
