"""Where a practice restricts its patients, practitioners see their own, in the database too."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from practice import covering, merge, tenancy
from practice.models import Cover, Patient, PatientEvent, Practice
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


# --- On the pages


def restricted(clinic):
    with clinic.open():
        Practice.objects.filter(pk=clinic.here.pk).update(restricts_patients=True)
    clinic.here.refresh_from_db()
    return clinic


JANE = {"first_name": "Jane", "last_name": "Sample", "birth_date": "1984-05-06"}


def test_who_sees_only_their_own_becomes_the_new_patients_practitioner(clinic):
    restricted(clinic)
    forged = JANE | {"practitioner": clinic.members.alice.pk}
    clinic.bob.post(clinic.url("patient-add"), forged)
    with clinic.open():
        assert Patient.objects.get().practitioner == clinic.members.bob


def test_they_cannot_give_a_patient_away(clinic):
    restricted(clinic)
    own = clinic.patient(practitioner=clinic.members.bob)
    sent = JANE | {"practitioner": clinic.members.alice.pk}
    clinic.bob.post(clinic.url("patient-edit", own.pk), sent)
    with clinic.open():
        assert Patient.objects.get().practitioner == clinic.members.bob
    assert clinic.bob.get(clinic.url("patient-assign")).status_code == 403


def test_an_assistant_says_whose_patient_it_is(clinic):
    sent = JANE | {"practitioner": clinic.members.bob.pk}
    clinic.ann.post(clinic.url("patient-add"), sent)
    with clinic.open():
        known = Patient.objects.get()
    assert known.practitioner_id == clinic.members.bob.pk
    page = clinic.rae.get(clinic.url("patient-detail", known.pk)).content.decode()
    assert "Bob Brandt, MD" in page


@pytest.mark.parametrize("who", ["ann", "charlie"])
def test_only_a_clinician_of_the_practice_may_be_the_practitioner(clinic, who):
    sent = JANE | {"practitioner": getattr(clinic.members, who).pk}
    assert clinic.alice.post(clinic.url("patient-add"), sent).status_code == 422


def test_a_former_practitioner_stays_until_someone_else_is_chosen(clinic):
    own = clinic.patient(practitioner=clinic.members.bob)
    with clinic.open():
        clinic.members.bob.deactivated_at = timezone.now()
        clinic.members.bob.save()
    sent = JANE | {"practitioner": clinic.members.bob.pk}
    assert clinic.ann.post(clinic.url("patient-edit", own.pk), sent).status_code == 302


def test_a_colleagues_patient_is_known_of_without_a_name(clinic):
    restricted(clinic)
    hers = clinic.patient(
        first_name="Jane",
        birth_date=dt.date(1984, 5, 6),
        email="secret@patients.example",
        practitioner=clinic.members.alice,
    )
    page = clinic.bob.post(clinic.url("patient-add"), JANE).content.decode()
    assert "Someone with this name and birth date is known to the practice" in page
    assert "secret@patients.example" not in page
    assert clinic.url("patient-detail", hers.pk) not in page
    clinic.bob.post(clinic.url("patient-add"), JANE | {"not_these": "colleagues"})
    with clinic.open():
        assert Patient.objects.count() == 2


@pytest.mark.parametrize(
    "hers",
    [
        {"first_name": "Jane", "birth_date": None},
        {"first_name": "Jane", "birth_date": dt.date(1984, 5, 7)},
        {"first_name": "Joan", "birth_date": dt.date(1984, 5, 6)},
    ],
)
def test_nothing_is_told_of_colleagues_patients_who_are_only_alike(clinic, hers):
    """Otherwise the form would answer questions about people whom the member does not know."""
    restricted(clinic)
    clinic.patient(email="jane@patients.example", practitioner=clinic.members.alice, **hers)
    sent = JANE | {"email": "jane@patients.example", "phone": "8135550142"}
    assert clinic.bob.post(clinic.url("patient-add"), sent).status_code == 302


def test_no_page_of_a_restricted_practitioner_tells_of_others(shared_out):
    clinic = shared_out
    clinic.patient(
        first_name="Bob", last_name="Twin", practitioner=clinic.members.alice, email="x@y.example"
    )
    pages = [
        clinic.bob.get(clinic.url("today")),
        clinic.bob.get(clinic.url("patient-list")),
        clinic.bob.post(clinic.url("patient-list"), {"q": "sample"}),
        clinic.bob.get(clinic.url("patient-list"), {"practitioner": clinic.members.alice.pk}),
        clinic.bob.get(clinic.url("duplicate-list")),
        clinic.bob.get(reverse("recommendations:plan-list", args=["bayside"])),
        clinic.bob.get(reverse("deliveries:delivery-list", args=["bayside"])),
    ]
    with clinic.open():
        own = Patient.objects.get(practitioner=clinic.members.bob)
    pages += [
        clinic.bob.get(clinic.url("patient-detail", own.pk)),
        clinic.bob.post(clinic.url("patient-merge-choose", own.pk), {"q": "sample"}),
    ]
    assert {page.status_code for page in pages} == {200}
    words = " ".join(page.content.decode() for page in pages)
    assert not any(name in words for name in ("Alice Sample", "Nobody Sample", "Twin", "x@y"))
    assert "1 patient" in pages[1].content.decode()


def test_a_colleagues_patient_cannot_be_merged(shared_out):
    with shared_out.open():
        own = Patient.objects.get(practitioner=shared_out.members.bob)
        other = Patient.objects.get(practitioner=shared_out.members.alice)
    asked = shared_out.url("patient-merge", own.pk, other.pk)
    assert shared_out.bob.get(asked).status_code == 404
    assert shared_out.bob.post(asked, {"keep": own.pk}).status_code == 404


def test_merging_over_cover_does_not_move_a_patient_between_practitioners(shared_out):
    clinic = shared_out
    day = timezone.localdate(timezone=clinic.here.zone)
    with clinic.open():
        Cover.objects.create(
            practice=clinic.here,
            absent=clinic.members.alice,
            by=clinic.members.bob,
            first_date=day,
            last_date=day,
        )
        own = Patient.objects.get(practitioner=clinic.members.bob)
        hers = Patient.objects.get(practitioner=clinic.members.alice)
    answer = clinic.bob.post(
        clinic.url("patient-merge", own.pk, hers.pk),
        {"keep": own.pk, "shown": merge.seen(own, hers)},
    )
    assert answer.status_code == 422
    assert "different practitioners" in answer.content.decode()


@pytest.mark.parametrize(("whose", "names"), [("none", {"Nobody"}), ("bob", {"Bob"})])
def test_the_list_is_narrowed_to_a_practitioner_or_to_nobody(shared_out, whose, names):
    asked = whose if whose == "none" else getattr(shared_out.members, whose).pk
    page = shared_out.ann.get(shared_out.url("patient-list"), {"practitioner": asked})
    assert {patient.first_name for patient, _ in page.context["rows"]} == names


def test_a_search_keeps_to_the_chosen_practitioner(shared_out):
    sent = {"q": "sample", "practitioner": shared_out.members.bob.pk}
    page = shared_out.ann.post(shared_out.url("patient-list"), sent)
    assert {patient.first_name for patient, _ in page.context["rows"]} == {"Bob"}


def test_many_are_assigned_at_once_and_each_is_told(shared_out):
    with shared_out.open():
        ids = list(Patient.objects.values_list("pk", flat=True))
    sent = {"patient": ids, "to": shared_out.members.bob.pk}
    answer = shared_out.ann.post(shared_out.url("patient-assign"), sent, follow=True)
    assert "2 patients assigned to Bob Brandt, MD." in answer.content.decode()
    assert seen_by(shared_out, "bob") == {"Alice", "Bob", "Nobody"}
    with shared_out.open():
        assert PatientEvent.objects.filter(text="Practitioner changed").count() == 2


@pytest.mark.parametrize("to", ["ann", "charlie"])
def test_nobody_is_assigned_to_who_is_no_clinician_here(shared_out, to):
    with shared_out.open():
        ids = list(Patient.objects.values_list("pk", flat=True))
    sent = {"patient": ids, "to": getattr(shared_out.members, to).pk}
    assert shared_out.ann.post(shared_out.url("patient-assign"), sent).status_code == 404


def test_the_assigning_page_costs_the_same_for_many(clinic, queries):
    clinic.patient()
    with queries() as few:
        clinic.ann.get(clinic.url("patient-assign"))
    for _ in range(20):
        clinic.patient()
    with queries() as many:
        clinic.ann.get(clinic.url("patient-assign"))
    assert len(many) == len(few) <= 8
