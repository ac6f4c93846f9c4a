"""The way in, and the page a clinician opens first."""

import pytest
from django.test import Client
from django.utils import timezone

from practice import desk, tenancy, timeline
from practice.desk import Card, Line, Urgency
from practice.models import Connection
from tests.factories import ConnectionFactory, MembershipFactory, UserFactory


@pytest.fixture
def no_other_cards(monkeypatch):
    """Only what the practice app knows by itself, and what the test adds."""
    monkeypatch.setattr(desk, "_cards", [])


def titles(page):
    return [card.title for card in page.context["cards"]]


def test_one_practice_opens_at_once(clinic):
    assert clinic.bob.get("/").url == clinic.url("today")


def test_several_practices_are_offered(clinic):
    with tenancy.unit(tenancy.EVERYTHING):
        MembershipFactory(practice=clinic.elsewhere, user=clinic.members.bob.user)
    page = clinic.bob.get("/").content.decode()
    assert 'href="/bayside/"' in page
    assert 'href="/other/"' in page


def test_nobodys_practice_is_explained(db):
    browser = Client()
    browser.force_login(UserFactory(email="new@people.example"))
    page = browser.get("/").content.decode()
    assert "You are not in a practice yet" in page
    assert "new@people.example" in page
    assert "staff desk" not in page


def test_a_suspended_practice_is_not_offered(clinic):
    with clinic.open():
        clinic.here.suspended_at = timezone.now()
        clinic.here.save()
    assert "You are not in a practice yet" in clinic.bob.get("/").content.decode()
    assert clinic.bob.get(clinic.url("today")).status_code == 404


def test_a_new_practice_is_shown_three_steps(clinic):
    steps = clinic.alice.get(clinic.url("today")).context["steps"]
    assert [step.title for step in steps] == [
        "Connect a dispensary",
        "Add a patient",
        "Start a plan",
    ]
    assert not any(step.done for step in steps)


def test_the_next_step_is_the_first_that_is_not_done(clinic):
    clinic.patient()
    page = clinic.alice.get(clinic.url("today"))
    assert [step.done for step in page.context["steps"]] == [False, True, False]
    assert page.context["next_step"].title == "Connect a dispensary"


def test_the_steps_go_once_a_plan_is_started(clinic):
    patient = clinic.patient()
    with clinic.open():
        ConnectionFactory(membership=clinic.members.bob, state=Connection.State.ACTIVE)
        timeline.note(patient, "plan", "Plan started", source="plan:1", happened_at=timezone.now())
    assert clinic.alice.get(clinic.url("today")).context["steps"] == []


def test_who_may_only_read_is_not_asked_to_add(clinic):
    page = clinic.rae.get(clinic.url("today")).content.decode()
    assert clinic.url("patient-add") not in page


def test_a_broken_connection_comes_first_and_the_members_own_above_others(clinic, no_other_cards):
    with clinic.open():
        for member in (clinic.members.alice, clinic.members.bob):
            ConnectionFactory(membership=member, state=Connection.State.NEEDS_RECONNECT)
    card = clinic.bob.get(clinic.url("today")).context["cards"][0]
    assert card.title == "Connections to reconnect"
    assert [line.text for line in card.lines] == [
        "WholeScripts of Bob Brandt, MD",
        "WholeScripts of Alice Adler, ND",
    ]


def test_a_working_connection_asks_for_nothing(clinic, no_other_cards):
    with clinic.open():
        ConnectionFactory(membership=clinic.members.bob, state=Connection.State.ACTIVE)
    assert titles(clinic.bob.get(clinic.url("today"))) == ["Patients added this week"]


def test_new_patients_are_named_and_counted(clinic, no_other_cards):
    for number in range(7):
        clinic.patient(first_name=f"New{number}")
    (card,) = clinic.bob.get(clinic.url("today")).context["cards"]
    assert card.count == 7
    assert [line.text for line in card.lines][:2] == ["New6 Sample", "New5 Sample"]


def test_another_practices_patients_are_not_counted(clinic, no_other_cards):
    clinic.patient()
    (card,) = clinic.charlie.get("/other/").context["cards"]
    assert card.count == 0
    assert "Nobody was added" in clinic.charlie.get("/other/").content.decode()


def test_other_apps_add_cards_the_urgent_ones_first(clinic, no_other_cards):
    desk.add(lambda request: Card("Calm", empty="Nothing calm."))
    desk.add(lambda request: Card("Now", (Line("Look", "/x"),), urgency=Urgency.NOW))
    desk.add(lambda request: None)
    page = clinic.bob.get(clinic.url("today"))
    assert titles(page) == ["Now", "Patients added this week", "Calm"]
    assert "Nothing calm." in page.content.decode()


def test_todays_number_of_queries_does_not_grow(clinic, no_other_cards, queries):
    clinic.patient()
    with queries() as few:
        clinic.bob.get(clinic.url("today"))
    for _ in range(10):
        clinic.patient()
    with queries() as many:
        clinic.bob.get(clinic.url("today"))
    assert len(many) == len(few) <= 10
