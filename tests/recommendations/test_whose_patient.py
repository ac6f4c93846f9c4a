"""A patient at WholeScripts is one practitioner's: asked before signing and before sending."""

import pytest

from practice.models import PatientEvent
from recommendations.models import Plan, Sending
from tests import dance
from tests.factories import MembershipFactory
from tests.recommendations.test_send import attempt, make_plan, recommendations, signed

THEIRS = "a.kowalska@post.example"
NEW = "new.person@mail.example"
WORDS = '{"success": false, "msg": "Registered with a different practitioner: Dr. Grey"}'


@pytest.fixture
def connected(signed_in, harbor, simulators):
    dance.connect(signed_in, simulators, "harbor", "wholescripts")
    return harbor


@pytest.fixture
def plan(connected):
    return make_plan(connected)


@pytest.fixture
def code(simulators):
    """`code|name` of one of Nora's, as the form has it."""
    found = simulators.holds("wholescripts")["referral_codes"][dance.NORA][0]
    return f"{found['ref_code']}|{found['ref_name']}"


def address(harbor, email):
    with harbor.unit():
        harbor.patient.email = email
        harbor.patient.save()


def press(client, plan, **data):
    return client.post(f"/harbor/plans/{plan.pk}/sign", {"packs_confirmed": "yes"} | data)


def sending_of(harbor, plan):
    with harbor.unit():
        return Sending.objects.filter(plan=plan).first()


def test_a_patient_of_somebody_else_stops_the_signing(signed_in, connected, plan, simulators):
    address(connected, THEIRS)
    answer = press(signed_in, plan)
    assert answer.status_code == 422
    assert "This patient cannot be linked" in answer.content.decode()
    with connected.unit():
        assert Plan.objects.get(pk=plan.pk).is_draft
    assert (sending_of(connected, plan), recommendations(simulators)) == (None, [])


@pytest.mark.parametrize("given", ["", "HARBOR15", "STRANGER|SOMEBODY", "|"])
def test_a_new_patient_is_given_one_of_our_own_codes(signed_in, connected, plan, given):
    address(connected, NEW)
    answer = press(signed_in, plan, **{"referral-wholescripts": given})
    assert answer.status_code == 422
    assert "Choose one of your referral codes" in answer.content.decode()
    assert sending_of(connected, plan) is None


def test_the_chosen_code_goes_with_a_new_patient(signed_in, connected, plan, simulators, code):
    address(connected, NEW)
    assert press(signed_in, plan, **{"referral-wholescripts": code}).status_code == 302
    attempt(connected, sending_of(connected, plan))
    [held] = recommendations(simulators)
    assert f"{held['body']['ref_code']}|{held['body']['ref_name']}" == code


def test_a_known_patient_is_given_none(signed_in, connected, plan, simulators, code):
    press(signed_in, plan, **{"referral-wholescripts": code})
    attempt(connected, sending_of(connected, plan))
    [held] = recommendations(simulators)
    assert (held["body"]["ref_code"], held["body"]["ref_name"]) == ("", "")


def test_who_signed_up_meanwhile_is_given_none(signed_in, connected, plan, simulators, code):
    address(connected, NEW)
    press(signed_in, plan, **{"referral-wholescripts": code})
    simulators.act(
        "wholescripts/register", email=NEW, first_name="N", last_name="P", practitioner=dance.NORA
    )
    attempt(connected, sending_of(connected, plan))
    assert recommendations(simulators)[0]["body"]["ref_code"] == ""


def test_a_silent_vendor_does_not_keep_a_plan_from_being_signed(
    signed_in, connected, plan, simulators
):
    simulators.fault("wholescripts", "status", path="PractitionerPatients", params={"code": 500})
    assert press(signed_in, plan).status_code == 302
    assert sending_of(connected, plan).state == Sending.State.QUEUED


@pytest.fixture
def held_back(signed_in, connected, plan, simulators):
    """A new patient's plan that was signed while the vendor was silent."""
    address(connected, NEW)
    simulators.fault("wholescripts", "status", path="PractitionerPatients", params={"code": 500})
    press(signed_in, plan)
    return attempt(connected, sending_of(connected, plan))


def choose(client, sending, code):
    return client.post(f"/harbor/plans/sendings/{sending.pk}/referral", {"referral": code})


def test_a_new_patient_without_a_code_is_asked_about_before_anything_is_sent(
    signed_in, held_back, simulators
):
    assert (held_back.state, held_back.question) == ("needs_review", "referral")
    page = signed_in.get(f"/harbor/plans/{held_back.plan_id}/review").content.decode()
    assert "A referral code is wanted" in page
    assert recommendations(simulators) == []


def test_the_code_is_chosen_on_the_sendings_page_and_it_goes_on(
    signed_in, connected, held_back, simulators, code
):
    page = signed_in.get(f"/harbor/plans/sendings/{held_back.pk}/referral").content.decode()
    assert f'value="{code}"' in page
    assert choose(signed_in, held_back, code).status_code == 302
    assert attempt(connected, held_back).state == Sending.State.SENT
    [held] = recommendations(simulators)
    assert f"{held['body']['ref_code']}|{held['body']['ref_name']}" == code


@pytest.mark.parametrize("given", ["", "STRANGER|SOMEBODY"])
def test_only_an_own_code_lets_it_go(signed_in, connected, plan, held_back, given):
    answer = choose(signed_in, held_back, given)
    assert answer.status_code == 422
    assert sending_of(connected, plan).state == Sending.State.NEEDS_REVIEW


def test_who_signed_up_meanwhile_is_sent_on_without_a_code(
    signed_in, connected, held_back, simulators
):
    simulators.act(
        "wholescripts/register", email=NEW, first_name="N", last_name="P", practitioner=dance.NORA
    )
    choose(signed_in, held_back, "")
    assert attempt(connected, held_back).state == Sending.State.SENT
    assert recommendations(simulators)[0]["body"]["ref_code"] == ""


def test_a_vendor_that_is_silent_again_keeps_it_waiting(
    signed_in, connected, plan, held_back, simulators, code
):
    simulators.fault("wholescripts", "status", path="PractitionerPatients", params={"code": 500})
    answer = choose(signed_in, held_back, code)
    assert "The codes could not be read" in answer.content.decode()
    assert sending_of(connected, plan).state == Sending.State.NEEDS_REVIEW


def test_nobody_elses_connection_asks(client, connected, plan, simulators):
    with connected.unit():
        colleague = MembershipFactory(practice=connected.practice)
    client.force_login(colleague.user)
    simulators.clear_log("wholescripts")
    assert press(client, plan).status_code == 422
    standing = client.get(f"/harbor/plans/{plan.pk}/review/standing/wholescripts")
    assert "is asked about the patient when Nora" in standing.content.decode()
    assert simulators.log("wholescripts") == []


def test_words_of_whose_patient_it_is_are_not_kept(connected, plan, simulators):
    """Said only to the sending itself; the next look says the same without words."""
    params = {"code": 200, "body": WORDS}
    simulators.fault("wholescripts", "status", method="POST", path="dations$", params=params)
    simulators.fault("wholescripts", "status", path="rPatients", after=1, params=params)
    sending = attempt(connected, signed(connected, plan))
    assert sending.state == Sending.State.REFUSED
    assert "cannot be linked" in sending.last_error
    with connected.unit():
        told = list(PatientEvent.objects.values_list("text", "detail"))
    assert "Grey" not in f"{told} {sending.last_error}"


def test_a_refusal_that_cannot_be_told_apart_keeps_no_words(connected, plan, simulators):
    params = {"code": 200, "body": WORDS}
    simulators.fault("wholescripts", "status", method="POST", path="dations$", params=params)
    failing = {"code": 500}
    simulators.fault("wholescripts", "status", path="rPatients", after=1, params=failing)
    sending = attempt(connected, signed(connected, plan))
    assert "Grey" not in sending.last_error
    assert sending.state == Sending.State.REFUSED
