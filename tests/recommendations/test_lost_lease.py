"""A worker that was thought dead, and two people who decide at once."""

import dataclasses
import datetime as dt

import pytest
from django.utils import timezone

from practice import connect, tenancy
from practice.models import Patient, PatientEvent
from practice.vendors.contract import Unavailable
from recommendations import decide, follow_up, outcome, outgoing, send, sign
from recommendations.models import Sending
from tests import dance
from tests.recommendations.test_send import attempt, make_plan, recommendations, signed

State = Sending.State
NO_ANSWER = Unavailable("", vendor="wholescripts", operation="recommend", maybe_done=True)


@pytest.fixture
def connected(signed_in, harbor, simulators):
    dance.connect(signed_in, simulators, "harbor", "wholescripts")
    return harbor


@pytest.fixture
def plan(connected):
    return make_plan(connected)


@pytest.fixture
def zombie(connected, plan):
    """A claimed part whose lease ran out, as its worker still sees it."""
    sending = signed(connected, plan)
    now = timezone.now()
    with connected.scope():
        mine, _ = send.claim(sending.pk, now)
    with tenancy.declare(tenancy.EVERYTHING):
        follow_up.recover(now + dt.timedelta(seconds=1000))
    return mine


def row(harbor, sending):
    with harbor.unit():
        return Sending.objects.select_related("plan__patient").get(pk=sending.pk)


def sent_by(harbor, zombie):
    """What the vendor answers the worker in the end."""
    with harbor.unit():
        _, plan = outgoing.load(zombie.pk)
    return connect.call(zombie.connection, lambda client: client.recommend(plan))


LATE = {
    "refused": lambda sending, now: outcome.refuse(sending, "No.", (), now),
    "no answer": outcome.lose_sight,
    "unavailable": lambda sending, now: outcome.wait(sending, now, NO_ANSWER),
    "revoked": outcome.wait_for_reconnect,
    "doubtful": lambda sending, now: outcome.ask_a_person(sending, now, "?"),
    "nothing there": follow_up.not_found,
}


@pytest.mark.parametrize("late", LATE)
def test_a_worker_that_lost_its_lease_writes_no_failure(connected, zombie, late):
    before = row(connected, zombie)
    with connected.scope():
        LATE[late](zombie, timezone.now())
    after = row(connected, zombie)
    assert (after.state, after.last_error) == (State.UNKNOWN, before.last_error)
    with connected.unit():
        assert not PatientEvent.objects.filter(kind="sending").exists()


def test_a_late_yes_settles_what_was_unknown(connected, plan, simulators, zombie):
    with connected.scope():
        send.arrived(zombie, sent_by(connected, zombie), timezone.now())
    assert row(connected, zombie).state == State.SENT


def test_a_late_yes_after_a_second_sending_says_that_there_are_two(
    connected,
    zombie,
    simulators,
):
    now = timezone.now()
    with connected.scope():
        first = sent_by(connected, zombie)
        second = dataclasses.replace(first, id="987654")
        outcome.settle(row(connected, zombie), second, now)
        send.arrived(zombie, first, now)
    after = row(connected, zombie)
    assert (after.state, after.vendor_plan_id) == (State.SENT, "987654")
    assert f"987654 and {first.id}" in after.last_error


def undecided(harbor, plan):
    with harbor.unit():
        sending = signed(harbor, plan)
        Sending.objects.filter(pk=sending.pk).update(
            state=State.NEEDS_REVIEW, attempts=1, attempted_at=timezone.now()
        )
        return Sending.objects.select_related("plan__patient").get(pk=sending.pk)


def test_send_again_from_two_tabs_sends_once(connected, plan, simulators):
    one = undecided(connected, plan)
    other = row(connected, one)
    with connected.unit():
        decide.send_again(one, connected.nora, timezone.now())
    assert attempt(connected, one).state == State.SENT
    with connected.unit(), pytest.raises(sign.NotReady, match="meanwhile"):
        decide.send_again(other, connected.nora, timezone.now())
    assert len(recommendations(simulators)) == 1


def test_a_number_of_another_patients_plan_is_not_taken(
    signed_in,
    connected,
    plan,
    simulators,
):
    sending = attempt(connected, signed(connected, plan))
    number = sending.vendor_plan_id
    with connected.unit():
        Sending.objects.update(state=State.NEEDS_REVIEW, vendor_plan_id="")
        Patient.objects.update(email="somebody.else@patients.example")
    found = f"/harbor/plans/sendings/{sending.pk}/found"
    page = signed_in.post(found, {"number": number}, follow=True)
    assert "no plan for this patient" in page.content.decode()
    assert row(connected, sending).state == State.NEEDS_REVIEW
