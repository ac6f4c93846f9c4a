"""Cover between two dates: patients seen, drafts found and taken over, own accounts used."""

import datetime as dt

import pytest
from django.utils import timezone

from practice import tenancy
from practice.models import Cover, PatientEvent
from recommendations.models import Plan

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(clinic):
    """Bob's draft for a patient of his."""
    patient = clinic.patient(first_name="Imani", practitioner=clinic.members.bob)
    with clinic.open():
        return Plan.objects.create(
            practice=clinic.here, patient=patient, clinician=clinic.members.bob
        )


def day(days=0):
    return (timezone.localdate() + dt.timedelta(days=days)).isoformat()


def arrange(clinic, browser=None, first=-1, last=1, **given):
    """Alice covers for Bob."""
    sent = {
        "absent": clinic.members.bob.pk,
        "by": clinic.members.alice.pk,
        "first_date": day(first),
        "last_date": day(last),
    }
    return (browser or clinic.alice).post(clinic.url("cover-list"), sent | given)


def covers(clinic):
    with clinic.open():
        return list(Cover.objects.all())


def take(clinic, draft):
    return clinic.alice.post(f"/bayside/plans/{draft.pk}/take-over")


def test_an_owner_arranges_it_and_it_says_by_whom(clinic):
    assert arrange(clinic).status_code == 302
    [cover] = covers(clinic)
    assert cover.arranged_by == "Alice Adler, ND"


def test_a_clinician_arranges_their_own_absence_only(clinic):
    arrange(clinic, clinic.bob, absent=clinic.members.alice.pk)
    [cover] = covers(clinic)
    assert (cover.absent_id, cover.by_id) == (clinic.members.bob.pk, clinic.members.alice.pk)


@pytest.mark.parametrize(
    "wrong",
    [
        {"last_date": "2020-01-01", "first_date": "2020-01-01"},
        {"first_date": "2999-01-02", "last_date": "2999-01-01"},
        {"first_date": "soon"},
    ],
)
def test_days_that_cannot_be_are_refused(clinic, wrong):
    assert arrange(clinic, **wrong).status_code == 422
    assert covers(clinic) == []


def test_nobody_covers_for_themselves_or_without_being_a_clinician(clinic):
    members = clinic.members
    for by in (members.bob, members.ann, members.charlie):
        assert arrange(clinic, by=by.pk).status_code == 422


def test_the_same_cover_is_not_arranged_twice(clinic):
    arrange(clinic)
    assert arrange(clinic).status_code == 422


def test_the_drafts_of_who_is_away_stand_under_today(clinic, draft):
    assert "Imani" not in drafts_of(clinic)
    arrange(clinic)
    assert "Imani" in drafts_of(clinic)


def drafts_of(clinic):
    page = clinic.alice.get(clinic.url("today")).content.decode()
    return page.split("Drafts to resume", 1)[1].split("</section>", 1)[0]


def test_taken_over_it_is_the_colleagues_own_and_stands_on_the_timeline(clinic, draft):
    arrange(clinic)
    page = clinic.alice.get(f"/bayside/plans/{draft.pk}/").content.decode()
    assert "Take over this draft" in page
    take(clinic, draft)
    with clinic.open():
        draft.refresh_from_db()
        note = PatientEvent.objects.get(text__contains="taken over")
    assert draft.clinician_id == clinic.members.alice.pk
    assert note.text == "Plan of Bob Brandt, MD taken over by Alice Adler, ND"


@pytest.mark.parametrize(("first", "last"), [(1, 3), (None, None)])
def test_without_a_cover_that_holds_today_nothing_is_taken(clinic, draft, first, last):
    if first:
        arrange(clinic, first=first, last=last)
    assert take(clinic, draft).status_code == 403


def test_a_cover_that_was_ended_early_holds_no_more(clinic, draft):
    arrange(clinic)
    [cover] = covers(clinic)
    clinic.bob.post(clinic.url("cover-end", cover.pk))
    assert take(clinic, draft).status_code == 403


def test_who_covers_cannot_end_it_for_others(clinic):
    with clinic.open():
        cover = Cover.objects.create(
            practice=clinic.here,
            absent=clinic.members.alice,
            by=clinic.members.bob,
            first_date=day(),
            last_date=day(),
            arranged_by="Alice",
        )
    assert clinic.bob.post(clinic.url("cover-end", cover.pk)).status_code == 404


def test_a_signed_plan_is_not_taken_over(clinic, draft):
    arrange(clinic)
    with clinic.open():
        Plan.objects.update(state="signed", signed_by=clinic.members.bob)
    assert take(clinic, draft).status_code == 403


def test_where_patients_are_restricted_cover_opens_them(clinic, draft):
    with tenancy.unit(tenancy.EVERYTHING):
        clinic.here.restricts_patients = True
        clinic.here.save()
    with clinic.open():
        type(clinic.members.alice).objects.filter(pk=clinic.members.alice.pk).update(
            role="practitioner"
        )
    address = f"/bayside/plans/{draft.pk}/take-over"
    assert clinic.alice.post(address).status_code == 404
    arrange(clinic, clinic.bob)
    assert clinic.alice.post(address).status_code == 302
