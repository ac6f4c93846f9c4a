"""A plan made in the vendor's own frame: what the browser says is a hint, what the vendor
holds is believed."""

import pytest
from django.test import Client
from django.utils import timezone

from practice import tenancy
from practice.models import PatientLink
from recommendations import hand_over
from recommendations.models import Sending
from tests.factories import MembershipFactory, UserFactory
from tests.recommendations.hand import PRODUCT, Hand

State = Sending.State


@pytest.fixture
def nora(signed_in, harbor, simulators):
    return Hand(harbor, signed_in, simulators)


@pytest.fixture
def sending(nora):
    return nora.signed()


def links(nora):
    with nora.harbor.unit():
        return list(PatientLink.objects.values_list("vendor_patient_id", "evidence"))


def refusal(answer, status=409):
    assert answer.status_code == status
    return answer.json()["error"]


def test_a_grant_gives_a_secret_once_and_keeps_none(nora, sending):
    first = nora.post(sending, "grant")
    second = nora.post(sending, "grant")
    secrets = {first.json()["secret_token"], second.json()["secret_token"]}
    assert len(secrets) == 2
    assert "no-store" in first["Cache-Control"]
    page = nora.client.get(f"/harbor/plans/sendings/{sending.pk}/hand-over").content.decode()
    with nora.harbor.unit():
        stored = repr(Sending.objects.values().get()) + repr(vars(nora.connection))
    assert not any(secret in page + stored for secret in secrets)


def test_the_right_plan_confirms_and_links_the_patient(nora, sending):
    plan_id = nora.made_there()
    answer = nora.post(sending, "activated", plan_id=plan_id)
    assert answer.json() == {"confirmed": True}
    sending = nora.again(sending)
    assert (sending.state, sending.vendor_plan_id) == (State.CONFIRMED, plan_id)
    assert sending.differences == []
    assert links(nora) == [(nora.patient_id(), PatientLink.Evidence.PLAN)]
    assert nora.told() == ["Plan signed", "Linked at Fullscript", "Plan confirmed at Fullscript"]


def test_differences_are_listed_by_name(nora, sending):
    nora.post(sending, "activated", plan_id=nora.made_there(units=2, at_bedtime=False))
    (row,) = nora.again(sending).differences
    assert (row["name"], row["kind"], row["what"]) == (PRODUCT, "changed", ["units", "dose"])
    assert (row["ours"]["units"], row["theirs"]["units"]) == (1, 2)


def test_a_second_post_changes_nothing(nora, sending):
    plan_id = nora.made_there()
    for _ in range(2):
        assert nora.post(sending, "activated", plan_id=plan_id).status_code == 200
    assert len(links(nora)) == 1
    assert nora.told().count("Plan confirmed at Fullscript") == 1


def test_a_second_plan_does_not_replace_the_first(nora, sending):
    first, second = nora.made_there(), nora.made_there()
    nora.post(sending, "activated", plan_id=first)
    words = refusal(nora.post(sending, "activated", plan_id=second))
    assert "Another plan was confirmed already" in words
    assert nora.again(sending).vendor_plan_id == first


def test_the_browser_and_a_webhook_may_tell_of_it_at_once(nora, sending):
    nora.link()
    plan_id = nora.made_there()
    slow = nora.again(sending)
    nora.post(sending, "activated", plan_id=plan_id)
    with nora.harbor.scope():
        hand_over.activated(slow, plan_id, timezone.now())
    assert nora.told().count("Plan confirmed at Fullscript") == 1


def test_one_plan_confirms_one_sending(nora, sending):
    plan_id = nora.made_there()
    other = nora.signed()
    nora.post(sending, "activated", plan_id=plan_id)
    refusal(nora.post(other, "activated", plan_id=plan_id))
    assert nora.again(other).state == State.HAND_OVER


def test_a_colleagues_plan_is_not_believed(nora, sending):
    words = refusal(nora.post(sending, "activated", plan_id=nora.made_there(by="Samuel")))
    assert "belongs to another practitioner" in words
    assert (nora.again(sending).state, links(nora)) == (State.HAND_OVER, [])


def test_a_plan_for_somebody_else_is_not_believed(nora, sending):
    words = refusal(nora.post(sending, "activated", plan_id=nora.made_there("Theo")))
    assert "does not match Elena Marsh" in words
    assert (nora.again(sending).state, links(nora)) == (State.HAND_OVER, [])


def test_a_plan_for_another_than_the_linked_patient_is_not_believed(nora, sending):
    nora.link()
    words = refusal(nora.post(sending, "activated", plan_id=nora.made_there("Theo")))
    assert "made for another patient" in words


def test_a_patient_linked_to_another_of_ours_is_not_believed(nora):
    nora.link()
    twin = nora.another_patient(first_name="Elena", last_name="Marsh", birth_date="1984-03-09")
    sending = nora.signed(nora.plan(twin))
    words = refusal(nora.post(sending, "activated", plan_id=nora.made_there()))
    assert "linked to another of your patients" in words


def test_a_cancelled_plan_is_not_believed(nora, sending, simulators):
    plan_id = nora.made_there()
    simulators.act("fullscript/cancel-plan", plan_id=plan_id)
    assert "is cancelled" in refusal(nora.post(sending, "activated", plan_id=plan_id))


def test_an_unknown_plan_is_not_believed(nora, sending):
    assert "does not know" in refusal(nora.post(sending, "activated", plan_id="no-such-plan"))


@pytest.mark.parametrize("fields", [{}, {"plan_id": ""}, {"plan_id": "  "}, {"plan": "1"}])
def test_a_post_that_names_no_plan_is_refused(nora, sending, fields):
    assert "No plan was named" in refusal(nora.post(sending, "activated", **fields), 400)


def test_a_vendor_that_is_down_is_said_and_it_can_be_tried_again(nora, sending, simulators):
    plan_id = nora.made_there()
    simulators.fault("fullscript", "status", times=2, path="/clinic/", params={"code": 500})
    assert refusal(nora.post(sending, "grant"), 503)
    assert refusal(nora.post(sending, "activated", plan_id=plan_id), 503)
    assert nora.post(sending, "activated", plan_id=plan_id).status_code == 200


def test_a_colleague_finds_nothing(nora, sending):
    with tenancy.unit(tenancy.EVERYTHING):
        sam = MembershipFactory(practice=nora.harbor.practice, user=UserFactory())
    browser = Client()
    browser.force_login(sam.user)
    url = f"/harbor/plans/sendings/{sending.pk}/"
    for what in ("grant", "activated", "by-hand"):
        assert browser.post(url + what).status_code == 404
    assert browser.get(url + "hand-over").status_code == 404
