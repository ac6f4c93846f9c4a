"""The pages about people, of a practice and of one's own account, looked at by axe: light and
dark, on a phone and on a desk."""

import datetime as dt
from types import SimpleNamespace

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from practice import tenancy
from practice.models import Cover, Invitation, PatientImport
from tests.factories import MembershipFactory, UserFactory, with_authenticator
from tests.practice.imports import (
    HEADING,
    JANE,
    OTTO,
    ask_for_check,
    checked,
    post,
    taken_in,
    uploaded,
)
from tests.test_access import desk as desk
from tests.test_access_support import looked_at

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"
OWN = [
    "account_email",
    "account_change_password",
    "mfa_index",
    "mfa_list_webauthn",
    "account_reauthenticate",
    "start",
]


@pytest.fixture
def people(desk):
    """Somebody on each page: a colleague, an invitation, a cover."""
    now = timezone.now()
    with desk.opened():
        desk.colleague = MembershipFactory(practice=desk.practice, name="Bob Brandt, MD")
        Invitation.objects.create(
            practice=desk.practice,
            email="dana@people.example",
            name="Dana Dahl, ND",
            role="assistant",
            invited_by=desk.member,
            sent_at=now,
            expires_at=now + dt.timedelta(days=7),
        )
        Cover.objects.create(
            practice=desk.practice,
            absent=desk.colleague,
            by=desk.clinician,
            first_date=now,
            last_date=now,
            arranged_by="Alice",
        )
    user = desk.member.user
    user.emailaddress_set.create(email=user.email, verified=True, primary=True)
    return desk


@pytest.fixture
def files(desk):
    """Addresses of an import in each of its states."""
    slug = desk.practice.slug
    clinic = SimpleNamespace(
        here=desk.practice,
        open=desk.opened,
        ann=desk.browser,
        url=lambda name, *args: reverse(f"practice:{name}", args=[slug, *args]),
    )
    asked = uploaded(clinic, HEADING + JANE)
    ask_for_check(clinic, asked)
    given_up, halfway = (checked(clinic, HEADING + OTTO) for _ in range(2))
    with desk.opened():
        PatientImport.objects.filter(pk=given_up.pk).update(state="check_failed")
        PatientImport.objects.filter(pk=halfway.pk).update(state="failed")
    done, undone = taken_in(clinic, HEADING + OTTO), taken_in(clinic, HEADING + JANE)
    post(clinic, "import-undo", undone)
    wrong = "Ada,,31/12/1980,dragon,nonsense,12,ZZ,336\n"
    full_of_errors = checked(clinic, HEADING + wrong * 5 + OTTO + JANE + JANE)
    clean = checked(clinic, HEADING + JANE)
    adding = checked(clinic, HEADING + "Ada,Lum\n")
    post(clinic, "import-confirm", adding)
    shown = (asked, given_up, halfway, done, undone, full_of_errors, clean, adding)
    return [
        clinic.url("import-start"),
        clinic.url("import-columns", uploaded(clinic, HEADING + JANE).pk),
        *(clinic.url("import-detail", batch.pk) for batch in shown),
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_on_the_pages_of_an_import(page, desk, files, theme):
    page.emulate_media(color_scheme=theme)
    assert looked_at(page, desk.browser, files) == ([], [])


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_on_the_pages_about_people(page, people, theme):
    page.emulate_media(color_scheme=theme)
    slug, colleague = people.practice.slug, people.colleague.pk
    named = [
        ("member-list",),
        ("invitation-add",),
        ("cover-list",),
        ("member-edit", colleague),
        ("member-leave", people.clinician.pk),
        ("practice-edit",),
    ]
    addresses = [reverse(f"practice:{name}", args=[slug, *more]) for name, *more in named]
    addresses += [reverse(name) for name in OWN]
    assert looked_at(page, people.browser, addresses) == ([], [])


def test_axe_finds_nothing_where_a_second_step_is_asked_for(page, people):
    with tenancy.unit(tenancy.EVERYTHING):
        people.practice.requires_second_factor = True
        people.practice.save()
    here = reverse("practice:today", args=[people.practice.slug])
    people.browser.get(here)
    assert looked_at(page, people.browser, [reverse("second-step")]) == ([], [])


def signed_in_just_now():
    """Somebody with a practice who has just typed the password: nothing asks for it again."""
    with tenancy.unit(tenancy.EVERYTHING):
        user = MembershipFactory(name="Nora Lindqvist, ND").user
    user.set_password(PASSWORD)
    user.save()
    user.emailaddress_set.create(email=user.email, verified=True, primary=True)
    browser = Client()
    browser.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    browser.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return user, browser


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_where_a_second_step_is_set_up_and_taken_away(page, db, theme):
    page.emulate_media(color_scheme=theme)
    user, browser = signed_in_just_now()
    before = [reverse("mfa_activate_totp"), reverse("mfa_add_webauthn")]
    assert looked_at(page, browser, before) == ([], [])
    with_authenticator(user)
    RecoveryCodes.activate(user)
    names = ("index", "deactivate_totp", "view_recovery_codes", "generate_recovery_codes")
    after = [reverse(f"mfa_{name}") for name in names]
    assert looked_at(page, browser, [*after, reverse("account_logout")]) == ([], [])


DOOR = [
    *("account_login", "account_signup", "account_inactive", "account_reset_password"),
    *("account_reset_password_done", "account_reset_password_from_key_done"),
    "account_email_verification_sent",
]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_at_the_door(page, db, theme):
    page.emulate_media(color_scheme=theme)
    addresses = [*map(reverse, DOOR), "/join/bayside/no-such-secret", "/nothing/here/"]
    assert looked_at(page, Client(), addresses) == ([], [])


def test_axe_finds_nothing_where_nobody_has_a_practice(page, db):
    browser = Client()
    browser.force_login(UserFactory())
    assert looked_at(page, browser, ["/"]) == ([], [])
