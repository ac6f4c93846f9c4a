"""What the reference leaves open about plans and links (section 14): both answers are handled."""

import datetime as dt
from decimal import Decimal

import pytest
from django.utils import timezone

from practice.vendors.contract import Dose, PlanLine, Slot
from practice.vendors.fullscript import dosage, payloads, vocabulary
from recommendations import find_there
from recommendations.models import PlanItem, Sending
from tests.recommendations.conftest import harbor, signed_in  # noqa: F401
from tests.recommendations.hand import GRANTED, Hand

State = Sending.State


@pytest.fixture
def nora(signed_in, harbor, simulators, settings):  # noqa: F811
    settings.VENDOR_RIGHTS = {"fullscript": GRANTED}
    simulators.configure("fullscript", granted=GRANTED)
    hand = Hand(harbor, signed_in, simulators)
    hand.link()
    return hand


@pytest.fixture
def by_hand(nora, settings, simulators):
    """Nora without the right to write plans by API."""
    settings.VENDOR_RIGHTS = {"fullscript": []}
    return nora


def creations(simulators):
    log = simulators.log("fullscript")
    return [c for c in log if c["method"] == "POST" and c["path"].endswith("/treatment_plans")]


# 14. Idempotency of creates


def test_unknown_14_a_create_that_arrived_is_found_and_never_repeated(nora, simulators):
    simulators.fault("fullscript", "reset_after", method="POST", path="/treatment_plans$")
    sending = nora.look_up(nora.attempt(nora.signed()))
    assert sending.state == State.CONFIRMED
    assert len(creations(simulators)) == len(nora.held("plans")) == 1


def test_unknown_14_a_create_that_never_arrived_waits_for_a_person(nora, simulators):
    simulators.fault("fullscript", "reset_before", method="POST", path="/treatment_plans$")
    sending = nora.attempt(nora.signed())
    for later in (31, 200, 900, 9000):
        sending = nora.look_up(sending, later)
    assert sending.state == State.NEEDS_REVIEW
    assert nora.held("plans") == {}


def test_unknown_14_a_request_in_progress_is_looked_up(nora, simulators):
    """409, as one client tells of: refused without a plan, and nothing is sent a second time."""
    answer = {"code": 409, "body": {"error": "Request in progress"}}
    simulators.fault("fullscript", "status", method="POST", path="/treatment_plans$", params=answer)
    sending = nora.attempt(nora.signed())
    assert sending.state in (State.REFUSED, State.UNKNOWN)
    assert nora.held("plans") == {}


# 17. Where a link's answer names the patient


@pytest.mark.parametrize(
    "place", ["patient.id", "dynamic_links.patient_id", "patient_id", "nowhere"]
)
@pytest.mark.parametrize("url", ["top", "nested"])
def test_unknown_17_the_plan_is_found_wherever_the_patient_is_named(
    by_hand, simulators, place, url
):
    simulators.knob("fullscript", link_patient_id=place, link_url=url)
    sending = by_hand.signed()
    by_hand.client.post(f"/harbor/plans/sendings/{sending.pk}/open")
    named = by_hand.again(sending).there_patient_id
    assert named == ("" if place == "nowhere" else by_hand.patient_id())
    plan_id = by_hand.made_there()
    with by_hand.harbor.scope():
        find_there.search(sending.pk, timezone.now() + dt.timedelta(seconds=31))
    assert by_hand.again(sending).vendor_plan_id == plan_id


# 19. Native types in requests


@pytest.mark.parametrize("strings_only", [True, False])
def test_unknown_19_requests_hold_strings_and_either_answer_is_read(nora, simulators, strings_only):
    simulators.knob("fullscript", strings_only=strings_only)
    plan = nora.plan()
    with nora.harbor.unit():
        PlanItem.objects.filter(plan=plan).update(units=3)
    sending = nora.attempt(nora.signed(plan))
    (held,) = nora.held("plans").values()
    assert (sending.state, sending.differences) == (State.CONFIRMED, [])
    assert held["recommendations"][0]["units_to_purchase"] == 3


@pytest.mark.parametrize("units", [3, "3", "3.0"])
def test_unknown_19_units_are_read_as_numbers_or_texts(units):
    found = {"id": "p", "recommendations": [{"variant_id": "v", "units_to_purchase": units}]}
    assert payloads.held_plan(found).lines[0].units == 3


# 20. Dosage vocabulary


@pytest.mark.parametrize("strict", [True, False])
def test_unknown_20_only_listed_words_are_sent_and_the_rest_in_words(nora, simulators, strict):
    simulators.knob("fullscript", strict_vocabulary=strict)
    plan = nora.plan()
    with nora.harbor.unit():
        item = plan.items.get()
        item.doses.update(quantity=Decimal("2.5"), slot=Slot.MID_MORNING)
    sending = nora.attempt(nora.signed(plan))
    (held,) = nora.held("plans").values()
    written = held["recommendations"][0]["dosage"]
    assert written["amount"] is None
    assert "2.5" in written["additional_info"]
    assert (sending.state, sending.differences) == (State.CONFIRMED, [])


@pytest.mark.parametrize("amount", ["1-2", "2", "1/2", "a pinch", ""])
def test_unknown_20_a_word_that_is_not_listed_is_read_as_it_stands(amount):
    words = {"amount": amount, "frequency": "once per fortnight"}
    line = payloads.held_plan(
        {"id": "p", "recommendations": [{"variant_id": "v", "dosage": words}]}
    ).lines[0]
    assert line.doses == ()
    assert amount in line.sig


def test_unknown_20_every_word_that_is_written_is_listed():
    doses = [Dose(slot, Decimal(n), True) for slot in Slot for n in ("0.5", "1", "3")]
    for dose in doses:
        for form in ("capsule", "Softgels", "drop"):
            fields = dosage.write(PlanLine(sku="v", doses=(dose,), dose_form=form)).dosage
            assert fields.get("amount") in (None, *vocabulary.AMOUNTS.values())
            assert fields.get("frequency") in (None, *vocabulary.FREQUENCIES.values())
            assert set(fields.get("time_of_day", [])) <= set(vocabulary.TIMES.values())
            assert fields.get("format") in (None, *vocabulary.FORMATS)


# 27. How long until a list shows a plan made through a link


def test_unknown_27_a_plan_that_shows_at_once_is_found_at_the_first_look(by_hand):
    sending = by_hand.signed()
    by_hand.client.post(f"/harbor/plans/sendings/{sending.pk}/open")
    by_hand.made_there()
    with by_hand.harbor.scope():
        find_there.search(sending.pk, timezone.now() + dt.timedelta(seconds=31))
    assert by_hand.again(sending).state == State.CONFIRMED


def test_unknown_27_a_plan_that_shows_later_is_found_later(by_hand, simulators):
    simulators.knob("fullscript", list_delay_seconds=3600)
    sending = by_hand.signed()
    by_hand.client.post(f"/harbor/plans/sendings/{sending.pk}/open")
    plan_id = by_hand.made_there()
    with by_hand.harbor.scope():
        find_there.search(sending.pk, timezone.now() + dt.timedelta(seconds=31))
    waiting = by_hand.again(sending)
    assert (waiting.state, waiting.look_ups) == (State.HAND_OVER, 1)
    simulators.knob("fullscript", list_delay_seconds=0)
    with by_hand.harbor.scope():
        find_there.search(sending.pk, waiting.not_before_at)
    assert by_hand.again(sending).vendor_plan_id == plan_id


def test_unknown_27_a_webhook_is_faster_than_the_list(by_hand, simulators):
    simulators.knob("fullscript", list_delay_seconds=3600)
    sending = by_hand.signed()
    by_hand.client.post(f"/harbor/plans/sendings/{sending.pk}/open")
    plan_id = by_hand.made_there()
    by_hand.take_note(plan_id)
    assert by_hand.again(sending).vendor_plan_id == plan_id
