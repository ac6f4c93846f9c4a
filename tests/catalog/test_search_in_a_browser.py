"""Searching and narrowing the catalogue in a browser: by keys, by address, and without scripts."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from catalog import words
from catalog.models import Product
from practice import tenancy
from tests.recommendations.bridge import Bridge
from tests.recommendations.rows import Desk

pytestmark = pytest.mark.django_db

SHELF = (
    # name, brand, form, stock, price of a day
    ("Magnesium Glycinate", "Sunmere", "capsule", 20, "0.40"),
    ("Magnesium Citrate", "Sunmere", "tablet", 0, "0.20"),
    ("Magnesium Malate", "Orchard", "capsule", 3, "0.30"),
    ("Zinc Picolinate", "Orchard", "capsule", 90, "0.10"),
)


@pytest.fixture
def desk():
    desk = Desk()
    with tenancy.unit(tenancy.EVERYTHING):
        products = [Product(name=n, brand=b, form=f, count="60") for n, b, f, _, _ in SHELF]
        Product.objects.bulk_create(products)
    for product, (name, brand, _, stock, price) in zip(products, SHELF, strict=True):
        desk.listing(product=product, name=name, brand=brand, stock=stock, daily_price=price)
    with tenancy.unit(tenancy.EVERYTHING):
        words.refresh([product.pk for product in products], None)
        words.recount(None)
    return desk


@pytest.fixture
def opened(desk, page):
    """`opened(query)` is the catalogue's list in the browser."""
    page.set_default_timeout(10_000)
    bridge = Bridge(page, desk.browser)

    def go(query=""):
        bridge.open(reverse("catalog:product-list", args=[desk.practice.slug]) + query)
        return page

    return go


def names(page):
    return page.locator("#results th .row-link")


def test_results_come_as_you_type_and_enter_opens_the_first(opened):
    page = opened()
    page.keyboard.press("/")
    page.keyboard.type("magn cit")
    expect(names(page)).to_have_text(["Magnesium Citrate"])
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Magnesium Citrate", level=1)).to_be_visible()


def test_choices_narrow_by_keys_and_keep_the_focus(opened):
    page = opened()
    expect(page.locator("#results [role=status]")).to_contain_text("4 products")
    sunmere = page.get_by_role("checkbox", name="Sunmere")
    sunmere.focus()
    page.keyboard.press("Space")
    expect(names(page)).to_have_text(["Magnesium Citrate", "Magnesium Glycinate"])
    expect(sunmere).to_be_focused()
    page.get_by_role("checkbox", name="Capsule").focus()
    page.keyboard.press("Space")
    expect(names(page)).to_have_text(["Magnesium Glycinate"])
    page.get_by_role("link", name="Remove Brand: Sunmere").focus()
    page.keyboard.press("Enter")
    expect(names(page)).to_have_count(3)
    page.get_by_role("link", name="Clear all").focus()
    page.keyboard.press("Enter")
    expect(names(page)).to_have_count(4)


def test_choices_stay_what_they_count(opened):
    page = opened("?q=magnesium")
    expect(page.locator("label", has_text="Sunmere")).to_contain_text("2")
    page.get_by_role("checkbox", name="Sunmere").check()
    expect(page.locator("label", has_text="Orchard")).to_contain_text("1")  # others of the facet
    expect(page.locator("label", has_text="In stock")).to_contain_text("1")  # among Sunmere's


def test_the_list_is_sorted_by_the_price_of_a_day(opened):
    page = opened("?q=magnesium")
    page.get_by_label("Sort by").select_option("Price of a day")
    expect(names(page)).to_have_text(
        ["Magnesium Citrate", "Magnesium Malate", "Magnesium Glycinate"]
    )
    assert "sort=price" in page.url


def test_a_slip_is_corrected_and_can_be_taken_word_for_word(opened):
    page = opened()
    page.get_by_label("Search the catalogue").fill("magnesum glycnate")
    expect(page.get_by_text("Showing results for magnesium glycinate.")).to_be_visible()
    expect(names(page).first).to_have_text("Magnesium Glycinate")
    page.get_by_role("link", name="Search word for word").click()
    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()


def test_an_address_is_shared_and_back_comes_back_to_it(opened):
    page = opened("?q=magnesium&brand=Sunmere&sort=price")
    expect(page.get_by_label("Search the catalogue")).to_have_value("magnesium")
    expect(page.get_by_role("checkbox", name="Sunmere")).to_be_checked()
    names(page).first.click()
    expect(page.get_by_role("heading", name="Magnesium Citrate", level=1)).to_be_visible()
    page.go_back()
    expect(names(page)).to_have_text(["Magnesium Citrate", "Magnesium Glycinate"])


def test_a_phone_finds_the_choices_behind_one_button(opened):
    page = opened("?q=magnesium")
    page.set_viewport_size({"width": 390, "height": 800})
    expect(page.get_by_role("checkbox", name="Sunmere")).to_be_hidden()
    page.get_by_text("Narrow the list").click()
    page.get_by_role("checkbox", name="Sunmere").check()
    expect(names(page)).to_have_count(2)
    expect(page.get_by_role("checkbox", name="Sunmere")).to_be_visible()


def test_the_form_works_without_scripts(browser, desk):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    bridge = Bridge(page, desk.browser)
    bridge.open(reverse("catalog:product-list", args=[desk.practice.slug]))
    page.get_by_label("Search the catalogue").fill("magnesium")
    page.get_by_role("checkbox", name="Sunmere").check()
    page.get_by_role("button", name="Search", exact=True).click()
    expect(names(page)).to_have_count(2)
    context.close()
