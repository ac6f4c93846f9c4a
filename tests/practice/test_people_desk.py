"""The operator's desk of people: who is where, sessions, lost second steps, locking out."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import Permission
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from practice import tenancy
from practice.models import AuditEntry
from tests.factories import MembershipFactory, staff_user

PEOPLE = "/admin/auth/user/"
SESSIONS = "/admin/usersessions/usersession/"
WHY = "Lost the phone, called from the number we know"


@pytest.fixture
def staff(db):
    browser = Client()
    browser.user = staff_user(email="op@staff.example")
    browser.force_login(browser.user)
    return browser


@pytest.fixture
def helper(db):
    """Staff who may change people, and are no superuser."""
    browser = Client()
    browser.user = staff_user(email="help@staff.example", is_superuser=False)
    for name in ("view_user", "change_user"):
        browser.user.user_permissions.add(Permission.objects.get(codename=name))
    browser.force_login(browser.user)
    return browser


@pytest.fixture
def bob(clinic):
    """Bob, whose session stands in the list as a sign-in on the page puts it there."""
    user = clinic.members.bob.user
    UserSession.objects.create(
        user=user, session_key=clinic.bob.session.session_key, ip="127.0.0.1", user_agent=""
    )
    assert is_in(clinic)
    return user


def done(staff, deed, *people, path=PEOPLE, **given):
    keys = [person.pk for person in people]
    page = staff.post(path, {"action": deed, "_selected_action": keys})
    answer = staff.post(path, {"confirmed": page.context["token"], "reason": WHY, **given})
    return staff.get(answer.url) if answer.status_code == 302 else answer


def is_in(clinic):
    return clinic.bob.get(clinic.url("today")).status_code == 200


def test_the_list_says_where_people_work_and_how_they_sign_in(clinic, staff, bob):
    Authenticator.objects.create(user=bob, type="totp", data={})
    words = staff.get(PEOPLE).content.decode()
    for told in ("Bayside Clinic", "Practitioner", "Signs in", "None"):
        assert told in words


def test_ended_sessions_are_over_at_the_next_request(clinic, staff, bob):
    done(staff, "end_sessions", bob)
    assert not is_in(clinic)


def test_one_session_is_ended_by_itself(clinic, staff, bob):
    done(staff, "end", UserSession.objects.get(user=bob), path=SESSIONS)
    assert not is_in(clinic)


def test_a_reset_takes_every_step_ends_sessions_and_tells_the_person(clinic, staff, bob):
    for kind in ("totp", "recovery_codes"):
        Authenticator.objects.create(user=bob, type=kind, data={})
    done(staff, "reset_second_step", bob)
    [message] = mail.outbox
    assert (message.to, WHY in message.body) == ([bob.email], True)
    assert not Authenticator.objects.filter(user=bob).exists()
    assert not is_in(clinic)


def test_a_reset_of_nothing_tells_nobody(clinic, staff, bob):
    page = done(staff, "reset_second_step", bob)
    assert "Nothing to do" in page.content.decode()
    assert (mail.outbox, is_in(clinic)) == ([], True)


def test_without_mail_the_second_step_stays(clinic, staff, bob, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    Authenticator.objects.create(user=bob, type="totp", data={})
    page = done(staff, "reset_second_step", bob)
    assert "No e-mail could be sent" in page.content.decode()
    assert Authenticator.objects.filter(user=bob).exists()
    assert is_in(clinic)


def test_a_person_who_is_locked_out_is_out_and_let_in_again(clinic, staff, bob):
    done(staff, "lock_out", bob)
    assert not is_in(clinic)
    assert not Client().login(email=bob.email, password="correct horse battery")
    done(staff, "let_in", bob)
    bob.refresh_from_db()
    assert bob.is_active


def test_the_reason_stands_in_the_trail(clinic, staff, bob):
    done(staff, "lock_out", bob)
    with tenancy.unit(tenancy.EVERYTHING):
        entry = AuditEntry.objects.get(kind="auth.user", object_id=bob.pk)
    assert (entry.detail["deed"], entry.reason, entry.who) == ("Lock out", WHY, "op@staff.example")


def test_nobody_locks_themselves_out(clinic, staff):
    done(staff, "lock_out", staff.user)
    assert staff.get(PEOPLE).status_code == 200


def test_unticking_active_in_the_form_ends_sessions_too(clinic, staff, bob):
    staff.post(f"{PEOPLE}{bob.pk}/change/", {"username": bob.username, "email": bob.email})
    bob.refresh_from_db()
    assert (bob.is_active, UserSession.objects.filter(user=bob).exists()) == (False, False)


def test_staff_who_are_no_superuser_give_themselves_no_rights(clinic, helper):
    staff = {"username": "x", "email": helper.user.email, "is_active": "on", "is_staff": "on"}
    helper.post(f"{PEOPLE}{helper.user.pk}/change/", staff | {"is_superuser": "on"})
    helper.user.refresh_from_db()
    assert not helper.user.is_superuser


def test_they_give_no_rights_to_others_either(clinic, helper, bob):
    words = {"username": bob.username, "email": bob.email, "is_active": "on"}
    helper.post(f"{PEOPLE}{bob.pk}/change/", words | {"is_staff": "on", "is_superuser": "on"})
    bob.refresh_from_db()
    assert (bob.is_staff, bob.is_superuser) == (False, False)


@pytest.mark.parametrize("page", ["change/", "password/"])
def test_they_do_not_touch_a_superuser(clinic, helper, staff, page):
    words = {"password1": "correct horse staple", "password2": "correct horse staple"}
    answer = helper.post(f"{PEOPLE}{staff.user.pk}/{page}", words | {"username": "taken"})
    assert answer.status_code == 403
    done(helper, "lock_out", staff.user)
    staff.user.refresh_from_db()
    assert (staff.user.is_active, staff.user.username != "taken") == (True, True)


def test_the_list_does_a_fixed_number_of_queries(clinic, staff):
    def count(people):
        for _ in range(people):
            with tenancy.unit(tenancy.EVERYTHING):
                member = MembershipFactory(practice=clinic.here)
            Authenticator.objects.create(user=member.user, type="totp", data={})
        with CaptureQueriesContext(connection) as done:
            assert staff.get(PEOPLE).status_code == 200
        return len(done)

    count(0)
    assert count(5) == count(190)


def test_rights_are_boxes_in_words_and_only_of_desks_that_there_are(clinic, staff, bob):
    page = staff.get(f"{PEOPLE}{bob.pk}/change/").content.decode()
    assert "Patients: look" in page
    assert "Can view" not in page


def test_a_right_that_is_ticked_is_given(clinic, staff, bob):
    may = Permission.objects.get(codename="view_patient")
    words = {"username": bob.username, "email": bob.email, "is_active": "on", "is_staff": "on"}
    staff.post(f"{PEOPLE}{bob.pk}/change/", words | {"user_permissions": [may.pk]})
    assert list(bob.user_permissions.all()) == [may]
