"""The ten steps as a clinician does them, in a browser. Each step leaves the page ready for
the next; `tests/test_journey.py` walks them and asks the vendors what they hold."""

from __future__ import annotations

import re
import time

from playwright.sync_api import Page, expect

from tests.stack import people
from tests.stack.demo import Demo

SECONDS = 1000


def wait_for(condition, seconds: float = 20):
    """Asks until it is so; for what no page can wait for by itself."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{condition.__name__} did not become true"
        time.sleep(0.2)


def search_in_the_frame(frame, words: str):
    """Searches in Fullscript's own editor and waits for its answer: a click while the list is
    being replaced meets no button."""
    frame.get_by_label("Search products").fill(words)
    expect(frame.locator("#products")).not_to_have_attribute("aria-busy", "true")


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
        lines = page.locator("article.line:not(.line--pack)")
        before = lines.count()
        page.get_by_label("Search the catalogue").fill(words)
        expect(page.locator("#answered")).to_have_attribute("data-words", words)
        found = page.locator("#found")
        found.get_by_role("button", name=re.compile(rf"^Add .* from {vendor}$")).first.click()
        expect(lines).to_have_count(before + 1)
        return lines.last.get_by_role("heading", level=3).inner_text().strip()

    def line(self, name: str):
        heading = self.page.get_by_role("heading", name=name)
        return self.page.locator("article.line").filter(has=heading)

    def dose(self, product: str, slots: dict[str, str]):
        """Sets all doses of a line by the names of the times of day; others are emptied."""
        line = self.line(product)
        for field in line.locator("input[name^=dose_]").all():
            slot = field.get_attribute("name").removeprefix("dose_")
            field.fill(slots.get(slot, ""))
        field.press("Tab")
        self.is_saved(line)

    def is_saved(self, line):
        expect(line.locator(".line__saved")).to_contain_text("Saved", timeout=10 * SECONDS)

    def make_a_pack(self, words: str, slots: dict[str, str]) -> str:
        """A pack with the first pill found, and its numbers per packet; answers the name that is
        printed, which stands before its others."""
        page = self.page
        page.get_by_role("button", name=re.compile("^Add daily packets", re.I)).click()
        pack = page.locator("article.line--pack")
        box = pack.get_by_label(re.compile("^Add a pill to"))
        expect(box).to_be_focused()
        # As a person types: the box has the focus a moment before it is listened to.
        box.press_sequentially(words, delay=30)
        expect(pack.locator(f'[data-words="{words}"]')).to_be_attached(timeout=10 * SECONDS)
        pack.locator("[data-result]").first.click()
        cells = pack.locator("table.pills input")
        expect(cells).not_to_have_count(0)
        for cell in cells.all():
            slot = re.sub(r"^pill_\d+_", "", cell.get_attribute("name"))
            cell.fill(slots.get(slot, ""))
        cell.press("Tab")
        self.is_saved(pack)
        return pack.locator("table.pills tbody th").first.inner_text().strip().splitlines()[0]

    def sign(self):
        page = self.page
        page.get_by_role("link", name="Review").click()
        expect(page.get_by_text("as your patient")).to_be_visible()
        page.get_by_label(re.compile("each packet")).check()
        page.get_by_role("button", name="Sign and send").click()
        expect(page.get_by_role("heading", name="Activate in Fullscript")).to_be_visible()

    def activate_in_the_frame(self, product: str):
        """Enters in Fullscript's own frame what the page says, and activates it there."""
        page = self.page
        frame = page.frame_locator("#fullscript-frame iframe")
        frame.get_by_role("button", name=PATIENT).first.click()
        search_in_the_frame(frame, product.rsplit(",", 1)[0])
        frame.get_by_role("button", name=f"Add {product}", exact=True).click()
        frame.get_by_label("Amount").fill("1")
        frame.get_by_label("How often").select_option("once per day")
        frame.get_by_label("For how long").select_option("ongoing")
        frame.get_by_label("bedtime").check()
        frame.get_by_role("button", name="Activate plan").click()
        expect(page.get_by_role("heading", name="What was sent")).to_be_visible()

    def all_parts_arrive(self):
        parts = self.page.locator("#sendings .panel")
        expect(parts).to_have_count(2)
        expect(parts.filter(has_text="Fullscript").first).to_contain_text("Confirmed")
        expect(parts.filter(has_text="WholeScripts").first).to_contain_text(
            "Sent", timeout=30 * SECONDS
        )

    def open_the_sheet(self):
        self.page.get_by_role("link", name="Regimen sheet").first.click()
        return self.page.get_by_role("article", name="Regimen sheet")

    def book_the_courier(self):
        page = self.page
        self.rail("Patients")
        page.get_by_role("link", name=LISTED).click()
        page.get_by_role("link", name="Book a courier").click()
        page.get_by_label("Signature required").check()
        page.get_by_role("button", name="Book the courier").click()
        expect(page.get_by_text("Booked").first).to_be_visible(timeout=30 * SECONDS)

    def driver_delivers(self):
        """A person presses "Delivered" at the courier; the signed webhook does the rest."""

        def packages():
            return self.demo.simulators.holds("scriptrun")["packages"]

        wait_for(packages, seconds=30)
        [package] = packages().values()
        self.demo.simulators.act("scriptrun/deliver", package_id=package["id"])

    def timeline_tells_of_the_delivery(self):
        page = self.page
        self.rail("Patients")
        page.get_by_role("link", name=LISTED).click()

        def told():
            page.reload()
            return page.get_by_role("link", name=re.compile("Delivered")).count() > 0

        wait_for(told)
