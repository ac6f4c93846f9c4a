"""The pages about a dispensary's patients, as a browser shows them: by keys, by axe, on a phone."""

import pytest
from django.test import Client
from playwright.sync_api import expect

from practice.models import Patient, VendorPatient
from tests import dance
from tests.practice.linking import FAMILY, another, link_place, theirs
from tests.practice.test_read_patients import ask, run
from tests.recommendations.bridge import Bridge
from tests.recommendations.conftest import make_harbor
from tests.test_access import found_on
from tests.test_keyboard import tab_to


@pytest.fixture
def harbor(db):
    return make_harbor()


@pytest.fixture
def nora(harbor, simulators, page):
    browser = Client(HTTP_HOST="testserver", headers={"x-forwarded-proto": "https"})
    browser.force_login(harbor.nora.user)
    dance.connect(browser, simulators, "harbor", "fullscript")
    return Bridge(page, browser)


def roster(harbor, rest=""):
    return f"/harbor/connections/{link_place(harbor).connection.pk}/patients/{rest}"


def test_patients_are_taken_in_by_keys_alone(nora, harbor, page):
    run(harbor, ask(harbor))
    nora.open(roster(harbor, "?show=new"))
    tab_to(page, "Tick all on this page")
    page.keyboard.press("Enter")
    expect(page.locator("[name=rows]:checked")).to_have_count(6)
    tab_to(page, "Take in those ticked", key="Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Take in 6 patients?")
    tab_to(page, "Take in 6 patients")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("6 patients taken in and linked")
    with harbor.unit():
        assert Patient.objects.count() == 7


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_where_patients_are_compared(nora, harbor, page, simulators, theme):
    page.emulate_media(color_scheme=theme)
    arjun = another(
        harbor, first_name="Arjun", last_name="Nandakumar", birth_date="2015-02-14", email=FAMILY
    )
    elena = f"/harbor/patients/{harbor.patient.pk}"
    nora.client.post(
        f"{elena}/at/fullscript/confirm",
        {"theirs": theirs(simulators, "elena.marsh@mail.example")["id"]},
    )
    with harbor.unit():
        harbor.patient.email = "elena@new.example"
        harbor.patient.save()
        VendorPatient.objects.update(changed_at="2026-05-03T12:00Z")
    pages = (
        roster(harbor),  # nobody was read yet
        f"/harbor/patients/{arjun.pk}/at/fullscript/",
        f"{elena}/at/fullscript/",
        f"{elena}/",
    )
    found, wide = [], []
    for address in pages:
        nora.open(address)
        for width in (390, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            found += found_on(page)
        page.set_viewport_size({"width": 320, "height": 640})
        if page.evaluate("document.documentElement.scrollWidth") > 320:
            wide.append(address)
    assert (found, wide) == ([], [])
    expect(page.locator("main")).to_contain_text("Fullscript has another e-mail since May 3, 2026")
