"""The vendor's own number of a call that failed is kept where somebody may need it."""

import datetime as dt

import pytest
from django.utils import timezone

from catalog.hold import Hold
from catalog.models import SyncRun
from practice import inbox, tenancy
from practice.models import Receipt
from practice.vendors.contract import Unavailable, Verdict
from recommendations import outcome
from recommendations.models import Plan, Sending
from tests.factories import ConnectionFactory
from tests.recommendations.conftest import make_harbor

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def failure(**values):
    error = Unavailable(
        "No.", vendor="fullscript", operation="try", request_id="req-77", retry_after=900
    )
    for name, value in values.items():
        setattr(error, name, value)
    return error


@pytest.fixture
def harbor():
    return make_harbor()


@pytest.fixture
def sending(harbor):
    with harbor.unit():
        plan = Plan.objects.create(
            practice=harbor.practice,
            patient=harbor.patient,
            clinician=harbor.nora,
            state=Plan.State.SIGNED,
            signed_at=NOW,
        )
        return Sending.objects.create(
            practice=harbor.practice,
            plan=plan,
            vendor="fullscript",
            connection=ConnectionFactory(membership=harbor.nora, vendor="fullscript"),
            road="api",
            state="sending",
            attempted_at=NOW,
        )


@pytest.mark.parametrize("end", ["refused", "unknown", "queued", "needs_review"])
def test_a_part_shows_it_to_the_clinician(client, harbor, sending, end):
    error = failure()
    outcome.blame(sending, error)
    with harbor.scope():
        {
            "refused": lambda: outcome.refuse(sending, "No.", (), NOW),
            "unknown": lambda: outcome.lose_sight(sending, NOW),
            "queued": lambda: outcome.wait(sending, NOW, error),
            "needs_review": lambda: outcome.ask_a_person(sending, NOW, "Look there."),
        }[end]()
    client.force_login(harbor.nora.user)
    page = client.get(f"/harbor/plans/{sending.plan_id}/review").content.decode()
    assert "req-77" in page


def receipt():
    with tenancy.unit(tenancy.EVERYTHING):
        return Receipt.objects.create(
            vendor="fullscript",
            endpoint="fullscript",
            event_id="e1",
            event_type="patient.updated",
            verdict=Verdict.GENUINE,
            body=b"{}",
            received_at=NOW,
            state="working",
            attempts=3,
        )


def test_a_receipt_keeps_it_and_waits_as_long_as_the_vendor_asked():
    row = receipt()
    inbox._put_back(row, failure(), NOW)
    assert row.last_error == "Unavailable, request req-77"
    assert row.not_before_at == NOW + dt.timedelta(seconds=900)
    assert row.attempts == 3


def test_a_call_that_was_held_back_is_no_attempt_of_a_receipt():
    row = receipt()
    inbox._put_back(row, failure(held_back=True), NOW)
    assert row.attempts == 2


@pytest.mark.parametrize(("held_back", "attempts"), [(True, 0), (False, 1)])
def test_a_reading_that_was_held_back_made_no_attempt(held_back, attempts):
    with tenancy.declare(tenancy.EVERYTHING):
        with tenancy.unit():
            run = SyncRun.objects.create(vendor="wholescripts", part="catalogue")
        hold = Hold.claim(run.pk, NOW)
        hold.put_off(failure(held_back=held_back))
    assert hold.run.attempts == attempts
    assert hold.run.not_before_at >= NOW + dt.timedelta(seconds=900)
    assert ("Reference: req-77." in hold.run.last_error) is not held_back
