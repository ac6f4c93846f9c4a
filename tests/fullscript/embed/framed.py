"""What is asked of a page with Fullscript's frame, and done in it."""

import re

from playwright.sync_api import expect

from tests.journey import search_in_the_frame


def frame_of(tab):
    return tab.frame_locator("#fullscript-frame iframe")


def problem(tab, title):
    expect(tab.get_by_role("heading", name=title)).to_be_visible()


def put_into_the_plan(frame, words="magnesium"):
    search_in_the_frame(frame, words)
    frame.get_by_role("button", name=re.compile("^Add ")).first.click()
    frame.get_by_role("button", name="Activate plan").click()


def elsewhere(desk):
    """A page whose frame is a third party's: 127.0.0.1 is another site than localhost."""
    return desk.page_of(desk.sending(), desk.site.replace("127.0.0.1", "localhost"))
