"""Passkeys in a real browser with a made-up authenticator (Chromium's, over its protocol)."""

import pytest
from allauth.account.models import EmailAddress
from playwright.sync_api import expect

from practice import tenancy
from tests.factories import MembershipFactory, PracticeFactory

PASSWORD = "correct horse battery"
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


class Person:
    """Somebody at a browser that has a passkey device and tells of every refused script."""

    def __init__(self, page, site, email):
        self.page, self.email = page, email
        self.site = site.replace("127.0.0.1", "localhost")  # passkeys know no IP addresses
        self.complaints = []
        page.on("console", self._hear)
        wire = page.context.new_cdp_session(page)
        wire.send("WebAuthn.enable")
        wire.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})

    def _hear(self, message):
        if "Content Security Policy" in message.text or "Trusted" in message.text:
            self.complaints.append(message.text)

    def open(self, path):
        self.page.goto(self.site + path)

    def press(self, name):
        self.page.get_by_role("button", name=name).click()

    def sign_in(self):
        self.open("/account/login/")
        self.page.get_by_label("Email").fill(self.email)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(lambda address: "/account/login/" not in address)

    def add_passkey(self, name, *, alone):
        self.open("/account/2fa/webauthn/add/")
        self.sees("Is it you?")
        self.page.get_by_label("Password").fill(PASSWORD)
        self.press("Go on")
        self.page.get_by_label("Name").fill(name)
        box = self.page.get_by_role("checkbox")
        box.check() if alone else box.uncheck()
        self.press("Add the passkey")

    def prove(self):
        """Shows once more that it is them, with the key."""
        self.sees("Is it you?")
        self.page.get_by_role("link", name="Use a security key").click()
        self.press("Use a passkey")

    def sees(self, heading):
        expect(self.page.get_by_role("heading", name=heading, level=1)).to_be_visible()

    def sign_out(self):
        self.page.context.clear_cookies()


@pytest.fixture
def dana(page, site):
    with tenancy.unit(tenancy.EVERYTHING):
        practice = PracticeFactory(slug="bayside", name="Bayside", requires_second_factor=True)
        member = MembershipFactory(practice=practice, name="Dana Dahl, ND")
    email = member.user.email
    EmailAddress.objects.create(user=member.user, email=email, verified=True, primary=True)
    return Person(page, site, email)


def test_a_passkey_opens_a_practice_that_asks_for_a_second_step(dana):
    """Led to the set-up, recovery codes, and on; later in with the passkey alone."""
    dana.sign_in()
    dana.sees("Set up a second step")
    dana.add_passkey("Front desk laptop", alone=True)
    dana.sees("Recovery codes")
    dana.page.get_by_role("link", name="Go on to where you wanted").click()
    dana.sees("Today")
    dana.sign_out()
    dana.open("/account/login/")
    dana.press("Sign in with a passkey")
    dana.sees("Today")
    assert dana.complaints == []


def test_a_key_is_the_second_step_after_the_password_and_can_be_renamed_and_removed(dana):
    dana.sign_in()
    dana.add_passkey("Old key", alone=False)
    dana.sees("Recovery codes")
    dana.sign_out()
    dana.sign_in()
    dana.sees("The second step")
    dana.press("Use a passkey")
    dana.sees("Today")
    dana.open("/account/2fa/webauthn/")
    dana.page.get_by_role("link", name="Rename Old key").click()
    dana.prove()
    dana.page.get_by_label("Name").fill("New key")
    dana.press("Save the name")
    dana.page.get_by_role("link", name="Remove New key").click()
    dana.press("Remove the passkey")
    expect(dana.page.get_by_text("You have none yet.")).to_be_visible()
    dana.open("/bayside/")
    dana.sees("Set up a second step")
    assert dana.complaints == []


def test_a_passkey_shows_once_more_that_it_is_you(dana):
    dana.sign_in()
    dana.add_passkey("Key", alone=True)
    dana.sees("Recovery codes")
    dana.open("/account/2fa/webauthn/reauthenticate/?next=/account/2fa/")
    dana.sees("Is it you?")
    dana.press("Use a passkey")
    dana.sees("Two-step sign-in")
    assert dana.complaints == []
