"""Where the frame gets no cookie or no room, Fullscript opens in a tab of its own: Redirect
(reference 9)."""

import pytest
from playwright.sync_api import expect

from recommendations.models import Sending
from tests.fullscript.embed.framed import elsewhere, frame_of, problem, put_into_the_plan

pytestmark = pytest.mark.browser


def test_unknown_22_a_frame_that_needs_no_cookie_opens_where_they_are_blocked(desk, blocking):
    blocking.goto(elsewhere(desk))
    expect(frame_of(blocking).get_by_role("button", name="Elena Marsh").first).to_be_visible()


@pytest.mark.parametrize("how", ["told", "silent"])
def test_unknown_22_a_frame_that_needs_its_cookie_leads_to_its_own_tab(desk, blocking, how):
    desk.simulators.knob("fullscript", frame_cookie=how)
    blocking.goto(elsewhere(desk))
    if how == "told":
        problem(blocking, "This browser keeps Fullscript from its cookies")
    else:
        expect(frame_of(blocking).get_by_role("heading", name="Cookies are")).to_be_visible()
        expect(blocking.get_by_text("or asks for cookies?")).to_be_visible()
    link = blocking.get_by_role("link", name="Fullscript's own tab").first
    link.click()
    expect(blocking.get_by_role("button", name="Open in Fullscript")).to_be_in_viewport()


def test_a_plan_is_made_in_fullscripts_own_tab_and_found(desk, blocking):
    """Redirect (reference 9), to its end: a fresh link, a tab of its own, signed in there, the
    plan activated, and found without anything coming back to our page."""
    desk.hand.link()
    sending = desk.sending()
    blocking.goto(desk.page_of(sending))
    with blocking.expect_popup() as opened:
        blocking.get_by_role("button", name="Open in Fullscript").click()
    theirs = opened.value
    assert theirs.evaluate("window.opener") is None
    assert theirs.url.startswith(desk.simulators.fullscript)
    theirs.get_by_role("button", name="Sign in").click()
    expect(theirs.get_by_role("heading", name="Plan for Elena Marsh")).to_be_visible()
    put_into_the_plan(theirs, desk.simulators.act("fullscript/some-variant")["name"])
    expect(theirs.get_by_role("heading", name="Plan activated")).to_be_visible()
    theirs.close()
    blocking.get_by_role("link", name="Look for the plan now").click()
    blocking.get_by_role("button", name="This is it").click()
    expect(blocking.get_by_role("heading", name="What was sent")).to_be_visible()
    assert desk.hand.again(sending).state == Sending.State.CONFIRMED


def test_unknown_22_a_frame_that_gets_its_cookie_opens(desk, tab):
    desk.simulators.knob("fullscript", frame_cookie="told")
    tab.goto(desk.page_of(desk.sending()))
    expect(frame_of(tab).get_by_role("button", name="Elena Marsh").first).to_be_visible()


def test_a_narrow_window_is_offered_fullscripts_own_tab_first(desk, tab):
    before = len(desk.grants())
    tab.set_viewport_size({"width": 390, "height": 800})
    tab.goto(desk.page_of(desk.sending()))
    expect(tab.get_by_text("This window is narrow")).to_be_visible()
    assert tab.locator("iframe").count() == 0
    assert len(desk.grants()) == before
    tab.get_by_role("button", name="Open the frame here anyway").click()
    expect(frame_of(tab).get_by_role("button", name="Elena Marsh").first).to_be_visible()
