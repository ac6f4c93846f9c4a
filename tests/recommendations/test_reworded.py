"""A signed plan goes as it was reviewed or not at all: words may be closed in between."""

import pytest
from django.utils import timezone

from practice import tenancy
from practice.models import VendorWord
from practice.vendors.contract import Slot
from recommendations.models import Dose, PackPill, Sending
from tests import dance
from tests.factories import staff_user
from tests.recommendations.test_send import attempt, make_plan, recommendations, signed

State = Sending.State


@pytest.fixture
def connected(signed_in, harbor, simulators):
    simulators.knob("wholescripts", strict_words=False)
    dance.connect(signed_in, simulators, "harbor", "wholescripts")
    return harbor


def close():
    """Withdraws the word that the plan was signed with."""
    with tenancy.unit(tenancy.EVERYTHING):
        VendorWord.objects.update(state=VendorWord.State.WITHDRAWN)


def opened(term):
    with tenancy.unit(tenancy.EVERYTHING):
        VendorWord.objects.create(
            vendor="wholescripts",
            term=term,
            word="Noon",
            meaning="midday",
            state="open",
            verified_by=staff_user(email="op@staff.example"),
            verified_at=timezone.now(),
            evidence="Their letter",
        )


@pytest.fixture
def sending(connected):
    """One with a dose at midday, signed while that was a word."""
    opened("time")
    plan = make_plan(connected)
    with connected.unit():
        Dose.objects.filter(slot=Slot.EVENING).update(slot=Slot.MIDDAY)
    return signed(connected, plan)


def press(client, sending, reads):
    where = f"/harbor/plans/sendings/{sending.pk}/reworded"
    return client.post(where, {"reads": reads}, follow=True)


def page(client, sending):
    return client.get(f"/harbor/plans/{sending.plan_id}/review")


def shown(answer):
    [sending] = answer.context["sendings"]
    return [now.text for _, _, now in sending.rewordings]


def test_it_goes_while_its_words_are_open(connected, sending, simulators):
    assert attempt(connected, sending).state == State.SENT
    assert recommendations(simulators)[0]["body"]["Items"][0]["Dosing"] == "1-AM|2-Noon"


def test_a_word_withdrawn_since_holds_it_back(connected, sending, simulators):
    close()
    assert attempt(connected, sending).state == State.NEEDS_REVIEW
    assert sending.question == Sending.Question.WORDS
    assert "It was not sent." in sending.last_error
    assert recommendations(simulators) == []


def test_the_clinician_sees_both_wordings_and_signs_the_new_one(
    signed_in, connected, sending, simulators
):
    close()
    attempt(connected, sending)
    asked = page(signed_in, sending)
    assert "1-AM|2-Noon" in asked.content.decode()
    press(signed_in, sending, shown(asked))
    assert attempt(connected, sending).state == State.SENT
    [held] = recommendations(simulators)
    assert held["body"]["Items"][0]["Dosing"] == ""
    assert "midday" in held["body"]["Items"][0]["Notes"]


def test_other_words_than_were_shown_are_not_signed(signed_in, connected, sending):
    close()
    attempt(connected, sending)
    answer = press(signed_in, sending, ["Something else"])
    assert "reads otherwise again by now" in answer.content.decode()
    with connected.unit():
        sending.refresh_from_db()
    assert sending.state == State.NEEDS_REVIEW


def test_sending_again_by_another_way_is_held_back_again(signed_in, connected, sending, simulators):
    close()
    attempt(connected, sending)
    signed_in.post(f"/harbor/plans/sendings/{sending.pk}/again")
    assert attempt(connected, sending).question == Sending.Question.WORDS
    assert recommendations(simulators) == []


def test_a_packet_that_has_no_word_any_more_cannot_be_signed(signed_in, connected, simulators):
    opened("packet")
    plan = make_plan(connected)
    with connected.unit():
        PackPill.objects.update(slot=Slot.MIDDAY)
    sending = signed(connected, plan)
    close()
    assert attempt(connected, sending).state == State.NEEDS_REVIEW
    asked = page(signed_in, sending)
    assert "makes no packet to take" in asked.content.decode()
    assert "Sign it as it reads now" not in asked.content.decode()
    press(signed_in, sending, shown(asked))
    assert attempt(connected, sending).state == State.NEEDS_REVIEW
    assert recommendations(simulators) == []
