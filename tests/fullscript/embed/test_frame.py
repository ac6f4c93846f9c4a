"""Fullscript Embed with its own published SDK in Chromium, on the product's own pages: what
opens, what the frame tells, what goes wrong and what is said of it."""

import pytest
import requests
from django.conf import settings
from playwright.sync_api import expect

from recommendations.models import Sending
from tests.fullscript.embed.framed import frame_of, problem, put_into_the_plan
from tests.simulators.fullscript.app import PUBLIC_KEY
from tests.test_access import found_on

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("spelling", ["guide", "types"])  # the others go by the samples'
def test_both_events_are_understood_in_each_spelling(desk, tab, spelling):
    desk.simulators.knob("fullscript", embed_spelling=spelling)
    sending = desk.sending()
    tab.goto(desk.page_of(sending))
    frame = frame_of(tab)
    frame.get_by_role("button", name="Elena Marsh").first.click()
    tab.get_by_role("button", name="Link Elena Marsh").click()
    expect(tab.get_by_text("Linked at Fullscript")).to_be_visible()
    assert desk.links() == [desk.hand.patient_id()]
    put_into_the_plan(frame)
    expect(tab.get_by_role("heading", name="What was sent")).to_be_visible()
    assert desk.hand.again(sending).state == Sending.State.CONFIRMED


def test_another_patient_than_ours_is_said_loudly(desk, tab):
    tab.goto(desk.page_of(desk.sending()))
    frame_of(tab).get_by_role("button", name="Theo Albrecht").click()
    problem(tab, "Another patient is open at Fullscript")
    expect(tab.get_by_role("alert")).to_contain_text("Theo Albrecht")
    assert desk.links() == []
    assert found_on_page(tab) == []


def test_a_linked_patient_is_open_at_once(desk, tab):
    desk.hand.link()
    tab.goto(desk.page_of(desk.sending()))
    expect(frame_of(tab).get_by_role("heading", name="Plan for Elena Marsh")).to_be_visible()
    assert tab.locator("#fullscript-frame iframe").get_attribute("title") == "Fullscript"
    ids = tab.evaluate("[...document.querySelectorAll('[id]')].map((one) => one.id)")
    # Two wrappers of the SDK's own have the id `undefined`, which is why it is one frame a page.
    assert {one for one in ids if ids.count(one) > 1} <= {"undefined"}
    assert found_on_page(tab) == []


def test_labs_are_ordered_from_the_patients_page(desk, tab):
    tab.goto(f"{desk.site}/harbor/patients/{desk.harbor.patient.pk}/")
    tab.get_by_role("link", name="Order labs").click()
    frame = frame_of(tab)
    frame.get_by_role("button", name="Elena Marsh").first.click()
    frame.locator("details.labs[open] input").first.check()
    frame.get_by_role("button", name="Activate plan").click()
    expect(tab.get_by_text("The plan is active at Fullscript")).to_be_visible()
    assert desk.links() == [desk.hand.patient_id()]
    [plan] = [p for p in desk.hand.held("plans").values() if p["lab_recommendations"]]
    assert plan["state"] == "active"


def test_the_older_feature_opens_as_well(desk, tab, monkeypatch):
    monkeypatch.setitem(settings.VENDOR_FRAMES["fullscript"], "feature", "treatmentPlan")
    sending = desk.sending()
    tab.goto(desk.page_of(sending))
    frame_of(tab).get_by_role("button", name="Elena Marsh").first.click()
    put_into_the_plan(frame_of(tab))
    expect(tab.get_by_role("heading", name="What was sent")).to_be_visible()
    called = [call["path"] for call in desk.simulators.log("fullscript")]
    assert "/api/embeddable/session/treatment_plans/new" in called


def expired(desk, secret):
    desk.simulators.advance(121)


def used(desk, secret):
    asked = {"secret_token": secret, "public_key": PUBLIC_KEY, "target_origin": desk.site}
    asked["frame_id"] = "33333333-cccc-4ccc-8ccc-000000000001"
    with requests.Session() as other:
        other.trust_env = False
        url = f"{desk.simulators.fullscript}/api/embeddable/session/embed/entry"
        assert other.get(url, params=asked, timeout=10).status_code == 200


@pytest.mark.parametrize("spoil", [expired, used])
def test_a_grant_that_ran_out_is_explained_and_a_fresh_one_opens(desk, tab, spoil):
    def answer(route):
        given = route.fetch()
        spoil(desk, given.json()["secret_token"])
        route.fulfill(response=given)

    tab.route("**/grant", answer, times=1)
    tab.goto(desk.page_of(desk.sending()))
    problem(tab, "This opening of Fullscript has run out")
    assert found_on_page(tab) == []
    tab.get_by_role("button", name="Open the frame again").click()
    expect(frame_of(tab).get_by_role("button", name="Elena Marsh").first).to_be_visible()


def test_a_wrong_public_key_is_explained(desk, tab, monkeypatch):
    monkeypatch.setitem(settings.VENDOR_FRAMES["fullscript"], "public_key", "of-another-place")
    tab.goto(desk.page_of(desk.sending()))
    problem(tab, "Fullscript refuses to be shown here")
    words = tab.get_by_role("alert")
    expect(words).to_contain_text("check the Origin URI and the public key")
    expect(tab.get_by_text("Reference")).to_be_visible()
    expect(tab.get_by_role("link", name="Fullscript's own tab").first).to_be_visible()


def test_a_site_that_is_not_registered_is_explained(desk, tab):
    desk.simulators.configure("fullscript", origins=[desk.site])
    here = desk.site.replace("127.0.0.1", "localhost")
    tab.goto(desk.page_of(desk.sending(), here))
    problem(tab, "Fullscript refuses to be shown here")
    expect(tab.get_by_text(f"The Origin URI must name {here}")).to_be_visible()
    desk.simulators.configure("fullscript", origins=[desk.site, here])


def test_a_frame_that_never_loads_is_given_up(desk, tab):
    desk.simulators.fault("fullscript", "hang", path="/embed/entry", times=1)
    tab.clock.install()
    tab.goto(desk.page_of(desk.sending()))
    tab.locator("#fullscript-frame iframe").wait_for(state="attached")
    tab.clock.fast_forward(20_500)
    problem(tab, "Fullscript did not load")
    desk.simulators.release()


def test_a_grant_that_is_refused_says_why(desk, tab):
    desk.simulators.fault("fullscript", "status", path="session_grants", params={"code": 500})
    tab.goto(desk.page_of(desk.sending()))
    problem(tab, "Fullscript could not open its frame")
    expect(tab.get_by_text("Reference")).to_be_visible()


def test_a_plan_that_cannot_be_read_back_is_read_again(desk, tab):
    desk.hand.link()
    sending = desk.sending()
    tab.goto(desk.page_of(sending))
    desk.simulators.fault(
        "fullscript", "status", path="treatment_plans/", params={"code": 500}, method="GET"
    )
    put_into_the_plan(frame_of(tab))
    problem(tab, "was not read back")
    tab.get_by_role("button", name="Read it back").click()
    expect(tab.get_by_role("heading", name="What was sent")).to_be_visible()
    assert desk.hand.again(sending).state == Sending.State.CONFIRMED


def test_messages_without_meaning_break_nothing(desk, tab):
    desk.hand.link()
    tab.goto(desk.page_of(desk.sending()))
    expect(frame_of(tab).get_by_role("heading", name="Plan for")).to_be_visible()
    for message in ("null", "undefined", "'text'", "7", "{}", "{type: 'unheard-of'}"):
        tab.frames[1].evaluate(f"parent.postMessage({message}, '*')")
    expect(tab.get_by_role("alert")).to_have_count(0)
    error = "{type: 'serverError', payload: ['A_NEW_CODE: of Elena', 'more']}"
    tab.frames[1].evaluate(f"parent.postMessage({error}, '*')")
    expect(tab.get_by_role("alert").locator("..")).to_contain_text("Fullscript says: A_NEW_CODE.")
    expect(tab.locator("#frame-said")).not_to_contain_text("of Elena")


def test_leaving_ends_the_frame_and_coming_back_opens_a_fresh_one(desk, tab):
    desk.hand.link()
    before = len(desk.grants())
    tab.goto(desk.page_of(desk.sending()))
    expect(frame_of(tab).get_by_role("heading", name="Plan for")).to_be_visible()
    tab.evaluate("window.dispatchEvent(new PageTransitionEvent('pagehide', {persisted: true}))")
    expect(tab.locator("iframe")).to_have_count(0)
    tab.evaluate("window.dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    expect(frame_of(tab).get_by_role("heading", name="Plan for")).to_be_visible()
    tab.goto(f"{desk.site}/harbor/patients/")
    tab.go_back()
    expect(frame_of(tab).get_by_role("heading", name="Plan for")).to_be_visible()
    fresh = desk.grants()[before:]
    assert len(fresh) == 3
    assert all(grant["claimed_at"] for grant in fresh)


def test_nothing_of_a_grant_is_left_anywhere(desk, tab, caplog):
    caplog.set_level("DEBUG")
    desk.hand.link()
    before = len(desk.grants())
    address = desk.page_of(desk.sending())
    shown = tab.goto(address).text()
    expect(frame_of(tab).get_by_role("heading", name="Plan for")).to_be_visible()
    kept = tab.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
    tab.evaluate("window.dispatchEvent(new PageTransitionEvent('pagehide'))")
    left = tab.evaluate(
        "JSON.stringify([document.documentElement.outerHTML, location.href,"
        " performance.getEntries().map((one) => one.name)])"
    )
    [grant] = desk.grants()[before:]
    everywhere = [shown, kept, left, tab.url, caplog.text, *tab.said]
    assert grant["claimed_at"]
    assert not [place for place in everywhere if grant["secret_token"] in place]


def test_keys_lead_into_the_frame_out_of_it_and_past_it(desk, tab):
    desk.hand.link()
    tab.goto(desk.page_of(desk.sending()))
    expect(frame_of(tab).get_by_role("heading", name="Plan for")).to_be_visible()
    skip = tab.get_by_role("link", name="Skip Fullscript's frame")
    skip.focus()
    tab.keyboard.press("Tab")
    expect(tab.locator("#fullscript-frame iframe")).to_be_focused()
    tab.keyboard.press("Shift+Tab")
    expect(skip).to_be_focused()
    tab.keyboard.press("Enter")
    tab.keyboard.press("Tab")
    expect(tab.get_by_role("button", name="Open the frame again")).to_be_focused()


def found_on_page(tab) -> list[str]:
    """What axe finds on our page, without the vendor's inside the frame."""
    tab.evaluate("document.querySelectorAll('iframe').forEach((one) => one.removeAttribute('id'))")
    return [line for line in found_on(tab) if "fullscript.css" not in line]
