"""The builder by keyboard alone, in a browser."""

import pytest
from playwright.sync_api import expect

from catalog import words
from catalog.models import Product
from practice import tenancy
from tests.recommendations.bridge import Bridge
from tests.recommendations.rows import Desk, ListingFactory

pytestmark = pytest.mark.django_db

NAMES = ["Magnesium Citrate", "Zinc Picolinate", "Omega Oil", "Vitamin D", "Boron", "Iron"]


@pytest.fixture
def desk():
    desk = Desk()
    dose = [{"slot": "breakfast", "quantity": "1", "with_food": None}]
    with tenancy.unit(tenancy.EVERYTHING):
        for name in NAMES:
            product = Product.objects.create(name=name)
            ListingFactory(product=product, name=name, default_doses=dose)
            words.refresh([product.pk], None)
    return desk


@pytest.fixture
def builder(desk, page):
    page.set_default_timeout(10_000)
    bridge = Bridge(page, desk.browser)
    bridge.open(desk.url("plan-detail", desk.plan.pk))
    return bridge


def lines(page):
    return page.locator("#lines > .line")


def add(page, typed):
    """Two interactions: type, Enter."""
    before = lines(page).count()
    page.keyboard.type(typed)
    page.keyboard.press("Enter")
    expect(lines(page)).to_have_count(before + 1)
    expect(page.get_by_label("Search the catalogue")).to_be_focused()


def test_six_products_take_twelve_interactions(builder, desk, page):
    for name in NAMES:
        add(page, name.lower())
    assert [item.listing.name for item in desk.items()] == NAMES
    assert all(item.doses.count() == 1 for item in desk.items())


def test_enter_never_adds_what_an_older_search_found(builder, desk, page):
    page.keyboard.type("zinc")
    expect(page.get_by_role("button", name="Add Zinc Picolinate")).to_be_visible()
    page.keyboard.press("Control+a")
    page.keyboard.type("boron")
    page.keyboard.press("Enter")
    expect(lines(page)).to_have_count(1)
    assert [item.listing.name for item in desk.items()] == ["Boron"]


def test_a_dose_is_typed_over_and_saved_on_leaving(builder, desk, page):
    add(page, "zinc")
    lines(page).first.get_by_label("Breakfast", exact=True).focus()
    page.keyboard.type("1.5")
    page.keyboard.press("Tab")
    expect(lines(page).first.locator(".line__saved")).to_contain_text("Saved")
    assert [str(dose.quantity) for dose in desk.items()[0].doses.all()] == ["1.50"]


def test_leaving_waits_for_the_last_change(builder, desk, page):
    add(page, "zinc")
    lines(page).first.get_by_label("Bedtime", exact=True).fill("2")
    page.get_by_role("link", name="Regimen sheet").click()
    expect(page.get_by_role("heading", name="What to take, and when")).to_be_visible()
    expect(page.get_by_role("article", name="Regimen sheet")).to_contain_text("Bedtime")
    assert len(desk.items()[0].doses.all()) == 2


def test_a_refused_dose_is_explained_at_once_and_stays_typed(builder, desk, page):
    add(page, "zinc")
    field = lines(page).first.get_by_label("Bedtime", exact=True)
    field.focus()
    page.keyboard.type("0")
    page.keyboard.press("Tab")
    expect(lines(page).first).to_contain_text("A dose is more than 0.")
    expect(lines(page).first.locator(".line__saved")).to_contain_text("Not saved")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_value("0")


def test_a_removed_line_is_taken_back_by_keyboard(builder, desk, page):
    add(page, "zinc")
    page.get_by_role("button", name="Remove Zinc Picolinate").focus()
    page.keyboard.press("Enter")
    expect(lines(page)).to_have_count(0)
    page.keyboard.press("Control+z")
    expect(lines(page)).to_have_count(1)
    assert [item.listing.name for item in desk.items()] == ["Zinc Picolinate"]


def test_the_same_product_again_leads_to_its_line(builder, desk, page):
    add(page, "zinc")
    listing = desk.items()[0].listing_id
    page.get_by_label("Search the catalogue").fill("boron")
    button = page.get_by_role("button", name="Add Boron")
    button.evaluate("(button, id) => { button.value = id }", str(listing))
    button.press("Enter")
    expect(page.locator("#builder-problem")).to_contain_text("already on the plan")
    expect(lines(page).first).to_be_focused()


def test_who_meets_another_editor_may_keep_theirs(builder, desk, page):
    add(page, "zinc")
    line = lines(page).first
    with desk.opened():
        desk.items()[0].doses.update(quantity=3)
    line.get_by_label("Note to the patient").fill("mine")
    page.keyboard.press("Tab")
    expect(line).to_contain_text("Somebody changed this")
    expect(line).to_contain_text("Take 3 at breakfast")
    expect(line.get_by_label("Note to the patient")).to_have_value("mine")
    line.get_by_role("link", name="Keep theirs").click()
    expect(line.get_by_label("Breakfast", exact=True)).to_have_value("3")
