"""What happens to accounts stands in the audit trail of each practice the person works in."""

import re

import pytest
from allauth.account.models import EmailAddress
from allauth.core import context
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from practice import tenancy
from practice.models import AuditEntry
from tests.factories import MembershipFactory, PracticeFactory, UserFactory

PASSWORD = "correct horse battery"
NEW = "a longer battery staple"
SECRET = "JBSWY3DPEHPK3PXP"
ADDRESS = "203.0.113.7"


@pytest.fixture(autouse=True)
def empty_cache():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def nora(db):
    """Works at two practices and left a third."""
    user = UserFactory(email="nora@people.example")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    with tenancy.unit(tenancy.EVERYTHING):
        for slug in ("one", "two"):
            practice = PracticeFactory(slug=slug)
            MembershipFactory(user=user, practice=practice, name="Nora Quist, ND")
        left = PracticeFactory(slug="left")
        MembershipFactory(user=user, practice=left, deactivated_at=timezone.now())
    return user


@pytest.fixture
def hers(nora):
    hers = Client(REMOTE_ADDR=ADDRESS)
    sign_in(hers, nora)
    return hers


def sign_in(hers, user, password=PASSWORD):
    return hers.post("/account/login/", {"login": user.email, "password": password})


def entries(*actions):
    """(practice, who, action, what), oldest first."""
    with tenancy.unit(tenancy.EVERYTHING):
        found = AuditEntry.objects.filter(kind="account", action__in=actions or ["account"])
        return [
            (one.practice and one.practice.slug, one.who, one.detail["what"])
            for one in found.select_related("practice").order_by("id")
        ]


def in_both(what):
    return [("one", "Nora Quist, ND", what), ("two", "Nora Quist, ND", what)]


def test_signing_in_is_noted_in_each_practice(hers, nora):
    assert entries("signed_in") == in_both("signed in")
    with tenancy.unit(tenancy.EVERYTHING):
        entry = AuditEntry.objects.filter(action="signed_in").first()
    assert (entry.user_id, entry.address, entry.via) == (nora.pk, ADDRESS, "portal")


def test_so_is_signing_out(hers):
    hers.post("/account/logout/")
    assert entries("signed_out") == in_both("signed out")


def test_so_is_a_wrong_password(nora):
    sign_in(Client(), nora, "wrong horse battery")
    assert entries("sign_in_failed") == in_both("password")


def test_a_name_that_nobody_has_is_not_noted(nora):
    sign_in(Client(), UserFactory.build(email="nobody@people.example"))
    assert entries("sign_in_failed") == []


def test_who_has_no_practice_is_noted_for_the_operator(db):
    user = UserFactory(is_staff=True)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    sign_in(Client(), user)
    assert entries("signed_in") == [(None, f"user {user.pk}", "signed in")]


def test_a_changed_password_is_noted(hers):
    words = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    assert hers.post("/account/password/change/", words).status_code == 302
    assert entries() == in_both("password changed")


def test_a_password_chosen_by_a_mailed_link_is_noted(nora):
    hers = Client()
    hers.post("/account/password/reset/", {"email": nora.email})
    link = re.search(r"https?://[^/]+(/account/password/reset/key/\S+)", mail.outbox[0].body)[1]
    form = hers.get(link).url
    assert hers.post(form, {"password1": NEW, "password2": NEW}).status_code == 302
    assert entries() == in_both("password reset")


def change_emails(hers, email, **button):
    return hers.post("/account/email/", {"email": email, **button})


def test_changes_of_e_mail_addresses_are_noted(hers, nora):
    change_emails(hers, "nora@elsewhere.example", action_add="")
    EmailAddress.objects.filter(email="nora@elsewhere.example").update(verified=True)
    change_emails(hers, "nora@elsewhere.example", action_primary="")
    change_emails(hers, "nora@people.example", action_remove="")
    assert [what for practice, _, what in entries() if practice == "one"] == [
        "e-mail address added",
        "main e-mail address changed",
        "e-mail address removed",
    ]


def test_no_address_enters_the_trail(hers, nora):
    change_emails(hers, "nora@elsewhere.example", action_add="")
    sign_in(Client(), nora, "wrong horse battery")
    with tenancy.unit(tenancy.EVERYTHING):
        rows = str(list(AuditEntry.objects.filter(kind="account").values()))
    assert "elsewhere.example" not in rows
    assert "people.example" not in rows


@pytest.fixture
def with_second_step(nora):
    totp.TOTP.activate(nora, SECRET)
    return RecoveryCodes.activate(nora).get_unused_codes()


def enter(user, code):
    hers = Client()
    sign_in(hers, user)
    return hers.post("/account/2fa/authenticate/", {"code": code})


def test_a_wrong_code_is_a_failed_sign_in(nora, with_second_step):
    enter(nora, "000000")
    assert entries("sign_in_failed") == in_both("second step")
    assert entries("signed_in") == []


def test_a_recovery_code_that_was_used_is_noted(nora, with_second_step):
    assert enter(nora, with_second_step[0]).status_code == 302
    assert entries() == in_both("recovery code used")
    assert entries("signed_in") == in_both("signed in")


def test_a_second_step_that_was_added_or_removed_is_noted(
    hers, rf, django_capture_on_commit_callbacks
):
    hers.post("/account/reauthenticate/", {"password": PASSWORD})
    assert hers.get("/account/2fa/totp/activate/").status_code == 200
    secret = hers.session["mfa.totp.secret"]
    counter = next(totp.yield_hotp_counters_from_time())
    code = totp.format_hotp_value(totp.hotp_value(secret, counter))
    during = context.request_context(rf.get("/"))  # what runs on commit runs within the request
    with during, django_capture_on_commit_callbacks(execute=True):
        assert hers.post("/account/2fa/totp/activate/", {"code": code}).status_code == 302
    assert hers.post("/account/2fa/totp/deactivate/").status_code == 302
    noted = [what for practice, _, what in entries() if practice == "one"]
    assert set(noted[:2]) == {"authenticator app added", "recovery codes added"}
    assert set(noted[2:]) == {"authenticator app removed", "recovery codes removed"}
