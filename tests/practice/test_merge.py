"""Merging two records of one person, and undoing it."""

import datetime as dt

import pytest
from django.utils import timezone

from deliveries.models import Delivery
from practice import merge
from practice.models import Connection, Patient, PatientEvent, PatientLink, PatientMerge
from recommendations.models import Plan, Sending
from tests.factories import PatientFactory


@pytest.fixture
def two(clinic):
    """Jane twice, with a plan and a parcel each."""
    clinic.kept = clinic.patient(
        first_name="Jane", email="", allergies="Latex, soy", record_number="R-1"
    )
    clinic.merged = clinic.patient(
        first_name="Jane", email="jane@patients.example", allergies="Soy, Penicillin"
    )
    with clinic.open():
        for patient in (clinic.kept, clinic.merged):
            Plan.objects.create(practice=clinic.here, patient=patient, clinician=clinic.members.bob)
            parcel(clinic, patient)
    return clinic


def parcel(clinic, patient, **fields):
    return Delivery.objects.create(
        practice=clinic.here,
        patient=patient,
        booked_by=clinic.members.bob,
        delivery_date=dt.date(2026, 7, 28),
        recipient_name="Jane Sample",
        address_line="100 Sample Ave, Tampa, FL 33602",
        **{"state": Delivery.State.DELIVERED} | fields,
    )


def link(clinic, patient, theirs, account="A"):
    return PatientLink.objects.create(
        practice=clinic.here,
        patient=patient,
        vendor="fullscript",
        account_id=account,
        vendor_patient_id=theirs,
        evidence="confirmed",
        linked_at=timezone.now(),
    )


def sending(clinic, patient, state):
    with clinic.open():
        connection = Connection.objects.create(
            practice=clinic.here, membership=clinic.members.bob, vendor="wholescripts"
        )
        return Sending.objects.create(
            practice=clinic.here,
            plan=patient.plans.get(),
            vendor="wholescripts",
            connection=connection,
            road="api",
            state=state,
        )


def fresh(clinic, patient):
    with clinic.open():
        return Patient.objects.get(pk=patient.pk)


def do_merge(clinic, kept=None, merged=None, who="ann", **chosen):
    kept, merged = kept or clinic.kept, merged or clinic.merged
    shown = merge.seen(fresh(clinic, kept), fresh(clinic, merged))
    return getattr(clinic, who).post(
        clinic.url("patient-merge", kept.pk, merged.pk),
        {"keep": kept.pk, "shown": shown, **chosen},
    )


def do_undo(clinic, number=0):
    with clinic.open():
        made = PatientMerge.objects.order_by("id")[number]
    return clinic.ann.post(clinic.url("merge-undo", made.pk), follow=True)


def owners(clinic, model):
    with clinic.open():
        return set(model.objects.values_list("patient_id", flat=True))


def test_the_page_shows_both_and_what_comes_together(two):
    page = two.ann.get(two.url("patient-merge", two.kept.pk, two.merged.pk)).content.decode()
    assert "Keep both: <strong>Latex, soy, Penicillin</strong>" in page
    assert "The allergies differ." in page
    assert all(words in page for words in ("Plans", "Deliveries"))


def test_everything_moves_to_the_kept_record(two):
    assert do_merge(two).status_code == 302
    assert owners(two, Plan) == owners(two, Delivery) == {two.kept.pk}
    merged = fresh(two, two.merged)
    assert (merged.merged_into_id, merged.archived_at is not None) == (two.kept.pk, True)


def test_the_kept_ones_allergies_are_those_of_both(two):
    do_merge(two)
    assert fresh(two, two.kept).allergies == "Latex, soy, Penicillin"


def test_the_chosen_values_are_taken(two):
    do_merge(two, email=str(two.merged.pk), allergies=str(two.kept.pk))
    kept = fresh(two, two.kept)
    assert (kept.email, kept.allergies) == ("jane@patients.example", "Latex, soy")


def test_half_of_one_address_and_half_of_another_is_never_taken(two):
    with two.open():
        Patient.objects.filter(pk=two.merged.pk).update(street="9 Test Ct", city="", unit="")
    do_merge(two, address=str(two.merged.pk))
    kept = fresh(two, two.kept)
    assert (kept.street, kept.city, kept.unit) == ("9 Test Ct", "", "")


def test_the_merged_records_address_leads_to_the_kept_one(two):
    do_merge(two)
    answer = two.rae.get(two.url("patient-detail", two.merged.pk), follow=True)
    assert answer.redirect_chain[-1][0] == two.url("patient-detail", two.kept.pk)
    assert "merged into the one shown here" in answer.content.decode()


def test_the_merged_record_is_in_no_list_search_or_suggestion(two):
    do_merge(two)
    pages = [
        two.ann.get(two.url("patient-list")),
        two.ann.get(two.url("patient-list"), {"show": "archived"}),
        two.ann.post(two.url("patient-list"), {"q": "jane"}),
        two.ann.get(two.url("duplicate-list")),
        two.ann.get(two.url("patient-assign")),
    ]
    other = two.url("patient-detail", two.merged.pk)
    assert not any(other in page.content.decode() for page in pages)


@pytest.mark.parametrize("name", ["edit", "archive", "restore"])
def test_the_merged_record_cannot_be_changed(two, name):
    do_merge(two)
    assert two.ann.post(two.url(f"patient-{name}", two.merged.pk)).status_code == 404


def test_both_timelines_and_the_patients_page_tell_of_it(two):
    do_merge(two)
    do_undo(two)
    for patient, text in (
        (two.kept, "Another record was merged into this one"),
        (two.merged, "Merged into another record"),
    ):
        with two.open():
            told = [event.text for event in PatientEvent.objects.filter(patient=patient)]
        assert text in told
        assert any("undone" in line for line in told)
        page = two.rae.get(two.url("patient-detail", patient.pk)).content.decode()
        assert "Merged and unmerged" in page


def test_undoing_gives_back_exactly_what_was_moved(two):
    with two.open():
        before = list(Plan.objects.order_by("id").values_list("id", "patient_id"))
    do_merge(two, email=str(two.merged.pk))
    do_undo(two)
    with two.open():
        assert list(Plan.objects.order_by("id").values_list("id", "patient_id")) == before
    assert owners(two, Delivery) == {two.kept.pk, two.merged.pk}
    kept, merged = fresh(two, two.kept), fresh(two, two.merged)
    assert (kept.allergies, kept.email) == ("Latex, soy", "")
    assert (merged.merged_into_id, merged.archived_at) == (None, None)


def test_what_was_made_or_edited_since_stays_and_is_named(two):
    do_merge(two)
    with two.open():
        new = Plan.objects.create(
            practice=two.here, patient=two.kept, clinician=two.members.bob, state="signed"
        )
        Patient.objects.filter(pk=two.kept.pk).update(allergies="Latex, soy, Penicillin, Nuts")
    page = do_undo(two).content.decode()
    assert "keeps it: Allergies." in page
    assert "1 plans" in page or "1 plan" in page
    with two.open():
        assert Plan.objects.get(pk=new.pk).patient_id == two.kept.pk
    assert fresh(two, two.kept).allergies.endswith("Nuts")


def test_an_archived_record_is_archived_again_after_undoing(two):
    since = timezone.now() - dt.timedelta(days=3)
    with two.open():
        Patient.objects.filter(pk=two.merged.pk).update(archived_at=since)
    do_merge(two)
    do_undo(two)
    assert fresh(two, two.merged).archived_at == since


def test_of_two_links_at_one_account_the_kept_ones_stands(two):
    with two.open():
        mine, other = link(two, two.kept, "1"), link(two, two.merged, "2")
        elsewhere = link(two, two.merged, "3", account="B")
    do_merge(two)
    with two.open():
        standing = set(PatientLink.objects.filter(unlinked_at=None).values_list("pk", "patient_id"))
    assert standing == {(mine.pk, two.kept.pk), (elsewhere.pk, two.kept.pk)}
    do_undo(two)
    with two.open():
        standing = set(PatientLink.objects.filter(unlinked_at=None).values_list("pk", "patient_id"))
    assert standing == {
        (mine.pk, two.kept.pk), (elsewhere.pk, two.merged.pk), (other.pk, two.merged.pk)
    }  # fmt: skip


def test_a_link_that_somebody_else_took_meanwhile_stays_ended_and_is_named(two):
    third = two.patient(first_name="Third")
    with two.open():
        link(two, two.kept, "1")
        ended = link(two, two.merged, "2")
    do_merge(two)
    with two.open():
        link(two, third, "2")
    assert "The link at Fullscript could not be opened again" in do_undo(two).content.decode()
    with two.open():
        assert PatientLink.objects.get(pk=ended.pk).unlinked_at is not None


def test_a_record_that_swallowed_others_can_be_merged_and_comes_back(two):
    last = two.patient(first_name="Jane", last_name="Marsh")
    do_merge(two)
    do_merge(two, kept=last, merged=two.kept)
    assert fresh(two, two.merged).merged_into_id == last.pk
    assert owners(two, Plan) == {last.pk}
    refused = do_undo(two, 0).content.decode()
    assert "Undo that first" in refused
    do_undo(two, 1)
    assert fresh(two, two.merged).merged_into_id == two.kept.pk
    do_undo(two, 0)
    assert owners(two, Plan) == {two.kept.pk, two.merged.pk}


@pytest.mark.parametrize("state", ["queued", "sending", "unknown", "needs_review"])
@pytest.mark.parametrize("whose", ["kept", "merged"])
def test_a_plan_on_its_way_stops_the_merge(two, state, whose):
    sending(two, getattr(two, whose), state)
    answer = do_merge(two)
    assert answer.status_code == 422
    assert "WholeScripts" in answer.content.decode()
    assert owners(two, Plan) == {two.kept.pk, two.merged.pk}


@pytest.mark.parametrize("state", ["hand_over", "sent", "confirmed", "refused"])
def test_a_plan_that_is_settled_moves(two, state):
    sending(two, two.merged, state)
    assert do_merge(two).status_code == 302


@pytest.mark.parametrize(
    ("state", "moves"),
    [("ready", True), ("accepted", True), ("sending", False), ("unknown", False)],
)
def test_a_parcel_moves_unless_its_booking_is_under_way(two, state, moves):
    with two.open():
        parcel(two, two.merged, state=state)
    assert do_merge(two).status_code == (302 if moves else 422)


def test_undoing_waits_for_a_plan_on_its_way_too(two):
    do_merge(two)
    with two.open():
        two.kept.plans.exclude(pk__in=[0]).first()
        Plan.objects.order_by("id").first().delete()
    sending(two, two.kept, "sending")
    assert "on its way to WholeScripts" in do_undo(two).content.decode()
    assert owners(two, Plan) == {two.kept.pk}


def test_a_record_is_not_merged_with_itself(two):
    answer = do_merge(two, merged=two.kept)
    assert answer.status_code == 422
    assert "cannot be merged with itself" in answer.content.decode()


def test_merging_twice_is_once(two):
    shown = merge.seen(two.kept, two.merged)
    for _ in range(2):
        answer = two.ann.post(
            two.url("patient-merge", two.kept.pk, two.merged.pk),
            {"keep": two.kept.pk, "shown": shown},
        )
        assert answer.url == two.url("patient-detail", two.kept.pk)
    with two.open():
        assert PatientMerge.objects.count() == 1


def test_undoing_twice_is_once(two):
    do_merge(two)
    do_undo(two)
    assert "undone already" in do_undo(two).content.decode()


def test_what_changed_since_it_was_shown_is_shown_again(two):
    shown = merge.seen(two.kept, two.merged)
    with two.open():
        two.merged.allergies = "Nuts"
        two.merged.save()
    answer = two.ann.post(
        two.url("patient-merge", two.kept.pk, two.merged.pk), {"keep": two.kept.pk, "shown": shown}
    )
    assert answer.status_code == 422
    assert "Nuts" in answer.content.decode()
    assert fresh(two, two.merged).merged_into_id is None


def test_an_archived_record_is_not_the_one_to_keep(two):
    with two.open():
        Patient.objects.filter(pk=two.kept.pk).update(archived_at=timezone.now())
    assert "archived" in do_merge(two).content.decode()


def test_more_allergies_than_fit_are_not_cut_off(two):
    with two.open():
        for patient, word in ((two.kept, "a"), (two.merged, "b")):
            Patient.objects.filter(pk=patient.pk).update(allergies=word * 200)
    assert "longer than 300 characters" in do_merge(two).content.decode()
    assert fresh(two, two.kept).allergies == "a" * 200


@pytest.mark.parametrize("send", ["get", "post"])
def test_another_practices_patient_answers_like_none_at_all(two, send):
    with two.open_elsewhere():
        theirs = PatientFactory(practice=two.elsewhere)
    ask = getattr(two.alice, send)
    foreign = ask(two.url("patient-merge", two.kept.pk, theirs.pk))
    missing = ask(two.url("patient-merge", two.kept.pk, 999_999_999))
    assert foreign.status_code == missing.status_code == 404
    assert foreign.content == missing.content


def test_who_may_only_read_sees_the_merge_and_cannot_undo_it(two):
    do_merge(two)
    with two.open():
        made = PatientMerge.objects.get()
    page = two.rae.get(two.url("merge-detail", made.pk)).content.decode()
    assert "Undo this merge" not in page
    assert two.rae.post(two.url("merge-undo", made.pk)).status_code == 403


def test_what_was_said_of_the_merged_one_holds_for_the_kept_one(two):
    third = two.patient(first_name="Jane", phone="")
    two.ann.post(two.url("duplicate-apart"), {"one": two.merged.pk, "other": third.pk})
    do_merge(two)
    page = two.ann.get(two.url("patient-detail", two.kept.pk)).content.decode()
    assert two.url("patient-detail", third.pk) not in page


def test_the_other_record_is_found_by_its_name(two):
    answer = two.ann.post(two.url("patient-merge-choose", two.kept.pk), {"q": "jane"})
    page = answer.content.decode()
    assert two.url("patient-merge", two.kept.pk, two.merged.pk) in page
    assert two.url("patient-merge", two.kept.pk, two.kept.pk) not in page
