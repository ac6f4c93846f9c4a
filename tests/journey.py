"""The ten steps as a clinician does them, in a browser. Each step leaves the page ready for
the next; `tests/test_journey.py` walks them and asks the vendors what they hold."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.stack import people
from tests.stack.demo import Demo

SECONDS = 1000
PATIENT, LISTED = "Elena Marsh", "Marsh, Elena"


class Journey:
    def __init__(self, page: Page, demo: Demo):
        self.page = page
        self.demo = demo
        self.fullscript_product = ""
        self.wholescripts_product = ""

    def sign_in(self, person=people.FIRST):
        page = self.page
        page.goto(f"{self.demo.site}/account/login/")
        page.get_by_label("Email").fill(person.email)
        page.get_by_label("Password").fill(people.PASSWORD)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Today", level=1)).to_be_visible()

    def rail(self, name: str):
        self.page.get_by_role("navigation", name="Main").get_by_role("link", name=name).click()

    def connect_fullscript(self):
        page = self.page
        self.rail("Connections")
        page.get_by_role("link", name="Connect Fullscript").click()
        page.get_by_label(re.compile("Nora Lindqvist")).check()
        page.get_by_role("button", name="Authorize").click()
        expect(page.get_by_text("Fullscript is connected")).to_be_visible()

    def connect_wholescripts(self):
        page = self.page
        self.rail("Connections")
        page.get_by_role("link", name="Connect WholeScripts").click()
        page.get_by_label("Sign in as").select_option(people.FIRST.email)
        page.get_by_role("button", name="Allow").click()
        expect(page.get_by_text("WholeScripts is connected")).to_be_visible()

    def watch_the_catalogue_fill(self):
        page = self.page
        self.rail("Catalogue")
        expect(page.get_by_role("progressbar")).to_have_count(0, timeout=60 * SECONDS)
        expect(page.get_by_role("table").get_by_role("row").nth(20)).to_be_attached(
            timeout=30 * SECONDS
        )

    def start_a_plan(self):
        page = self.page
        self.rail("Patients")
        page.get_by_role("link", name=LISTED).click()
        page.get_by_role("button", name="Start a plan").click()
        expect(page.get_by_role("heading", name="Draft plan", level=1)).to_be_visible()

    def add(self, words: str, vendor: str) -> str:
        """Adds the first hit that `vendor` offers; answers the product's name there."""
        page = self.page
        page.get_by_label("Search the catalogue").fill(words)
        button = page.get_by_role("button", name=re.compile(rf"^Add .* from {vendor}$")).first
        button.click()
        line = page.locator("article.line").last
        expect(line).to_be_visible()
        return line.get_by_role("heading", level=3).inner_text().strip()

    def dose(self, product: str, **slots: str):
        """Sets the doses of a line, by the labels of the times of day."""
        line = self.line(product)
        for slot, quantity in slots.items():
            field = line.get_by_label(slot.replace("_", "-"), exact=False).first
            field.fill(quantity)
            field.press("Tab")
        expect(line.locator(".line__saved")).to_contain_text("Saved", timeout=10 * SECONDS)

    def line(self, product: str):
        heading = self.page.get_by_role("heading", name=product, exact=True)
        return self.page.locator("article.line").filter(has=heading)
