"""From the sign-in to the review without a mouse: every step is reached by keys alone, and
what has the focus can be seen."""

import pytest
from allauth.account.models import EmailAddress
from playwright.sync_api import expect

from catalog import words
from catalog.models import Product
from practice import tenancy
from tests.recommendations.rows import Desk, ListingFactory

MOST_TABS = 40
FOCUSED = """() => {
  const at = document.activeElement
  const shown = [at, at.closest(".search__box, .stepper, .segments > *")].filter(Boolean)
  const ringed = shown.some((one) => getComputedStyle(one).outlineStyle !== "none")
  const label = at.getAttribute("aria-label") ?? at.labels?.[0]?.textContent ?? at.textContent
  return { name: label.replace(/\\s+/g, " ").trim(), ringed, tag: at.tagName }
}"""


@pytest.fixture
def desk(committed_db):
    desk = Desk()
    user = desk.clinician.user
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    with tenancy.unit(tenancy.EVERYTHING):
        for name in ("Magnesium Citrate", "Zinc Picolinate"):
            product = Product.objects.create(name=name)
            ListingFactory(product=product, name=name)
            words.refresh([product.pk], None)
    return desk


def tab_to(page, name, key="Tab"):
    """Presses Tab until `name` has the focus; every stop on the way must be seen."""
    for _ in range(MOST_TABS):
        page.keyboard.press(key)
        focused = page.evaluate(FOCUSED)
        assert focused["ringed"] or focused["tag"] == "BODY", f"no ring on {focused['name']!r}"
        if focused["name"].startswith(name):
            return
    raise AssertionError(f"{name!r} was not reached in {MOST_TABS} tabs")


def add(page, typed, line):
    page.keyboard.type(typed)
    page.keyboard.press("Enter")
    expect(page.locator("#lines > .line")).to_have_count(line)
    expect(page.get_by_label("Search the catalogue")).to_be_focused()


def test_a_plan_is_written_and_reviewed_without_a_mouse(page, site, desk):
    page.set_default_timeout(10_000)
    page.goto(f"{site}/account/login/")
    expect(page.get_by_label("Email")).to_be_focused()
    page.keyboard.type(desk.clinician.user.email)
    page.keyboard.press("Tab")
    page.keyboard.type("correct horse battery")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Today", level=1)).to_be_visible()

    tab_to(page, "Patients")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Patients", level=1)).to_be_visible()
    tab_to(page, f"Sample, {desk.patient.first_name}")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Overview", level=1)).to_be_visible()
    tab_to(page, "Start a plan")
    page.keyboard.press("Enter")

    expect(page.get_by_label("Search the catalogue")).to_be_focused()
    add(page, "magnesium", 1)
    add(page, "zinc", 2)
    tab_to(page, "Breakfast")
    page.keyboard.type("2")
    page.keyboard.press("Tab")
    expect(page.locator(".line__saved").first).to_contain_text("Saved")
    tab_to(page, "Review", key="Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Review before signing")).to_be_visible()
    expect(page.get_by_text("at breakfast")).to_be_visible()
