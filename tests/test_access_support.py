"""What the operator's staff see of a practice, and what its owners read about it, looked at
by axe: light and dark, on a phone and on a desk."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.practice.test_support import a_staff_member, begin, browser_of
from tests.recommendations.bridge import Bridge
from tests.test_access import WIDTHS, found_on
from tests.test_access import desk as desk

pytestmark = pytest.mark.django_db


def looked_at(page, browser, addresses):
    """(what axe finds, what is wider than 320 pixels) on the pages at `addresses`."""
    bridge = Bridge(page, browser)
    found, wide = [], []
    for address in addresses:
        bridge.open(address)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            found += found_on(page)
        page.set_viewport_size({"width": 320, "height": 640})
        if page.evaluate("document.documentElement.scrollWidth") > 320:
            wide.append(address)
    return found, wide


def inside(desk, *names):
    return [reverse(f"practice:{name}", args=[desk.practice.slug]) for name in names]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_where_staff_see_as_a_member(page, desk, theme):
    page.emulate_media(color_scheme=theme)
    sam = a_staff_member()
    browser = browser_of(sam)
    begin(browser, sam, desk.member, reason="The parcel of yesterday shows no driver at all")
    addresses = inside(desk, "today", "patient-list", "patient-add", "practice-settings")
    assert looked_at(page, browser, addresses) == ([], [])


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_on_what_owners_read(page, desk, theme):
    page.emulate_media(color_scheme=theme)
    sam = a_staff_member()
    page_of_owners = inside(desk, "support-list")
    assert looked_at(page, desk.browser, page_of_owners) == ([], [])
    begin(browser_of(sam), sam, desk.member, reason="The parcel shows no driver")
    assert looked_at(page, desk.browser, page_of_owners) == ([], [])


def test_axe_finds_nothing_where_a_view_has_ended(page, desk):
    sam = a_staff_member()
    browser = browser_of(sam)
    begin(browser, sam, desk.member, now=timezone.now() - dt.timedelta(hours=1))
    assert looked_at(page, browser, inside(desk, "today")) == ([], [])
