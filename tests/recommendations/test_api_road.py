"""A plan sent by API to a vendor that keeps patients of its own, and read back."""

import pytest
from django.utils import timezone

from practice import link, tenancy
from recommendations import compare, sign
from recommendations.models import Plan, Sending
from tests.recommendations.hand import GRANTED, PRODUCT, Hand

State = Sending.State


@pytest.fixture
def nora(signed_in, harbor, simulators, settings):
    settings.VENDOR_RIGHTS = {"fullscript": GRANTED}
    simulators.configure("fullscript", granted=GRANTED)
    return Hand(harbor, signed_in, simulators)


def posted(simulators):
    log = simulators.log("fullscript")
    return [c for c in log if c["method"] == "POST" and c["path"].endswith("/treatment_plans")]


def test_an_unlinked_patient_stops_the_signing_and_the_review_leads_to_the_link(nora):
    plan = nora.plan()
    with pytest.raises(sign.NotReady, match="not linked to a Fullscript patient"):
        nora.signed(plan)
    words = nora.client.get(f"/harbor/plans/{plan.pk}/review").content.decode()
    way = f"/harbor/patients/{plan.patient_id}/at/fullscript/?next=/harbor/plans/{plan.pk}/review"
    assert way in words


def test_the_review_says_that_the_vendor_writes_to_the_patient_in_any_case(nora, simulators):
    nora.link()
    plan = nora.plan()
    with nora.harbor.unit():
        Plan.objects.update(notify_patient=False)
    words = nora.client.get(f"/harbor/plans/{plan.pk}/review").content.decode()
    assert "It does so in any case" in words
    assert "sends no e-mail" not in words
    nora.attempt(nora.signed(plan))
    assert [mail["to"] for mail in simulators.mail()] == [nora.harbor.patient.email]


def test_a_signed_plan_is_active_there_carries_our_number_and_is_read_back(nora, simulators):
    nora.link()
    sending = nora.attempt(nora.signed())
    [plan] = nora.held("plans").values()
    assert (plan["state"], plan["metadata"]["id"]) == ("active", sending.reference)
    assert plan["patient_id"] == nora.patient_id()
    assert (sending.state, sending.differences) == (State.CONFIRMED, [])
    assert nora.told()[-2:] == ["Plan sent to Fullscript", "Plan confirmed at Fullscript"]


def test_what_the_vendor_holds_otherwise_is_shown_by_name(nora, simulators):
    nora.link()
    sending = nora.signed()
    line = {"variant_id": nora.sku, "units_to_purchase": 3, "dosage": {}}
    changed = {
        "treatment_plan": {
            "id": "x", "state": "active", "patient": {"id": "1"}, "recommendations": [line]
        }
    }  # fmt: skip
    simulators.fault(
        "fullscript",
        "status",
        method="GET",
        path="/clinic/treatment_plans/",
        params={"code": 200, "body": changed},
    )
    sending = nora.attempt(sending)
    assert sending.state == State.CONFIRMED
    assert compare.sentence(sending.differences[0]).startswith(
        f"{PRODUCT}: 3 to buy there instead of 1; reads “no dose” there"
    )


def test_without_being_read_back_it_is_sent_all_the_same(nora, simulators):
    nora.link()
    simulators.fault("fullscript", "status", method="GET", path="/clinic/treatment_plans/")
    sending = nora.attempt(nora.signed())
    assert sending.state == State.SENT
    assert "could not be read back" in sending.last_error
    words = nora.client.get(f"/harbor/plans/{sending.plan_id}/review").content.decode()
    assert "could not be read back" in words


def test_a_lost_reply_is_found_by_our_number_and_not_sent_twice(nora, simulators):
    nora.link()
    simulators.fault("fullscript", "reset_after", method="POST", path="/treatment_plans$")
    sending = nora.attempt(nora.signed())
    assert sending.state == State.UNKNOWN
    sending = nora.look_up(sending)
    assert sending.state == State.CONFIRMED
    [plan] = nora.held("plans")
    assert sending.vendor_plan_id == plan
    assert len(posted(simulators)) == 1


def test_a_request_that_never_arrived_is_left_to_a_person(nora, simulators):
    nora.link()
    simulators.fault("fullscript", "reset_before", method="POST", path="/treatment_plans$")
    sending = nora.attempt(nora.signed())
    for later in (31, 200, 900):
        sending = nora.look_up(sending, later)
    assert sending.state == State.NEEDS_REVIEW
    assert nora.held("plans") == {}


def test_a_patient_unlinked_while_it_is_unknown_leaves_it_to_a_person(nora, simulators):
    made = nora.link()
    simulators.fault("fullscript", "reset_before", method="POST", path="/treatment_plans$")
    sending = nora.attempt(nora.signed())
    with nora.harbor.unit():
        link.undo(made, nora.harbor.nora, timezone.now())
    for later in (31, 200, 900):
        sending = nora.look_up(sending, later)
    assert sending.state == State.NEEDS_REVIEW


def test_a_refusal_keeps_the_vendors_words(nora, simulators):
    nora.link()
    nora.listing.sku = "no-such-variant"
    with tenancy.unit(tenancy.EVERYTHING):
        nora.listing.save()
    sending = nora.attempt(nora.signed())
    assert (sending.state, sending.last_error) == (State.REFUSED, "Variant must exist")


@pytest.fixture
def refused(nora, simulators):
    """Signed while the right was held, attempted after it was taken away."""
    nora.link()
    sending = nora.signed()
    simulators.configure("fullscript", granted=["products"])
    return nora.attempt(sending)


def test_a_right_that_was_taken_away_is_said_and_nothing_is_retried(nora, refused):
    assert refused.state == State.REFUSED
    assert "does not let Regimen send plans" in refused.last_error
    assert "own frame instead" in refused.last_error
    assert nora.held("plans") == {}
    assert nora.attempt(refused, later=5000).state == State.REFUSED


def test_what_was_refused_may_be_activated_in_the_frame(nora, refused):
    words = nora.client.get(f"/harbor/plans/{refused.plan_id}/review").content.decode()
    assert "Activate in Fullscript instead" in words
    answer = nora.client.post(f"/harbor/plans/sendings/{refused.pk}/by-hand")
    assert answer.url == f"/harbor/plans/sendings/{refused.pk}/hand-over"
    assert nora.client.get(answer.url).status_code == 200
    nora.post(refused, "activated", plan_id=nora.made_there())
    sending = nora.again(refused)
    assert (sending.state, sending.road) == (State.CONFIRMED, Sending.Road.HAND_OVER)


def test_what_was_not_refused_may_not_be_handed_over(nora):
    nora.link()
    sending = nora.attempt(nora.signed())
    nora.client.post(f"/harbor/plans/sendings/{sending.pk}/by-hand")
    assert nora.again(sending).state == State.CONFIRMED


def test_a_patient_unlinked_after_signing_is_not_sent(nora):
    made = nora.link()
    sending = nora.signed()
    with nora.harbor.unit():
        link.undo(made, nora.harbor.nora, timezone.now())
    sending = nora.attempt(sending)
    assert sending.state == State.REFUSED
    assert "not linked" in sending.last_error
