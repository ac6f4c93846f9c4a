"""What plans put on Today and on the patient's page."""

import pytest
from django.urls import reverse

from practice.roles import Role
from recommendations.models import Sending
from tests.factories import ConnectionFactory
from tests.recommendations.rows import Desk

pytestmark = pytest.mark.django_db


def page(desk, name, *args):
    return desk.browser.get(reverse(name, args=[desk.practice.slug, *args])).content.decode()


def test_today_leads_back_to_a_draft():
    desk = Desk()
    desk.add()
    today = page(desk, "practice:today")
    assert "Drafts to resume" in today
    assert desk.url("plan-detail", desk.plan.pk) in today
    assert "1 product, for" in today


def test_a_clinicians_today_shows_their_own_drafts_only():
    desk = Desk(Role.OWNER)
    assert desk.url("plan-detail", desk.plan.pk) in page(desk, "practice:today")
    with desk.opened():
        desk.member.is_clinician = True
        desk.member.save()
    assert desk.url("plan-detail", desk.plan.pk) not in page(desk, "practice:today")


def test_today_shows_what_was_signed_and_did_not_arrive():
    desk = Desk()
    with desk.opened():
        connection = ConnectionFactory(practice=desk.practice, membership=desk.clinician)
        Sending.objects.create(
            practice=desk.practice,
            plan=desk.plan,
            vendor="wholescripts",
            connection=connection,
            road=Sending.Road.API,
            state=Sending.State.REFUSED,
        )
    today = page(desk, "practice:today")
    assert "Signed, but not done" in today
    assert "Refused by WholeScripts" in today
    assert desk.url("plan-review", desk.plan.pk) in today


def test_the_patients_page_starts_a_plan_and_lists_plans():
    desk = Desk()
    shown = page(desk, "practice:patient-detail", desk.patient.pk)
    assert desk.url("plan-start", desk.patient.pk) in shown
    assert desk.url("plan-detail", desk.plan.pk) in shown


def test_who_only_reads_is_not_asked_to_start():
    desk = Desk(Role.READ_ONLY)
    shown = page(desk, "practice:patient-detail", desk.patient.pk)
    assert desk.url("plan-start", desk.patient.pk) not in shown
