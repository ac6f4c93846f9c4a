"""What is counted by address and by account, beside webhooks."""

import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from practice import limits
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"
GUESSED = ["123456789012", "adminadmin12", "passwordpassword", "!!Regimen2026", "aaaaaaaabbbb"]
RESET = "/account/password/reset/"


@pytest.fixture(autouse=True)
def empty_cache():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def user():
    user = UserFactory()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def at(number) -> Client:
    """A browser at an address of its own."""
    return Client(REMOTE_ADDR=f"203.0.113.{number}")


def sign_in(browser, email, password=PASSWORD):
    return browser.post("/account/login/", {"login": email, "password": password})


@pytest.fixture
def few(monkeypatch):
    """Limits that are reached soon."""
    for name in ("invitation-missed", "invitation-sent", "practice-started"):
        monkeypatch.setitem(limits.TABLE, name, limits.parse("2/hour"))


def guess(number, address):
    return at(address).get(f"/join/bayside/{'x' * 42}{number}")


def test_who_tries_one_link_after_the_other_is_held_up(clinic, few):
    assert [guess(number, 1).status_code for number in range(4)] == [404, 404, 404, 429]
    assert guess(4, 2).status_code == 404


def test_a_person_is_told_in_words_and_a_script_in_seconds(clinic, few):
    answer = [guess(number, 1) for number in range(4)][-1]
    assert "Too many attempts" in answer.content.decode()
    assert 3000 < int(answer["Retry-After"]) <= 3600


def test_a_practice_may_send_so_many_invitations(clinic, few):
    path = reverse("practice:invitation-add", args=["bayside"])
    assert [clinic.alice.post(path, {"email": "x"}).status_code for _ in range(3)] == [
        422,
        422,
        429,
    ]
    elsewhere = reverse("practice:invitation-add", args=["other"])
    assert clinic.charlie.post(elsewhere, {"email": "x"}).status_code == 422
    assert clinic.alice.get(path).status_code == 200


def test_one_address_may_open_so_many_practices(clinic, few, settings):
    settings.SIGN_UP_OPEN = True
    assert [clinic.alice.post("/start/", {}).status_code for _ in range(3)][-1] == 429
    assert clinic.alice.get("/start/").status_code != 429


# --- What allauth counts


def test_one_account_is_guessed_at_a_few_times_from_wherever(user):
    for number in range(6):
        sign_in(at(number), user.email, "wrong horse battery")
    answer = sign_in(at(99), user.email)
    assert "Too many failed login attempts" in answer.content.decode()


def test_resets_are_mailed_a_few_times_to_one_account(user):
    for number in range(10):
        at(number).post(RESET, {"email": user.email})
    assert len(mail.outbox) == 5


def test_resets_are_asked_for_a_few_times_from_one_address():
    statuses = [at(1).post(RESET, {"email": f"n{n}@people.example"}).status_code for n in range(25)]
    assert statuses[:20] == [302] * 20
    assert statuses[-1] == 429


def test_links_to_reset_are_tried_a_few_times_from_one_address():
    new = {"password1": "staple battery horse", "password2": "staple battery horse"}
    tried = [at(1).post(f"{RESET}key/1-abc{number}/", new).status_code for number in range(25)]
    assert tried[-1] == 429


def test_codes_are_guessed_a_few_times(user):
    TOTP.activate(user, "JBSWY3DPEHPK3PXP")
    said = []
    for number in range(7):
        browser = at(number)
        sign_in(browser, user.email)
        answer = browser.post("/account/2fa/authenticate/", {"code": f"00000{number}"})
        said.append("Too many" in answer.content.decode())
    assert said[0] is False
    assert said[-1] is True


def test_a_mail_to_confirm_an_address_is_sent_again_once_in_a_while(user):
    browser = at(1)
    sign_in(browser, user.email)
    EmailAddress.objects.create(user=user, email="new@people.example")
    for _ in range(4):
        browser.post("/account/email/", {"email": "new@people.example", "action_send": ""})
    assert len([one for one in mail.outbox if one.to == ["new@people.example"]]) == 1


# --- Passwords


@pytest.mark.parametrize("weak", ["short-one-1", "password1234", "Qwertyuiop123!", *GUESSED])
def test_short_and_common_passwords_are_refused(user, weak):
    browser = at(1)
    sign_in(browser, user.email)
    words = {"oldpassword": PASSWORD, "password1": weak, "password2": weak}
    assert browser.post("/account/password/change/", words).status_code == 200
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def inputs(page) -> dict[str, str]:
    """The autocomplete of each named field that a person fills in."""
    found = re.findall(r"<input[^>]*>", page.content.decode())
    named = {re.search(r'name="([^"]*)"', one)[1]: one for one in found if 'name="' in one}
    hints = {name: re.search(r'autocomplete="([^"]*)"', one) for name, one in named.items()}
    return {name: hint[1] for name, hint in hints.items() if hint}


def test_password_managers_know_each_field(user):
    browser = at(1)
    assert inputs(browser.get("/account/login/")) == {
        "login": "username",
        "password": "current-password",
    }
    sign_in(browser, user.email)
    assert inputs(browser.get("/account/password/change/")) == {
        "oldpassword": "current-password",
        "password1": "new-password",
        "password2": "new-password",
    }
    assert inputs(browser.get("/account/reauthenticate/")) == {"password": "current-password"}
    browser.post("/account/reauthenticate/", {"password": PASSWORD})
    assert inputs(browser.get("/account/2fa/totp/activate/"))["code"] == "one-time-code"


def test_and_those_of_a_mailed_link_and_of_a_second_step(user):
    at(1).post(RESET, {"email": user.email})
    link = re.search(r"https?://[^/]+(\S+/key/\S+)", mail.outbox[0].body)[1]
    new = {"password1": "new-password", "password2": "new-password"}
    assert inputs(at(1).get(link, follow=True)) == new
    TOTP.activate(user, "JBSWY3DPEHPK3PXP")
    browser = at(2)
    sign_in(browser, user.email)
    assert inputs(browser.get("/account/2fa/authenticate/"))["code"] == "one-time-code"
