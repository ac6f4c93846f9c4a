"""A clinician leaves: what there is, who takes it, what the vendors hold, and what is said."""

import pytest
from django.utils import timezone

from practice import connect, leave, tenancy
from practice.models import Connection, Cover, Invitation, Membership, Patient
from practice.vendors.contract import AccessRevoked, Tokens
from recommendations import follow_up, tasks
from recommendations.models import Plan, PlanItem, Sending
from tests.factories import ConnectionFactory
from tests.recommendations.rows import ListingFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def full(clinic):
    """Bob with one of each kind."""
    bob, alice, here = clinic.members.bob, clinic.members.alice, clinic.here
    patient = clinic.patient(practitioner=bob)
    now = timezone.now()
    with clinic.open():
        account = ConnectionFactory(membership=bob, state="active")
        for state in ("draft", "signed"):
            plan = Plan.objects.create(practice=here, patient=patient, clinician=bob, state=state)
        Sending.objects.create(
            practice=here, plan=plan, vendor="wholescripts", connection=account, road="api"
        )
        Cover.objects.create(
            practice=here, absent=bob, by=alice, first_date=now, last_date=now, arranged_by="A"
        )
        Invitation.objects.create(
            practice=here,
            email="d@people.example",
            name="D",
            role="assistant",
            invited_by=bob,
            sent_at=now,
            expires_at=now,
        )
    return clinic


def lets_go(clinic, **sent):
    return clinic.alice.post(clinic.url("member-leave", clinic.members.bob.pk), sent)


def to_alice(clinic):
    return lets_go(clinic, to=clinic.members.alice.pk)


def test_the_page_shows_what_there_is_and_does_nothing(full, simulators):
    page = full.alice.get(full.url("member-leave", full.members.bob.pk)).content.decode()
    for words in ("1 patient", "1 draft", "1 signed plan", "1 cover", "1 invitation"):
        assert words in page
    assert "WholeScripts" in page
    with full.open():
        assert Membership.objects.get(pk=full.members.bob.pk).is_active


def test_everything_goes_to_the_colleague_and_the_page_says_so(full, simulators):
    page = to_alice(full).content.decode()
    with full.open():
        alice = full.members.alice
        assert not Membership.objects.get(pk=full.members.bob.pk).is_active
        assert {plan.clinician_id for plan in Plan.objects.all()} == {alice.pk}
        assert Patient.objects.get().practitioner_id == alice.pk
        assert Cover.objects.get().ended_at
        assert Invitation.objects.get().revoked_at
        account = Connection.objects.get()
    assert (account.state, account.access_token) == ("disconnected", "")
    for words in ("1 draft handed over to Alice Adler, ND", "1 cover ended", "disconnected"):
        assert words in page


def test_a_vendor_that_is_down_is_told_and_the_tokens_are_forgotten(full, simulators):
    with full.open():
        account = Connection.objects.get()
        account.hold(Tokens("made-up", "made-up-too", None), timezone.now())
        assert account.access_token
    simulators.fault("wholescripts", "status", times=0, params={"code": 503})
    page = to_alice(full).content.decode()
    with full.open():
        account = Connection.objects.get()
    assert account.access_token == account.refresh_token == ""
    assert "WholeScripts could not be told" in page


def test_somebody_has_to_take_it_over(full, simulators):
    for to in ("", "nonsense", full.members.charlie.pk, full.members.ann.pk):
        assert lets_go(full, to=to).status_code == 422
    with full.open():
        assert Membership.objects.get(pk=full.members.bob.pk).is_active


def test_the_last_owner_does_not_leave(full):
    answer = full.alice.post(
        full.url("member-leave", full.members.alice.pk), {"to": full.members.bob.pk}
    )
    assert answer.status_code == 422
    assert "last owner" in answer.content.decode()


def test_pressed_again_it_finishes_what_was_cut_short(full, simulators, monkeypatch):
    kinds = list(leave._belongings)
    monkeypatch.setattr(leave, "_belongings", kinds[:1])
    to_alice(full)
    with full.open():
        Connection.objects.update(state="active")
    monkeypatch.setattr(leave, "_belongings", kinds)
    to_alice(full)
    with full.open():
        assert set(Plan.objects.values_list("clinician", flat=True)) == {full.members.alice.pk}
        assert Connection.objects.get().state == "disconnected"


def test_pressed_a_third_time_nothing_is_left(full, simulators):
    to_alice(full)
    assert "Nothing was left to do" in to_alice(full).content.decode()


def test_nothing_is_sent_for_who_has_no_access(full):
    due = lambda: swept(full)  # noqa: E731
    assert len(due()) == 1
    full.alice.post(full.url("member-deactivate", full.members.bob.pk))
    assert due() == []
    full.alice.post(full.url("member-reactivate", full.members.bob.pk))
    assert len(due()) == 1


def test_a_part_not_sent_yet_is_held_for_a_person(full, simulators):
    report = to_alice(full).content.decode()
    assert "1 part of a signed plan that was not sent yet held back and shown on Today" in report
    with full.open():
        part = Sending.objects.get()
    with tenancy.unit(tenancy.EVERYTHING):
        PlanItem.objects.create(practice=full.here, plan_id=part.plan_id, listing=ListingFactory())
    tasks.attempt.apply(args=[full.here.pk, part.pk]).get()
    tasks.sweep.apply().get()
    with full.open():
        part.refresh_from_db()
    assert (part.state, simulators.holds("wholescripts")["recommendations"]) == ("queued", [])
    today = full.alice.get(full.url("today")).content.decode()
    assert "Does not go to WholeScripts: Bob Brandt, MD has no access any more" in today
    status = full.alice.get(f"/bayside/plans/{part.plan_id}/review").content.decode()
    assert "It does not go" in status


def swept(clinic):
    with tenancy.declare(tenancy.EVERYTHING):
        return follow_up.due(timezone.now(), Sending.State.QUEUED)


def test_nothing_is_sent_for_a_suspended_practice(full):
    suspend(full)
    assert swept(full) == []


def suspend(clinic):
    with tenancy.unit(tenancy.EVERYTHING):
        clinic.here.suspended_at = timezone.now()
        clinic.here.save()


@pytest.mark.parametrize("who", ["member", "person", "practice"])
def test_nobodys_tokens_are_used_without_access(full, who):
    if who == "practice":
        suspend(full)
    elif who == "person":
        full.members.bob.user.is_active = False
        full.members.bob.user.save()
    else:
        full.alice.post(full.url("member-deactivate", full.members.bob.pk))
    with tenancy.declare(tenancy.of_practice(full.here.pk)):
        with tenancy.unit():
            account = Connection.objects.get()
        with pytest.raises(AccessRevoked) as refusal:
            connect.client_for(account)
    assert refusal.value.operation == "access"
