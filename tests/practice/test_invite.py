"""Invitations: asked by an owner, opened by whom they are for, once, for seven days."""

import datetime as dt
import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.utils import timezone

from practice import tenancy
from practice.models import Invitation, Membership
from practice.roles import Role
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
ASKED = {"email": "Dana@people.example", "name": "Dana Dahl, ND", "role": "practitioner"}
PASSWORD = "correct horse battery"


def link_of(message):
    return re.search(r"http://testserver(/join/\S+)", message.body)[1]


def ask(clinic, **given):
    clinic.alice.post(clinic.url("invitation-add"), ASKED | given)
    return link_of(mail.outbox[-1])


def person(email="dana@people.example"):
    user = UserFactory(email=email)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def browser_of(user):
    browser = Client()
    browser.force_login(user)
    return browser


def invitation(clinic):
    with clinic.open():
        return Invitation.objects.get()


def member(clinic, user):
    with clinic.open():
        return Membership.objects.filter(user=user).first()


def test_the_link_is_mailed_and_only_its_hash_is_kept(clinic):
    token = ask(clinic).rsplit("/", 1)[1]
    kept = invitation(clinic)
    assert mail.outbox[-1].to == ["dana@people.example"]
    assert "Alice Adler" in mail.outbox[-1].body
    assert len(token) >= 43
    assert token not in str(vars(kept))


def test_a_practitioner_is_a_clinician(clinic):
    ask(clinic)
    assert invitation(clinic).is_clinician


def test_somebody_with_an_account_signs_in_and_joins(clinic):
    user, link, browser = person(), ask(clinic), Client()
    page = browser.get(link).content.decode()
    sign_in = re.search(r'href="(/account/login/[^"]+)"', page)[1].replace("&amp;", "&")
    words = {"login": user.email, "password": PASSWORD}
    answer = browser.post(sign_in, words)
    assert answer.url == link
    assert browser.post(link).url == "/bayside/"
    assert member(clinic, user).name == "Dana Dahl, ND"


@pytest.mark.parametrize("is_open", [True, False])
def test_somebody_new_chooses_a_password_only(clinic, settings, is_open):
    settings.SIGN_UP_OPEN = is_open
    link, browser = ask(clinic), Client()
    sign_up = browser.post(link).url
    assert "dana@people.example" in browser.get(sign_up).content.decode()
    sent = len(mail.outbox)
    answer = browser.post(sign_up, {"password1": PASSWORD, "next": link})
    assert answer.url == link
    assert browser.post(link).url == "/bayside/"
    assert len(mail.outbox) == sent
    address = EmailAddress.objects.get(email="dana@people.example")
    assert (address.verified, address.primary) == (True, True)


def test_the_new_account_is_for_the_invited_address_whatever_is_typed(clinic):
    link, browser = ask(clinic), Client()
    sign_up = browser.post(link).url
    browser.post(sign_up, {"email": "mallory@else.example", "password1": PASSWORD})
    assert list(EmailAddress.objects.values_list("email", flat=True)) == ["dana@people.example"]


def test_a_link_taken_back_meanwhile_opens_no_sign_up(clinic, settings):
    settings.SIGN_UP_OPEN = False
    link, browser = ask(clinic), Client()
    sign_up = browser.post(link).url
    clinic.alice.post(clinic.url("invitation-revoke", invitation(clinic).pk))
    browser.post(sign_up, {"password1": PASSWORD})
    assert not EmailAddress.objects.exists()


def test_another_account_learns_which_address_was_invited_and_no_more(clinic):
    answer = clinic.charlie.get(ask(clinic))
    page = answer.content.decode()
    assert answer.status_code == 403
    assert "dana@people.example" in page
    assert "Bayside" not in page
    assert "Dana Dahl" not in page


def test_another_account_cannot_join(clinic):
    link = ask(clinic)
    assert clinic.charlie.post(link).status_code == 403
    assert not member(clinic, clinic.members.charlie.user)


def test_an_address_that_is_not_verified_does_not_count(clinic):
    user, link = UserFactory(email="dana@people.example"), ask(clinic)
    EmailAddress.objects.create(user=user, email=user.email, verified=False, primary=True)
    assert browser_of(user).post(link).status_code == 403


def test_what_never_was_is_404_and_what_is_over_is_410(clinic):
    user, link = person(), ask(clinic)
    browser = browser_of(user)
    for wrong in (
        "/join/bayside/nonsense",
        "/join/bayside/%00",
        "/join/nowhere/x",
        "/join/bayside/" + "x" * 5000,
        link.replace("bayside", "other"),
    ):
        assert browser.get(wrong).status_code == 404
    with clinic.open():
        Invitation.objects.update(expires_at=timezone.now() - dt.timedelta(seconds=1))
    over = browser.post(link)
    assert over.status_code == 410
    assert "Bayside" not in over.content.decode()


def test_sent_again_the_old_link_is_dead(clinic):
    user, old = person(), ask(clinic)
    with clinic.open():
        Invitation.objects.update(expires_at=timezone.now() - dt.timedelta(days=1))
    clinic.alice.post(clinic.url("invitation-again", invitation(clinic).pk))
    new = link_of(mail.outbox[-1])
    assert browser_of(user).get(old).status_code == 404
    assert browser_of(user).post(new).url == "/bayside/"


def test_taken_back_it_no_longer_opens(clinic):
    user, link = person(), ask(clinic)
    clinic.alice.post(clinic.url("invitation-revoke", invitation(clinic).pk))
    assert browser_of(user).get(link).status_code == 410


def test_used_it_leads_who_is_in_to_the_practice_and_nobody_else(clinic):
    user, link = person(), ask(clinic)
    browser = browser_of(user)
    browser.post(link)
    assert browser.get(link).url == "/bayside/"
    assert clinic.charlie.get(link).status_code == 410


def test_who_is_a_member_or_invited_is_not_invited_again(clinic):
    ask(clinic)
    again = clinic.alice.post(clinic.url("invitation-add"), ASKED)
    assert "invited already" in again.content.decode()
    bob = clinic.members.bob.user.email
    here = clinic.alice.post(clinic.url("invitation-add"), ASKED | {"email": bob.upper()})
    assert "signs in with this address already" in here.content.decode()
    assert len(mail.outbox) == 1


def test_a_former_member_has_the_same_place_back(clinic):
    bob = clinic.members.bob
    EmailAddress.objects.create(user=bob.user, email=bob.user.email, verified=True, primary=True)
    with clinic.open():
        Membership.objects.filter(pk=bob.pk).update(deactivated_at=timezone.now())
    link = ask(clinic, email=bob.user.email, name="Bob Back", role="assistant")
    browser_of(bob.user).post(link)
    back = member(clinic, bob.user)
    assert (back.pk, back.name, back.role, back.is_active) == (
        bob.pk,
        "Bob Back",
        "assistant",
        True,
    )


def test_who_is_a_member_under_another_address_keeps_their_role(clinic):
    alice, link = clinic.members.alice.user, ask(clinic, role="read_only")
    EmailAddress.objects.create(user=alice, email="dana@people.example", verified=True)
    assert clinic.alice.post(link).url == "/bayside/"
    assert member(clinic, alice).role == Role.OWNER


def test_a_suspended_practice_is_not_joined(clinic):
    user, link = person(), ask(clinic)
    with tenancy.unit(tenancy.EVERYTHING):
        clinic.here.suspended_at = timezone.now()
        clinic.here.save()
    assert browser_of(user).post(link).status_code == 410


def test_mail_that_does_not_go_out_is_told(clinic, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    page = clinic.alice.post(clinic.url("invitation-add"), ASKED, follow=True).content.decode()
    assert "could not be sent" in page
    assert "Send again" in page
