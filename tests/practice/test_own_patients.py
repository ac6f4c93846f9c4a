"""Where a practice restricts its patients, practitioners see their own, in the database too."""

import datetime as dt

import pytest
from django.utils import timezone

from practice import covering, tenancy
from practice.models import Cover, Patient, Practice
from recommendations.models import Plan

pytestmark = pytest.mark.django_db


@pytest.fixture
def shared_out(clinic):
    """Alice, Bob and nobody have a patient each, with a plan."""
    with clinic.open():
        Practice.objects.filter(pk=clinic.here.pk).update(restricts_patients=True)
    for owner in (clinic.members.alice, clinic.members.bob, None):
        name = owner.name.split()[0] if owner else "Nobody"
        patient = clinic.patient(first_name=name, practitioner=owner)
        with clinic.open():
            Plan.objects.create(
                practice=clinic.here, patient=patient, clinician=clinic.members.alice
            )
    clinic.here.refresh_from_db()
    return clinic


def seen_by(clinic, name):
    membership = getattr(clinic.members, name)
    membership.practice = clinic.here
    with tenancy.unit(covering.scope_of(membership)):
        patients = set(Patient.objects.values_list("first_name", flat=True))
        plans = set(Plan.objects.values_list("patient__first_name", flat=True))
    assert patients == plans
    return patients


@pytest.mark.parametrize("name", ["alice", "ann", "rae"])
def test_owners_assistants_and_readers_see_all(shared_out, name):
    assert seen_by(shared_out, name) == {"Alice", "Bob", "Nobody"}


def test_a_practitioner_sees_their_own(shared_out):
    assert seen_by(shared_out, "bob") == {"Bob"}


def test_another_practitioners_patient_is_a_404(shared_out):
    with shared_out.open():
        other = Patient.objects.get(first_name="Alice")
    assert shared_out.bob.get(shared_out.url("patient-detail", other.pk)).status_code == 404
    assert shared_out.ann.get(shared_out.url("patient-detail", other.pk)).status_code == 200


@pytest.mark.parametrize(("shift", "sees"), [(0, True), (-1, False), (1, False)])
def test_cover_opens_a_colleagues_patients_on_its_days(shared_out, shift, sees):
    day = timezone.localdate(timezone=shared_out.here.zone) + dt.timedelta(days=shift)
    with shared_out.open():
        Cover.objects.create(
            practice=shared_out.here,
            absent=shared_out.members.alice,
            by=shared_out.members.bob,
            first_date=day,
            last_date=day,
        )
    assert ("Alice" in seen_by(shared_out, "bob")) is sees


def test_without_the_restriction_all_see_all(shared_out):
    shared_out.here.restricts_patients = False
    assert seen_by(shared_out, "bob") == {"Alice", "Bob", "Nobody"}
