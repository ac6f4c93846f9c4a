"""A plan made in the vendor's own tab: a fresh link each time, kept nowhere, and the plan found."""

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from practice import tenancy
from practice.models import Connection, PatientLink
from recommendations import find_there, open_there, tasks
from recommendations.models import Sending
from tests import dance
from tests.factories import MembershipFactory, UserFactory
from tests.recommendations.hand import Hand

State = Sending.State
STAFF = "ivy.brandt@harbor-integrative.example"


@pytest.fixture
def nora(signed_in, harbor, simulators):
    return Hand(harbor, signed_in, simulators)


@pytest.fixture
def sending(nora):
    return nora.signed()


def opened(nora, sending, **data):
    return nora.client.post(f"/harbor/plans/sendings/{sending.pk}/open", data)


def links(nora):
    return list(nora.held("links").values())


def find(nora, sending, later=31):
    with nora.harbor.scope():
        find_there.search(sending.pk, timezone.now() + dt.timedelta(seconds=later))
    return nora.again(sending)


# Opening


def test_a_press_leads_to_the_vendor_by_a_link_of_its_own(nora, sending, simulators):
    first, second = opened(nora, sending), opened(nora, sending)
    assert (first.status_code, second.status_code) == (303, 303)
    assert first["Location"] != second["Location"]
    assert first["Location"].startswith(simulators.fullscript)
    assert first["Referrer-Policy"] == "no-referrer"
    assert "no-store" in first["Cache-Control"]


def test_a_link_stands_in_no_row_log_or_page(nora, sending, caplog):
    url = opened(nora, sending)["Location"]
    key = url.rsplit("/", 1)[1]
    page = nora.client.get(f"/harbor/plans/sendings/{sending.pk}/hand-over").content.decode()
    with nora.harbor.unit():
        stored = repr(list(Sending.objects.values())) + repr(vars(nora.connection))
    assert not any(key in held for held in (page, stored, caplog.text))


def test_the_patient_is_named_and_nobody_is_welcomed_unasked(nora, sending):
    opened(nora, sending)
    opened(nora, sending, welcome="on")
    first, second = (link["suggestion"] for link in links(nora))
    assert (first["first_name"], first["last_name"]) == ("Elena", "Marsh")
    assert first["external_id"] == f"patient-{nora.harbor.patient.pk}"
    assert (first["send_welcome_email"], second["send_welcome_email"]) == ("false", "true")
    assert "mobile_number" not in first
    assert nora.held("effects")["welcome_mails"] == []


def test_a_linked_patient_is_opened_by_number(nora, sending):
    nora.link()
    opened(nora, sending)
    (link,) = links(nora)
    assert link["suggestion"]["id"] == link["patient_id"] == nora.patient_id()


def test_a_link_to_somewhere_else_is_not_followed(nora, sending, simulators):
    elsewhere = {"redirect_url": "https://evil.example/plans/1"}
    simulators.fault("fullscript", "status", path="links", params={"code": 200, "body": elsewhere})
    answer = opened(nora, sending)
    assert answer.status_code == 503
    assert "evil.example" not in answer.content.decode()
    assert nora.again(sending).opened_at is None


def test_a_vendor_that_is_down_is_said_in_the_new_tab(nora, sending, simulators):
    simulators.fault("fullscript", "status", path="links", params={"code": 503})
    answer = opened(nora, sending)
    assert answer.status_code == 503
    assert "close this tab" in answer.content.decode()


def test_forms_of_that_page_alone_may_lead_there(nora, sending, simulators):
    page = nora.client.get(f"/harbor/plans/sendings/{sending.pk}/hand-over")
    other = nora.client.get(f"/harbor/plans/{sending.plan_id}/review")
    policy = "form-action 'self'"
    assert f"{policy} {simulators.fullscript}" in page["Content-Security-Policy"]
    assert f"{policy} http" not in other["Content-Security-Policy"]


def test_a_part_that_does_not_wait_opens_nothing(nora, sending):
    nora.post(sending, "activated", plan_id=nora.made_there())
    assert opened(nora, sending).status_code == 409
    assert links(nora) == []


def test_a_colleague_opens_nothing(nora, sending):
    with tenancy.unit(tenancy.EVERYTHING):
        sam = MembershipFactory(practice=nora.harbor.practice, user=UserFactory())
    browser = Client()
    browser.force_login(sam.user)
    url = f"/harbor/plans/sendings/{sending.pk}/"
    assert [browser.post(url + what).status_code for what in ("open", "look", "stop")] == [404] * 3


# A staff member's account


@pytest.fixture
def ivy(nora, simulators):
    """Nora connected with the account of the clinic's staff."""
    dance.connect(nora.client, simulators, "harbor", "fullscript", STAFF)
    with nora.harbor.unit():
        nora.connection = Connection.objects.get(vendor="fullscript")
    return nora


def test_a_staff_members_account_asks_for_whom_and_remembers_it(ivy):
    sending = ivy.signed()
    assert opened(ivy, sending).status_code == 409
    page = ivy.client.get(f"/harbor/plans/sendings/{sending.pk}/practitioner").content.decode()
    assert "Nora Lindqvist" in page
    chosen = {"practitioner": ivy.person_id("Nora")}
    ivy.client.post(f"/harbor/plans/sendings/{sending.pk}/practitioner", chosen)
    assert opened(ivy, sending).status_code == 303
    assert links(ivy)[0]["practitioner_id"] == ivy.person_id("Nora")
    page = ivy.client.get(f"/harbor/plans/sendings/{sending.pk}/hand-over").content.decode()
    assert "Plans are made for" in page


def test_nobody_outside_of_the_clinic_is_chosen(ivy):
    sending = ivy.signed()
    answer = ivy.client.post(
        f"/harbor/plans/sendings/{sending.pk}/practitioner", {"practitioner": "somebody"}
    )
    assert answer.status_code == 422
    with ivy.harbor.unit():
        assert Connection.objects.get().plans_as == ""


# Finding


def test_what_was_made_there_is_found_once_the_page_was_opened(nora, sending):
    nora.link()
    opened(nora, sending)
    plan_id = nora.made_there()
    sending = find(nora, sending)
    assert (sending.state, sending.vendor_plan_id) == (State.CONFIRMED, plan_id)
    assert sending.lease_until is None
    assert nora.told()[-1] == "Plan confirmed at Fullscript"


def test_a_patient_the_vendor_recognised_is_found_and_linked(nora, sending):
    opened(nora, sending)
    plan_id = nora.made_there()
    sending = find(nora, sending)
    assert (sending.state, sending.vendor_plan_id) == (State.CONFIRMED, plan_id)
    with nora.harbor.unit():
        assert PatientLink.objects.get().vendor_patient_id == nora.patient_id()


def test_nothing_is_looked_for_before_a_page_was_opened(nora, sending):
    nora.link()
    nora.made_there()
    assert find(nora, sending).state == State.HAND_OVER
    with nora.harbor.scope():
        assert find_there.due(timezone.now() + dt.timedelta(days=1)) == []


def test_an_older_plan_is_not_taken_for_it(nora, sending):
    nora.link()
    plan_id = nora.made_there()
    opened(nora, sending)
    with nora.harbor.unit():
        Sending.objects.update(opened_at=timezone.now() + dt.timedelta(minutes=6))
    assert find(nora, sending).state == State.HAND_OVER
    assert plan_id


@pytest.mark.parametrize("other", [{"by": "Samuel"}, {"first_name": "Theo"}])
def test_somebody_elses_plan_is_not_taken_for_it(nora, sending, other):
    nora.link()
    opened(nora, sending)
    nora.made_there(**other)
    assert find(nora, sending).state == State.HAND_OVER


def test_of_several_a_person_chooses(nora, sending):
    nora.link()
    opened(nora, sending)
    first, second = nora.made_there(), nora.made_there(units=2)
    waiting = find(nora, sending)
    assert (waiting.state, waiting.not_before_at) == (State.HAND_OVER, None)
    assert waiting.last_error == "2 plans at Fullscript could be this one. Look, and say which."
    url = f"/harbor/plans/sendings/{sending.pk}/look"
    page = nora.client.get(url).content.decode()
    assert first in page
    assert second in page
    answer = nora.client.post(url, {"plan": second})
    assert answer.status_code == 302
    assert nora.again(sending).vendor_plan_id == second


def test_a_plan_that_two_parts_wait_for_is_left_to_a_person(nora, sending):
    nora.link()
    other = nora.signed()
    opened(nora, sending)
    opened(nora, other)
    nora.made_there()
    assert find(nora, sending).state == State.HAND_OVER
    assert "1 plan at Fullscript could be this one" in nora.again(sending).last_error


def test_a_person_looks_now_and_takes_the_only_one(nora, sending):
    nora.link()
    opened(nora, sending)
    plan_id = nora.made_there()
    nora.client.post(f"/harbor/plans/sendings/{sending.pk}/look")
    assert nora.again(sending).vendor_plan_id == plan_id


def test_a_number_that_was_not_shown_is_judged_like_any_other(nora, sending):
    nora.link()
    opened(nora, sending)
    theirs = nora.made_there("Theo")
    nora.client.post(f"/harbor/plans/sendings/{sending.pk}/look", {"plan": theirs})
    assert nora.again(sending).state == State.HAND_OVER


def test_a_draft_there_is_shown_and_gone_on_with(nora, sending, simulators):
    nora.link()
    opened(nora, sending)
    plan_id = nora.made_there()
    draft = {"treatment_plans": [simulators.holds("fullscript")["plans"][plan_id]]}
    draft["treatment_plans"][0] |= {
        "state": "draft",
        "patient": {"id": nora.patient_id()},
        "practitioner": {"id": nora.person_id("Nora")},
    }
    draft["meta"] = {"next_page": None}
    simulators.fault(
        "fullscript",
        "status",
        method="GET",
        path="/treatment_plans",
        times=2,
        params={"code": 200, "body": draft},
    )
    assert find(nora, sending).state == State.HAND_OVER
    url = f"/harbor/plans/sendings/{sending.pk}/look"
    assert "Go on with it in Fullscript" in nora.client.get(url).content.decode()
    assert opened(nora, sending, plan=plan_id).status_code == 303
    assert links(nora)[-1]["plan_id"] == plan_id


def test_a_vendor_that_is_away_is_no_look(nora, sending, simulators):
    nora.link()
    opened(nora, sending)
    simulators.fault("fullscript", "status", method="GET", path="/treatment_plans", times=9)
    waiting = find(nora, sending)
    assert (waiting.state, waiting.look_ups) == (State.HAND_OVER, 0)
    assert waiting.not_before_at > timezone.now()
    assert waiting.request_id


def test_it_is_looked_for_at_growing_gaps_for_two_days(nora, sending):
    nora.link()
    opened(nora, sending)
    start, times = timezone.now(), []
    waiting = nora.again(sending)
    while waiting.not_before_at and len(times) < 50:
        times.append(waiting.not_before_at - start)
        with nora.harbor.scope():
            find_there.search(sending.pk, waiting.not_before_at)
        waiting = nora.again(sending)
    gaps = [later - earlier for earlier, later in zip(times, times[1:], strict=False)]
    assert gaps == sorted(gaps)
    assert dt.timedelta(hours=40) < times[-1] <= dt.timedelta(days=2)
    assert "No plan was seen at Fullscript in two days" in waiting.last_error


def test_two_workers_look_once(nora, sending, simulators):
    nora.link()
    opened(nora, sending)
    later = timezone.now() + dt.timedelta(seconds=31)
    with nora.harbor.scope():
        assert find_there.claim(sending.pk, later)
        assert find_there.claim(sending.pk, later) is None


def test_the_sweep_finds_what_waits(nora, sending, django_capture_on_commit_callbacks):
    opened(nora, sending)
    with nora.harbor.scope():
        later = timezone.now() + dt.timedelta(minutes=1)
        assert find_there.due(later) == [(nora.harbor.practice.pk, sending.pk)]
    assert tasks.find.name == "recommendations.tasks.find"


def test_a_webhook_finds_a_patient_nobody_linked_by_name_and_birth_date(nora, sending):
    opened(nora, sending)
    with nora.harbor.unit():
        Sending.objects.update(there_patient_id="")
    nora.take_note(nora.made_there())
    assert nora.again(sending).state == State.CONFIRMED


def test_a_frame_that_was_opened_is_looked_for_as_well(nora, sending):
    nora.post(sending, "grant")
    assert nora.again(sending).opened_at is not None
    assert open_there.is_offered(nora.again(sending))
