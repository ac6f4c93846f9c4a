"""One's own account: second steps, e-mail addresses, passwords, as allauth does them with our
pages. Nothing here tells whether somebody else has an account."""

import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture(autouse=True)
def no_limits_of_other_tests():
    cache.clear()


@pytest.fixture
def dana():
    user = UserFactory(email="dana@people.example")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def sign_in(email="dana@people.example", password=PASSWORD):
    browser = Client()
    answer = browser.post("/account/login/", {"login": email, "password": password})
    return browser, answer


def code(steps=0):
    now = int(timezone.now().timestamp()) // 30
    return format_hotp_value(hotp_value(SECRET, now + steps))


def is_in(browser):
    return browser.get("/").status_code == 200


def prove(browser):
    """Allauth asks for the password once more before what guards an account is changed."""
    browser.post("/account/reauthenticate/", {"password": PASSWORD})


def enter(browser, words):
    return browser.post("/account/2fa/authenticate/", {"code": words})


def test_the_apps_code_is_asked_for_after_the_password(dana):
    TOTP.activate(dana, SECRET)
    browser, answer = sign_in()
    assert answer.url == "/account/2fa/authenticate/"
    assert not is_in(browser)
    assert "The second step" in browser.get(answer.url).content.decode()
    enter(browser, code())
    assert is_in(browser)


def test_a_wrong_code_and_one_used_before_let_nobody_in(dana):
    TOTP.activate(dana, SECRET)
    used = code()
    enter(sign_in()[0], used)
    for words in (used, "000000", ""):
        browser, _ = sign_in()
        enter(browser, words)
        assert not is_in(browser)


def test_a_recovery_code_lets_in_once(dana):
    TOTP.activate(dana, SECRET)
    spare = RecoveryCodes.activate(dana).get_unused_codes()[0]
    for expected in (True, False):
        browser, _ = sign_in()
        enter(browser, spare)
        assert is_in(browser) is expected


def test_new_recovery_codes_replace_the_old_ones(dana):
    TOTP.activate(dana, SECRET)
    old = RecoveryCodes.activate(dana).get_unused_codes()
    browser, _ = sign_in()
    enter(browser, code())
    prove(browser)
    page = browser.post("/account/2fa/recovery-codes/generate/", follow=True).content.decode()
    new = re.findall(r"<code>(\w+)</code>", page)
    assert len(new) == 10
    assert not set(new) & set(old)
    assert new[0] in browser.get("/account/2fa/recovery-codes/download/").content.decode()


def test_turning_the_app_off_takes_the_codes_too(dana):
    TOTP.activate(dana, SECRET)
    RecoveryCodes.activate(dana)
    browser, _ = sign_in()
    enter(browser, code())
    browser.post("/account/2fa/totp/deactivate/")
    assert Authenticator.objects.exists()
    prove(browser)
    browser.post("/account/2fa/totp/deactivate/")
    assert not Authenticator.objects.exists()


def test_an_address_is_added_verified_made_primary_and_the_old_one_removed(dana):
    browser, _ = sign_in()
    here = "/account/email/"
    browser.post(here, {"action_add": "", "email": "new@people.example"})
    [sent] = [one for one in mail.outbox if one.to == ["new@people.example"]]
    assert sign_in("new@people.example")[1].status_code != 302 or not is_in(
        sign_in("new@people.example")[0]
    )
    link = re.search(r"http://testserver(/account/confirm-email/\S+)", sent.body)[1]
    assert "new@people.example" in browser.get(link).content.decode()
    browser.post(link)
    browser.post(here, {"action_primary": "1", "email": "new@people.example"})
    browser.post(here, {"action_remove": "1", "email": "dana@people.example"})
    dana.refresh_from_db()
    assert dana.email == "new@people.example"
    assert list(EmailAddress.objects.values_list("email", "verified", "primary")) == [
        ("new@people.example", True, True)
    ]


def test_a_password_is_reset_by_the_link_once(dana):
    Client().post("/account/password/reset/", {"email": dana.email})
    link = re.search(r"http://testserver(/account/password/reset/key/\S+)", mail.outbox[-1].body)[1]
    browser, new = Client(), "another horse battery"
    place = browser.get(link).url
    browser.post(place, {"password1": new, "password2": new})
    assert is_in(sign_in(password=new)[0])
    assert not is_in(sign_in()[0])
    assert "no longer works" in Client().get(link, follow=True).content.decode()


def test_a_password_is_changed_with_the_old_one(dana):
    browser, _ = sign_in()
    new = "another horse battery"
    browser.post(
        "/account/password/change/",
        {"oldpassword": PASSWORD, "password1": new, "password2": new},
    )
    assert is_in(sign_in(password=new)[0])


@pytest.mark.parametrize("weak", ["short horse", "password1234", "123456789012"])
def test_short_and_common_passwords_are_refused(dana, weak):
    browser, _ = sign_in()
    browser.post(
        "/account/password/change/",
        {"oldpassword": PASSWORD, "password1": weak, "password2": weak},
    )
    assert not is_in(sign_in(password=weak)[0])


def without_what_was_typed(answer, email):
    page = re.sub(r'value="[^"]{40,}"', "", answer.content.decode())
    return answer.status_code, answer.headers.get("Location"), page.replace(email, "")


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("/account/login/", lambda email: {"login": email, "password": "wrong horse battery"}),
        ("/account/password/reset/", lambda email: {"email": email}),
    ],
)
def test_who_has_an_account_is_told_to_nobody(dana, place, words):
    known, unknown = dana.email, "nobody@people.example"
    answers = []
    for email in (known, unknown):
        cache.clear()
        answers.append(without_what_was_typed(Client().post(place, words(email)), email))
    nonce = re.compile(r'(nonce|x-csrftoken)[^"]*"[^"]*"')
    assert [nonce.sub("", str(one)) for one in answers[:1]] == [nonce.sub("", str(answers[1]))]
