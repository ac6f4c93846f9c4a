"""What is known and shown of a plan that WholeScripts has."""

import datetime as dt

import pytest
from django.utils import timezone

from practice.models import PatientEvent
from recommendations import follow_up
from recommendations.models import Plan, PlanItem, Sending
from tests import dance
from tests.recommendations.test_send import attempt, make_plan, signed


@pytest.fixture
def connected(signed_in, harbor, simulators):
    dance.connect(signed_in, simulators, "harbor", "wholescripts")
    return harbor


@pytest.fixture
def sending(connected):
    return attempt(connected, signed(connected, make_plan(connected)))


def page(client, sending, name="review"):
    return client.get(f"/harbor/plans/{sending.plan_id}/{name}").content.decode()


# Where the patient orders


@pytest.mark.parametrize("name", ["review", "", "sheet"])
def test_the_order_link_stands_on_review_plan_and_sheet(signed_in, sending, name):
    number = sending.vendor_plan_id
    link = f"https://www.wholescripts.com/Recommendation/MyRecommendations/{number}"
    assert link in page(signed_in, sending, name)


def test_a_link_to_the_simulated_dispensary_is_shown(signed_in, connected, simulators):
    simulators.knob("wholescripts", link_to_simulator=True)
    sending = attempt(connected, signed(connected, make_plan(connected)))
    assert sending.link.startswith(simulators.wholescripts)
    assert sending.link in page(signed_in, sending)


# Its status


def read_again(harbor, sending, **later):
    """At so much later; the wait until it is read the next time, None for never."""
    now = timezone.now() + dt.timedelta(**later)
    with harbor.scope():
        follow_up.read_again(sending.pk, now)
    with harbor.unit():
        sending.refresh_from_db()
    return sending.not_before_at and sending.not_before_at - now


def reads(simulators):
    calls = [call for call in simulators.log("wholescripts") if call["method"] == "GET"]
    return sum("/Recommendation" in call["path"] for call in calls)


def test_the_status_is_read_after_a_quarter_of_an_hour_and_shown_with_its_age(
    signed_in, connected, sending, simulators
):
    read_again(connected, sending, minutes=14)
    assert reads(simulators) == 0
    read_again(connected, sending, minutes=16)
    assert (sending.state, sending.raw_state, sending.last_error) == ("sent", "Sent", "")
    with connected.unit():
        an_hour_ago = timezone.now() - dt.timedelta(hours=1)
        Sending.objects.update(checked_at=an_hour_ago)
    assert "Sent, as of 1\N{NO-BREAK SPACE}hour ago" in page(signed_in, sending)


def test_gaps_grow_and_after_ninety_days_nobody_asks(connected, sending, simulators):
    ages = [{"minutes": 16}, {"hours": 3}, {"days": 2}, {"days": 88}]
    gaps = [read_again(connected, sending, **age) for age in ages]
    quarter, day = dt.timedelta(minutes=15), dt.timedelta(days=1)
    assert gaps == [quarter, dt.timedelta(hours=2), day, day]
    assert read_again(connected, sending, days=89, hours=1) is None
    asked = reads(simulators)
    read_again(connected, sending, days=95)
    assert reads(simulators) == asked


def test_a_word_nobody_knows_is_kept_told_and_ends_nothing(
    signed_in, connected, sending, simulators
):
    read_again(connected, sending, minutes=16)
    simulators.act("wholescripts/status", id=int(sending.vendor_plan_id), status="Opened & Paid?")
    assert read_again(connected, sending, minutes=32) is not None
    assert sending.raw_state == "Opened & Paid?"
    shown = page(signed_in, sending)
    assert "Opened &amp; Paid?" in shown
    assert "does not tell what was bought" in shown
    with connected.unit():
        texts = list(PatientEvent.objects.values_list("text", flat=True))
    assert texts.count("Status at WholeScripts: Opened & Paid?") == 1
    assert not any("ought" in text for text in texts)


def test_a_status_that_cannot_be_read_is_not_asked_for_more_often(connected, sending, simulators):
    simulators.fault("wholescripts", "status", path="/Recommendations/", params={"code": 500})
    assert read_again(connected, sending, minutes=16) == dt.timedelta(minutes=15)
    assert "could not be read back" in sending.last_error


def test_what_becomes_somebody_elses_there_is_not_taken_in(connected, sending, simulators):
    simulators.knob("wholescripts", other_practitioner_rows=True)
    with connected.unit():
        sending.connection.email = "somebody.else@harbor.example"
        sending.connection.save()
    read_again(connected, sending, minutes=16)
    # Not among those of the address, and not by its number either.
    assert (reads(simulators), sending.raw_state) == (2, "")


def test_one_look_reads_all_that_a_patient_was_sent(connected, sending, simulators):
    with connected.unit():
        own = {"practice": connected.practice, "patient": connected.patient}
        plan = Plan.objects.create(clinician=connected.nora, **own)
        listing = sending.plan.items.get().listing
        PlanItem.objects.create(practice=connected.practice, plan=plan, listing=listing, units=3)
    other = attempt(connected, signed(connected, plan))
    assert other.state == Sending.State.SENT
    read_again(connected, sending, minutes=16)
    with connected.unit():
        other.refresh_from_db()
    assert other.raw_state == "Sent"
    assert read_again(connected, other, minutes=17) is not None
    assert reads(simulators) == 1


def test_a_patient_with_another_address_by_now_is_still_followed(connected, sending, simulators):
    with connected.unit():
        connected.patient.email = "elena.new@mail.example"
        connected.patient.save()
    read_again(connected, sending, minutes=16)
    assert sending.raw_state == "Sent"


def test_before_signing_it_says_what_will_not_be_known(signed_in, connected):
    plan = make_plan(connected)
    shown = signed_in.get(f"/harbor/plans/{plan.pk}/review").content.decode()
    assert "It cannot be recalled" in shown
    assert "does not tell what was bought" in shown
