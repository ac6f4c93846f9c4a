"""The product's page, comparing, the formulary and the at-risk desk in a browser, by keys."""

from dataclasses import replace
from decimal import Decimal

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from catalog import words
from catalog.facts_panel import FactsPanel, Ingredient
from catalog.models import Listing, Product
from practice import tenancy
from recommendations.models import PlanItem
from tests.recommendations.bridge import Bridge
from tests.recommendations.rows import Desk

pytestmark = pytest.mark.django_db

MANY = tuple(Ingredient(f"Herb {number}") for number in range(40))
CALM = FactsPanel(ingredients=(Ingredient("Magnesium", amount=Decimal(100), unit="mg"), *MANY))
PLAIN = FactsPanel(ingredients=(Ingredient("Magnesium", amount=Decimal("0.2"), unit="g"), *MANY))


@pytest.fixture
def desk():
    desk = Desk()
    with tenancy.unit(tenancy.EVERYTHING):
        desk.products = [Product.objects.create(name=name) for name in ("Calm", "Plain Zinc")]
        for product, panel in zip(desk.products, (CALM, PLAIN), strict=True):
            html = "<p>What the vendor wrote</p>"
            full = replace(panel, unread=("Sodium 0…",))
            desk.listing(
                product=product, name=product.name, facts=full.as_json(), facts_html=html, stock=0
            )
        words.refresh([product.pk for product in desk.products], None)
    return desk


@pytest.fixture
def opened(desk, page):
    """`opened(view, *ids)` is the page in the browser."""
    page.set_default_timeout(10_000)
    bridge = Bridge(page, desk.browser)

    def go(name, *ids):
        bridge.open(reverse(name, args=[desk.practice.slug, *ids]))
        return page

    return go


def press(page, locator):
    """As a keyboard does."""
    locator.focus()
    page.keyboard.press("Enter")


def test_a_star_is_set_and_taken_away_and_keeps_the_focus(opened, desk):
    page = opened("catalog:product-detail", desk.products[0].pk)
    star = page.get_by_role("button", name="Favourite")
    for pressed in ("true", "false", "true"):
        press(page, star)
        expect(star).to_have_attribute("aria-pressed", pressed)
        expect(star).to_be_focused()


def test_the_vendors_own_words_are_one_key_away(opened, desk):
    page = opened("catalog:product-detail", desk.products[0].pk)
    expect(page.get_by_text("Sodium 0…")).to_be_visible()
    expect(page.get_by_text("What the vendor wrote")).to_be_hidden()
    press(page, page.get_by_text("The label as WholeScripts writes it"))
    expect(page.get_by_text("What the vendor wrote")).to_be_visible()


def test_a_product_is_avoided_for_a_reason_and_that_is_undone(opened, desk):
    page = opened("catalog:product-detail", desk.products[0].pk)
    press(page, page.get_by_role("link", name="Formulary", exact=True))
    page.get_by_label("Avoid").focus()
    page.keyboard.press("Space")
    press(page, page.get_by_role("button", name="Save"))
    expect(page.get_by_text("Say why it is to be avoided.").first).to_be_visible()
    page.get_by_label("Reason").fill("Recalled")
    press(page, page.get_by_role("button", name="Save"))
    expect(page.get_by_text("Avoid here:")).to_be_visible()
    opened("catalog:formulary-list")
    press(page, page.get_by_role("button", name="Undo the last change of Calm"))
    expect(page.get_by_text("Undone.")).to_be_visible()
    expect(page.get_by_text("Avoid here:")).to_have_count(0)


def test_two_products_are_compared_by_keys_alone(opened, desk):
    page = opened("catalog:product-detail", desk.products[0].pk)
    press(page, page.get_by_role("link", name="Compare"))
    expect(page.get_by_role("columnheader")).to_have_count(1)
    page.get_by_role("link", name="Take Calm out").focus()
    page.keyboard.press("/")
    expect(page.get_by_label("Search the catalogue")).to_be_focused()
    page.keyboard.type("zinc")
    expect(page.get_by_role("link", name="Plain Zinc")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("columnheader")).to_have_count(2)
    row = page.get_by_role("row").filter(has_text="Magnesium")
    expect(row).to_contain_text("differs")
    expect(row).to_contain_text("= 200 mg")
    press(page, page.get_by_role("link", name="Take Calm out"))
    expect(page.get_by_role("columnheader")).to_have_count(1)


def test_products_are_chosen_in_the_list_to_be_compared(opened, page):
    opened("catalog:product-list")
    for name in ("Compare Calm", "Compare Plain Zinc"):
        page.get_by_label(name).focus()
        page.keyboard.press("Space")
    press(page, page.get_by_role("button", name="Compare the chosen"))
    expect(page.get_by_role("columnheader")).to_have_count(2)


@pytest.mark.parametrize("width", [390, 1280])
def test_the_names_stay_in_sight_while_the_labels_are_read(opened, desk, page, width):
    page.set_viewport_size({"width": width, "height": 700})
    opened("catalog:product-compare")
    pairs = "&".join(f"p={product.pk}" for product in desk.products)
    page.goto(f"{page.url}?{pairs}")
    page.get_by_role("region", name="Comparison").focus()
    page.keyboard.press("End")
    expect(page.get_by_text("Label as given by")).to_be_in_viewport()
    expect(page.get_by_role("columnheader", name="Calm")).to_be_in_viewport()


def test_what_is_at_risk_is_seen_and_brought_back(opened, desk, page):
    with desk.opened():
        sold_out = Listing.objects.get(name="Calm")
        PlanItem.objects.create(practice=desk.practice, plan=desk.plan, listing=sold_out)
    opened("recommendations:at-risk-list")
    expect(page.get_by_role("article")).to_contain_text(desk.patient.name)
    page.get_by_label("Note about Calm").fill("Back in May")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Everything on your plans can be had")).to_be_visible()
    press(page, page.get_by_role("link", name="Seen", exact=True))
    expect(page.get_by_role("article")).to_contain_text("Back in May")
    press(page, page.get_by_role("button", name="Undo"))
    expect(page.get_by_role("article", name="Calm")).to_be_visible()
