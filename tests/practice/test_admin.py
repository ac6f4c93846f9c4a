"""The operator's staff desk: staff see all practices, members see no desk at all."""

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from practice import sealing, tenancy, timeline
from practice.models import (
    Connection,
    CourierAccount,
    Membership,
    Patient,
    PatientEvent,
    Practice,
    Receipt,
)
from practice.vendors.contract import Verdict
from tests.factories import ConnectionFactory, PatientFactory, UserFactory, staff_user

MODELS = [Practice, Membership, Patient, PatientEvent, Connection, CourierAccount, Receipt]
READ_ONLY = [Patient, PatientEvent, Connection, CourierAccount, Receipt]
SECRET = "very-secret-words"


def address(model, page, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def opened(staff, page):
    """The page of a row, for a reason where one is asked for."""
    shown = staff.get(page)
    if "look_reason" in shown.content.decode():
        staff.post(page, {"look_reason": "The practice asked us to"})
        shown = staff.get(page)
    return shown


@pytest.fixture
def staff(db):
    browser = Client()
    browser.force_login(staff_user())
    return browser


@pytest.fixture
def rows(clinic):
    """A row of each kind in two practices, with sealed secrets."""
    with tenancy.unit(tenancy.EVERYTHING):
        for member in (clinic.members.bob, clinic.members.charlie):
            fill(member)
    return clinic


def fill(member):
    practice, now = member.practice, timezone.now()
    patient = PatientFactory(practice=practice)
    timeline.note(patient, "plan", "Signed", source="plan:1", happened_at=now)
    connection = ConnectionFactory(membership=member)
    sealing.seal(connection, "access_token", SECRET)
    connection.save()
    account = CourierAccount.objects.create(practice=practice)
    account.set_key(SECRET)
    Receipt.objects.create(
        practice=practice,
        vendor="scriptrun",
        endpoint=f"scriptrun/{account.hook_path}",
        event_id=f"event-{practice.pk}",
        event_type="delivery.completed",
        verdict=Verdict.GENUINE,
        body=SECRET.encode(),
        received_at=now,
    )


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_staff_see_the_rows_of_two_practices(rows, staff, model):
    page = staff.get(address(model, "changelist"))
    assert page.status_code == 200
    assert len(page.context["cl"].result_list) >= 2


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_staff_open_a_row_and_no_secret_is_on_it(rows, staff, model):
    with tenancy.unit(tenancy.EVERYTHING):
        row = model.objects.order_by("-pk").first()
        secrets = [*CourierAccount.objects.values_list("api_key", "hook_path").first(), SECRET]
        secrets += Connection.objects.values_list("access_token", flat=True)
    page = opened(staff, address(model, "change", row.pk))
    assert page.status_code == 200
    assert not [secret for secret in secrets if secret in page.content.decode()]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_lists_number_of_queries_does_not_grow(rows, staff, model, queries):
    staff.get(address(model, "changelist"))
    with queries() as few:
        staff.get(address(model, "changelist"))
    with tenancy.unit(tenancy.EVERYTHING):
        for member in (rows.members.ann, rows.members.rae):
            PatientFactory(practice=member.practice)
            ConnectionFactory(membership=member)
    with queries() as many:
        staff.get(address(model, "changelist"))
    assert len(many) == len(few)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_staff_search(rows, staff, model):
    assert staff.get(address(model, "changelist"), {"q": "a"}).status_code == 200


@pytest.mark.parametrize("model", READ_ONLY, ids=lambda model: model.__name__)
def test_what_belongs_to_a_practice_is_not_changed_here(rows, staff, model):
    with tenancy.unit(tenancy.EVERYTHING):
        row = model.objects.first()
    for page in (
        address(model, "add"),
        address(model, "change", row.pk),
        address(model, "delete", row.pk),
    ):
        assert staff.post(page, {"post": "yes"}).status_code == 403


def test_a_membership_is_added_by_staff(rows, staff):
    user = UserFactory()
    staff.post(
        address(Membership, "add"),
        {"practice": rows.here.pk, "user": user.pk, "role": "assistant", "name": "New Aide"}
        | {"is_active": "on"},
    )
    with tenancy.unit(tenancy.EVERYTHING):
        assert Membership.objects.get(user=user).practice == rows.here


def test_a_membership_stays_in_its_practice(rows, staff):
    bob = rows.members.bob
    staff.post(
        address(Membership, "change", bob.pk),
        {"practice": rows.elsewhere.pk, "role": "assistant", "name": "Bob", "is_active": "on"},
    )
    with tenancy.unit(tenancy.EVERYTHING):
        stored = Membership.objects.get(pk=bob.pk)
    assert (stored.practice, stored.role) == (rows.here, "assistant")


def test_staff_open_users_and_add_one(rows, staff):
    user = type(rows.members.bob.user)
    assert staff.get(address(user, "changelist")).status_code == 200
    assert staff.get(address(user, "change", rows.members.bob.user.pk)).status_code == 200
    words = {"password1": "correct horse battery", "password2": "correct horse battery"}
    staff.post(address(user, "add"), {"username": "new", "email": "new@people.example"} | words)
    assert user.objects.filter(email="new@people.example").exists()
    assert staff.get(address(EmailAddress, "changelist")).status_code == 200


def test_staff_see_sessions_and_second_steps_without_their_secrets(rows, staff):
    bob = rows.members.bob.user
    step = Authenticator.objects.create(user=bob, type="totp", data={"secret": SECRET})
    session = UserSession.objects.create(
        user=bob, session_key="made-up-session-key", ip="127.0.0.1", user_agent=""
    )
    for row in (step, session):
        page = staff.get(address(type(row), "change", row.pk))
        assert page.status_code == 200
        assert SECRET not in page.content.decode()
        assert session.session_key not in page.content.decode()


def test_staff_delete_no_second_step_and_no_session(rows, staff):
    step = Authenticator.objects.create(user=rows.members.bob.user, type="totp", data={})
    assert staff.post(address(Authenticator, "delete", step.pk), {"post": "yes"}).status_code == 403
    assert Authenticator.objects.filter(pk=step.pk).exists()


@pytest.mark.parametrize(
    "page",
    ["admin:index", *(f"admin:practice_{model._meta.model_name}_changelist" for model in MODELS)],
)
def test_an_owner_of_a_practice_gets_no_desk(rows, page):
    answer = rows.alice.get(reverse(page))
    assert answer.status_code in (302, 403, 404)


def test_every_model_of_the_practice_stands_on_the_desk():
    assert set(MODELS) <= set(admin.site._registry)
