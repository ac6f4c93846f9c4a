"""The end of a session as a person at the page lives through it: warned, kept by one key, hidden
when time runs out, and back with everything typed once they have signed in again."""

import json
import re

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import expect

from practice import presence, session_store, tenancy
from practice.models import Patient
from recommendations.models import Plan
from tests.factories import MembershipFactory, staff_user
from tests.practice.presences import age
from tests.recommendations.rows import Desk
from tests.test_access import found_on
from tests.test_keyboard import tab_to

MINUTES = 60
STAY = "Stay signed in"
TYPED = "Sleeps badly since March"


@pytest.fixture
def desk(committed_db):
    desk = Desk()
    with desk.opened():
        desk.add(name="Magnesium Calm")
    user = desk.clinician.user
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return desk


class Browser:
    """One person's browser: its tabs, and the time its session has been idle for."""

    def __init__(self, context, site, desk):
        self.context, self.site, self.desk = context, site, desk
        context.set_default_timeout(10_000)

    def key(self):
        """Of its session's row."""
        name = settings.SESSION_COOKIE_NAME
        cookies = {one["name"]: one["value"] for one in self.context.cookies()}
        return session_store.key_of(cookies[name])

    def sign_in(self, tab, user=None):
        user = user or self.desk.clinician.user
        tab.locator("input[name=login]").fill(user.email)
        tab.locator("input[name=password]").fill("correct horse battery")
        tab.get_by_role("button", name="Sign in", exact=True).click()

    def tab(self, name, *args):
        tab = self.context.new_page()
        tab.goto(self.site + reverse(name, args=[self.desk.practice.slug, *args]))
        return tab

    def wait(self, minutes):
        """Lets time pass, for the server and in every tab."""
        age(self.key(), idle=minutes * MINUTES)
        self.context.clock.fast_forward(int(minutes * MINUTES * 1000))


@pytest.fixture
def portal(context, site, desk):
    portal = Browser(context, site, desk)
    first = context.new_page()
    first.goto(f"{site}/account/login/")
    portal.sign_in(first)
    expect(first).to_have_url(re.compile(desk.practice.slug))
    first.close()
    context.clock.install()
    return portal


@pytest.fixture
def builder(portal, desk):
    return portal.tab("recommendations:plan-detail", desk.plan.pk)


def dialog(tab):
    return tab.get_by_role("alertdialog")


def seen_at(portal):
    return presence.store_class()(portal.key()).load()["seen_at"]


def sign_in_again(portal, tab, user=None):
    """As the dialog offers it: in a new tab."""
    with portal.context.expect_page() as opened:
        dialog(tab).get_by_role("link", name="Sign in again").click()
    again = opened.value
    portal.sign_in(again, user)
    return again


def time_runs_out(portal, *tabs):
    portal.wait(16)
    for tab in tabs:
        expect(dialog(tab)).to_contain_text("You are signed out")


def test_it_warns_two_minutes_ahead_and_one_key_keeps_the_session(portal, builder):
    portal.wait(12.5)
    expect(dialog(builder)).to_contain_text("You will be signed out in 2:")
    expect(builder.get_by_role("button", name=STAY)).to_be_focused()
    assert found_on(builder) == []
    before = seen_at(portal)
    with builder.expect_response(lambda one: one.request.method == "POST"):
        builder.keyboard.press("Escape")
    expect(dialog(builder)).to_be_hidden()
    assert seen_at(portal) > before


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_the_button_does_so_too(portal, builder, key):
    portal.wait(12.5)
    expect(builder.get_by_role("button", name=STAY)).to_be_focused()
    builder.keyboard.press(key)
    expect(dialog(builder)).to_be_hidden()


def test_five_minutes_are_warned_of_in_time(portal, desk):
    desk.practice.idle_minutes = 5
    with tenancy.unit(tenancy.EVERYTHING):
        desk.practice.save()
    tab = portal.tab("practice:patient-add")
    portal.wait(2.1)
    expect(dialog(tab)).to_contain_text("You will be signed out in 2:")


def test_typing_keeps_the_session(portal):
    tab = portal.tab("practice:patient-add")
    portal.wait(10)
    before = seen_at(portal)
    with tab.expect_response(lambda one: one.url.endswith("/session/")):
        tab.get_by_label("Last name").type("M")
    assert seen_at(portal) > before


def test_but_is_said_once_a_minute_only(portal):
    tab = portal.tab("practice:patient-add")
    asked = []
    tab.on("request", lambda one: asked.append(one.method) if "/session/" in one.url else None)
    portal.wait(2)
    tab.get_by_label("Last name").type("Marsh and more")
    tab.get_by_label("First name").type("Elena")
    assert asked.count("POST") == 1


def test_work_in_one_tab_is_no_reason_to_warn_in_another(portal, builder, desk):
    portal.wait(11)
    with builder.expect_response(lambda one: one.url.endswith("/session/")):
        portal.tab("practice:patient-list")
        portal.context.clock.fast_forward(90_000)
    portal.context.clock.run_for(2_000)
    expect(dialog(builder)).to_be_hidden()


def test_staying_in_one_tab_closes_the_warning_in_another(portal, builder):
    other = portal.tab("practice:patient-list")
    portal.wait(12.5)
    expect(dialog(builder)).to_be_visible()
    expect(dialog(other)).to_be_visible()
    other.get_by_role("button", name=STAY).click()
    expect(dialog(builder)).to_be_hidden()
    expect(dialog(other)).to_be_hidden()


def test_when_time_runs_out_nothing_can_be_read(portal, desk):
    tab = portal.tab("practice:patient-list")
    expect(tab.get_by_text(desk.patient.last_name).first).to_be_visible()
    time_runs_out(portal, tab)
    assert tab.title() == "Signed out · Regimen"
    assert desk.patient.last_name not in tab.locator("body").inner_text()
    assert not tab.locator("main").is_visible()
    for theme in ("light", "dark"):
        tab.emulate_media(color_scheme=theme)
        assert found_on(tab) == []
    tab.keyboard.press("Escape")
    tab.keyboard.press("Escape")
    expect(dialog(tab)).to_be_visible()


def test_what_was_typed_in_a_form_is_back_and_can_be_saved(portal, desk):
    tab = portal.tab("practice:patient-add")
    tab.get_by_label("First name").fill("Elena")
    tab.get_by_label("Last name").fill("Marsh")
    time_runs_out(portal, tab)
    again = sign_in_again(portal, tab)
    expect(again.get_by_role("heading")).to_have_text("You are signed in again")
    expect(tab.get_by_label("Last name")).to_have_value("Marsh")
    expect(dialog(tab)).to_be_hidden()
    tab.locator("main form [type=submit], main form button:not([type])").last.click()
    expect(tab).to_have_url(re.compile(r"/patients/\d+/"))
    with desk.opened():
        assert Patient.objects.filter(first_name="Elena", last_name="Marsh").count() == 1


def test_what_was_typed_in_the_builder_is_saved_once_back(portal, builder, desk):
    builder.locator("textarea[data-counts]").first.wait_for()
    note = builder.locator("form[hx-post*=message] textarea").first
    note.fill(TYPED)
    time_runs_out(portal, builder)
    sign_in_again(portal, builder)
    expect(note).to_have_value(TYPED)
    expect(note).to_be_visible()
    with builder.expect_response(lambda one: "message" in one.url and one.status == 200):
        note.blur()
    with desk.opened():
        assert TYPED in json.dumps(list(Plan.objects.values("message")))


def test_a_save_that_met_an_ended_session_is_sent_again(portal, builder, desk):
    """The session was ended from elsewhere; the page learns of it by its own save."""
    presence.store_class()(portal.key()).delete()
    note = builder.locator("form[hx-post*=message] textarea").first
    note.fill(TYPED)
    note.blur()
    portal.context.clock.fast_forward(1000)
    expect(dialog(builder)).to_contain_text("You are signed out")
    with builder.expect_response(lambda one: "message" in one.url and one.status == 200):
        sign_in_again(portal, builder)
    with desk.opened():
        assert TYPED in json.dumps(list(Plan.objects.values("message")))


def test_a_form_is_not_sent_into_a_session_that_ended(portal):
    tab = portal.tab("practice:patient-add")
    tab.get_by_label("Last name").fill("Marsh")
    presence.store_class()(portal.key()).delete()
    portal.context.clock.fast_forward(40_000)
    tab.get_by_label("Last name").press("Enter")
    expect(dialog(tab)).to_contain_text("You are signed out")
    sign_in_again(portal, tab)
    expect(tab.get_by_label("Last name")).to_have_value("Marsh")


def test_somebody_else_gets_nothing_of_the_page(portal, desk):
    with tenancy.unit(tenancy.EVERYTHING):
        other = MembershipFactory(practice=desk.practice).user
    EmailAddress.objects.create(user=other, email=other.email, verified=True, primary=True)
    tab = portal.tab("practice:patient-add")
    tab.get_by_label("Last name").fill("Marsh")
    time_runs_out(portal, tab)
    sign_in_again(portal, tab, other)
    expect(tab).not_to_have_url(re.compile("patients/add"))
    assert "Marsh" not in tab.content()


def test_nothing_typed_is_left_in_the_browsers_storage(portal):
    tab = portal.tab("practice:patient-add")
    tab.get_by_label("Last name").fill("Marsh")
    time_runs_out(portal, tab)
    kept = tab.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert "Marsh" not in kept


def test_another_session_is_ended_by_keys_alone(portal, desk):
    elsewhere = Client(HTTP_USER_AGENT="Mozilla/5.0 (X11; Linux x86_64) Firefox/134.0")
    words = {"login": desk.clinician.user.email, "password": "correct horse battery"}
    elsewhere.post("/account/login/", words)
    tab = portal.context.new_page()
    tab.goto(f"{portal.site}/account/sessions/")
    assert found_on(tab) == []
    tab_to(tab, "End the session in Firefox 134 on Linux")
    tab.keyboard.press("Enter")
    expect(tab.get_by_text("That session has ended")).to_be_visible()
    assert elsewhere.get("/session/").json()["who"] is None


def test_the_staff_desk_warns_and_hides_too(context, site, committed_db):
    staff = staff_user()
    browser = Client()
    browser.force_login(staff)
    cookie = {
        "name": settings.SESSION_COOKIE_NAME,
        "value": browser.cookies[settings.SESSION_COOKIE_NAME].value,
        "url": site,
    }
    context.add_cookies([cookie])
    context.clock.install()
    tab = context.new_page()
    tab.goto(f"{site}/admin/")
    portal = Browser(context, site, None)
    portal.wait(12.5)
    expect(tab.get_by_role("button", name=STAY)).to_be_focused()
    portal.wait(4)
    expect(dialog(tab)).to_contain_text("You are signed out")
    assert not tab.locator("#page").is_visible()


POLLS = """() => {
  const part = document.createElement("div")
  part.setAttribute("hx-get", location.pathname)
  part.setAttribute("hx-trigger", "every 1s")
  document.querySelector("main").append(part)
  htmx.process(part)
}"""


def test_what_a_page_asks_by_itself_is_marked_and_what_is_typed_is_not(portal):
    tab = portal.tab("practice:patient-list")
    tab.evaluate(POLLS)
    with tab.expect_request(lambda one: "hx-request" in one.headers) as polled:
        portal.context.clock.run_for(1_100)
    assert polled.value.headers["x-background"] == "1"
    with tab.expect_request(lambda one: one.method == "POST" and "/patients/" in one.url) as typed:
        tab.get_by_role("searchbox").type("Sam")
        portal.context.clock.run_for(500)
    assert "x-background" not in typed.value.headers
