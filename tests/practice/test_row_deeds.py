"""What staff can do to a row, from the row's own page, whatever the desk's list leaves out."""

import contextlib
import re

import pytest
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.db import IntegrityError, models
from django.test import Client
from django.urls import reverse

from practice import tenancy
from practice.admin import confirm
from practice.admin.base import DeskAdmin
from practice.admin.clinical import ClinicalAdmin
from practice.models import Membership
from tests.factories import MembershipFactory, PracticeFactory, staff_user, with_authenticator
from tests.isolation.rows import Maker

pytestmark = pytest.mark.django_db
OURS = ("practice.", "catalog.", "recommendations.", "deliveries.")
FORM = re.compile(r'<form method="post" action="([^"]+)" class="staff-row staff-deeds"')

DESKS = {
    model._meta.label: desk
    for model, desk in admin.site._registry.items()
    if isinstance(desk, DeskAdmin) and desk.deeds
}


@pytest.fixture
def staff():
    browser = Client(headers={"x-forwarded-proto": "https"})
    browser.user = staff_user()
    browser.force_login(browser.user)
    return browser


def a_row_of(model):
    with tenancy.unit(tenancy.EVERYTHING):
        practice = PracticeFactory()
        if model._meta.label.startswith(OURS) and model is not Membership:
            return Maker(practice).row(model)
        member = MembershipFactory(practice=practice)
    person = with_authenticator(member.user)
    if model is Membership:
        return member
    if model is type(person):
        return person
    if model is UserSession:
        return UserSession.objects.create(user=person, ip="127.0.0.1", session_key="key")
    return model._base_manager.filter(user=person).get()


def states_of(row):
    """As it was made, and then every choice of every field and every moment that may have come:
    whatever a list may leave out."""
    yield {}
    for field in row._meta.local_concrete_fields:
        yield from ({field.name: value} for value, _ in field.choices or ())
        if isinstance(field, models.DateTimeField) and field.null:
            yield {field.name: "2026-01-01T00:00:00Z"}


@pytest.mark.parametrize("label", DESKS)
def test_a_deed_is_asked_about_from_the_page_of_any_row(staff, label):
    desk = DESKS[label]
    row = a_row_of(desk.model)
    name = f"admin:{desk.opts.app_label}_{desk.opts.model_name}_change"
    if isinstance(desk, ClinicalAdmin):
        staff.post(reverse(name, args=[row.pk]), {"look_reason": "They asked where it is"})
    for state in states_of(row):
        with contextlib.suppress(IntegrityError), tenancy.unit(tenancy.EVERYTHING):
            desk.model._base_manager.filter(pk=row.pk).update(**state)
        page = staff.get(reverse(name, args=[row.pk])).content.decode()
        assert FORM.search(page), state
        for deed in desk.deeds[: 1 if state else None]:
            asked = {"action": deed, "index": 0, "_selected_action": row.pk, "from_row": 1}
            answer = staff.post(FORM.search(page)[1], asked)
            assert answer.status_code == 200, (deed, state)
            assert confirm.TOKEN in answer.content.decode(), (deed, state)
