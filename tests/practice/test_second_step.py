"""A practice can ask for a second step at sign-in; the staff desk always does."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.test import Client
from django.utils import timezone

from practice import tenancy
from practice.roles import Role
from tests.factories import MembershipFactory, PracticeFactory, UserFactory, with_authenticator
from tests.stack import people
from tests.test_urls import filled, signed_in, within_a_practice

pytestmark = pytest.mark.django_db
SET_UP = "/account/second-step/"
WALK = within_a_practice()


@pytest.fixture
def strict():
    """A practice that requires a second step, and an owner who has none."""
    practice = PracticeFactory(slug="bayside", name="Bayside", requires_second_factor=True)
    with tenancy.unit(tenancy.EVERYTHING):
        return MembershipFactory(practice=practice, role=Role.OWNER).user


@pytest.mark.parametrize(("pattern", "route", "arguments"), WALK)
def test_who_has_none_reaches_nothing_of_the_practice(pattern, route, arguments, strict):
    browser, path = signed_in(strict), filled(route, arguments, "bayside")
    for answer in (browser.get(path), browser.post(path), browser.put(path), browser.delete(path)):
        assert (answer.status_code, answer.url) == (302, SET_UP)
    fragment = browser.get(path, headers={"HX-Request": "true"})
    assert (fragment.headers["HX-Redirect"], fragment.content) == (SET_UP, b"")


def test_the_page_says_who_asks_and_offers_both_ways(strict):
    page = signed_in(strict).get("/bayside/", follow=True).content.decode()
    assert "Bayside asks for a second step" in page
    assert "/account/2fa/totp/activate/" in page
    assert "/account/2fa/webauthn/add/" in page


@pytest.mark.parametrize("kind", [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN])
def test_an_app_or_a_passkey_opens_the_practice(strict, kind):
    Authenticator.objects.create(user=strict, type=kind, data={})
    assert signed_in(strict).get("/bayside/").status_code == 200


def test_recovery_codes_alone_do_not_count(strict):
    RecoveryCodes.activate(strict)
    assert signed_in(strict).get("/bayside/").url == SET_UP


def test_afterwards_one_goes_on_to_where_one_wanted(strict):
    browser = signed_in(strict)
    browser.get("/bayside/plans/?show=draft")
    with_authenticator(strict)
    assert browser.get(SET_UP).url == "/bayside/plans/?show=draft"


def test_what_was_posted_goes_on_to_the_practice(strict):
    browser = signed_in(strict)
    browser.post("/bayside/patients/add", {"first_name": "Pat"})
    with_authenticator(strict)
    assert browser.get(SET_UP).url == "/bayside/"


def test_the_way_through_the_set_up(strict):
    """Password once more, the app's code, recovery codes, and on."""
    browser = Client()
    browser.post("/account/login/", {"login": strict.email, "password": "correct horse battery"})
    strict.emailaddress_set.update(verified=True)
    browser.force_login(strict)
    browser.get("/bayside/patients/")
    again = browser.get("/account/2fa/totp/activate/")
    browser.post(again.url, {"password": "correct horse battery"})
    secret = browser.get("/account/2fa/totp/activate/").context["form"].secret
    now = int(timezone.now().timestamp()) // 30
    code = format_hotp_value(hotp_value(secret, now))
    page = browser.post("/account/2fa/totp/activate/", {"code": code}, follow=True)
    assert page.redirect_chain[-1][0] == "/account/2fa/recovery-codes/"
    assert SET_UP in page.content.decode()
    assert browser.get(SET_UP).url == "/bayside/patients/"


def test_other_practices_of_the_same_person_stay_open(strict):
    with tenancy.unit(tenancy.EVERYTHING):
        MembershipFactory(practice=PracticeFactory(slug="easygoing"), user=strict)
    assert signed_in(strict).get("/easygoing/").status_code == 200


def test_strangers_learn_nothing_of_it(strict):
    stranger = UserFactory()
    assert signed_in(stranger).get("/bayside/").status_code == 404


@pytest.mark.parametrize("path", ["/admin/", "/admin/practice/patient/", "/admin/jobs/"])
def test_staff_without_a_second_step_do_not_enter_the_desk(path):
    browser = signed_in(UserFactory(is_staff=True, is_superuser=True))
    answer = browser.get(path, follow=True)
    assert answer.redirect_chain[-1][0] == SET_UP
    assert "The staff desk asks" in answer.content.decode()


def test_staff_with_recovery_codes_alone_do_not_enter_either():
    user = UserFactory(is_staff=True, is_superuser=True)
    RecoveryCodes.activate(user)
    assert signed_in(user).get("/admin/", follow=True).redirect_chain[-1][0] == SET_UP


def test_members_are_refused_at_the_desk_as_before(clinic):
    assert clinic.alice.get("/admin/", follow=True).status_code == 403


def test_the_operator_of_the_demo_has_the_code_that_it_prints():
    now = timezone.now().timestamp()
    theirs = format_hotp_value(hotp_value(people.SECRET, int(now) // 30))
    assert people.code(now) == theirs
