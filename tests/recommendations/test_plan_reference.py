"""The short reference of a plan: on the sheet, at the vendor, and the witness of a lost send."""

import re

import pytest

from practice.vendors.wholescripts import payloads
from recommendations import follow_up, outgoing
from recommendations.models import Plan, Sending
from tests import dance
from tests.recommendations.test_send import attempt, make_plan, recommendations, signed

State = Sending.State
LOST = {"method": "POST", "path": "/Recommendations$"}


@pytest.fixture
def connected(signed_in, harbor, simulators):
    dance.connect(signed_in, simulators, "harbor", "wholescripts")
    return harbor


@pytest.fixture
def plan(connected):
    return make_plan(connected)


def now_of(harbor, row):
    with harbor.unit():
        row.refresh_from_db()
    return row


def change(harbor, plan, **values):
    with harbor.unit():
        Plan.objects.filter(pk=plan.pk).update(**values)


def elsewhere(simulators, body, **other):
    """The same made at the vendor itself."""
    simulators.act("wholescripts/recommendation", practitioner=dance.NORA, body=body | other)


def test_sheet_and_vendor_show_the_same_reference(signed_in, connected, plan, simulators):
    change(connected, plan, message="Twice a day.")
    attempt(connected, signed(connected, plan))
    reference = now_of(connected, plan).reference
    assert re.fullmatch(r"[2-9A-HJKMNP-TV-Z]{4}-[2-9A-HJKMNP-TV-Z]{3}", reference)
    assert recommendations(simulators)[0]["body"]["Notes"] == f"Twice a day. Ref. {reference}"
    assert reference in signed_in.get(f"/harbor/plans/{plan.pk}/sheet").content.decode()


def test_a_draft_has_none(signed_in, connected, plan):
    assert "Ref." not in signed_in.get(f"/harbor/plans/{plan.pk}/sheet").content.decode()


def test_a_message_without_room_for_it_is_refused_and_not_cut(
    signed_in, connected, plan, simulators
):
    room = 500 - len(" Ref. 0000-000")
    change(connected, plan, message="x" * (room + 1))
    words = signed_in.get(f"/harbor/plans/{plan.pk}/review").content.decode()
    assert "The message, with the plan&#x27;s reference behind it: 501 characters" in words
    change(connected, plan, message="x" * room)
    attempt(connected, signed(connected, plan))
    assert len(recommendations(simulators)[0]["body"]["Notes"]) == 500


def test_of_two_equal_ones_the_reference_tells_which(connected, plan, simulators):
    simulators.fault("wholescripts", "reset_after", **LOST)
    sending = attempt(connected, signed(connected, plan))
    [ours] = recommendations(simulators)
    elsewhere(simulators, ours["body"], Notes="")
    elsewhere(simulators, ours["body"], Notes="Ref. 2222-222")
    sending = attempt(connected, sending, follow_up.look_up, later=31)
    assert (sending.state, sending.vendor_plan_id) == (State.SENT, str(ours["id"]))


def test_one_with_another_plans_reference_is_not_it(connected, plan, simulators):
    simulators.fault("wholescripts", "reset_before", **LOST)
    sending = attempt(connected, signed(connected, plan))
    with connected.unit():
        body = payloads.write_plan(outgoing.load(sending.pk)[1])
    elsewhere(simulators, body, Notes="Ref. 2222-222")
    sending = attempt(connected, sending, follow_up.look_up, later=31)
    assert (sending.state, sending.vendor_plan_id) == (State.UNKNOWN, "")


def test_a_plan_from_before_goes_by_its_fingerprint(connected, plan, simulators):
    sending = signed(connected, plan)
    change(connected, plan, reference="")
    simulators.fault("wholescripts", "reset_after", **LOST)
    sending = attempt(connected, sending)
    sending = attempt(connected, sending, follow_up.look_up, later=31)
    assert sending.state == State.SENT
    assert recommendations(simulators)[0]["body"]["Notes"] == ""
