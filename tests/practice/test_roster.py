"""The list of a dispensary's patients: who they may be here, and what a person decides."""

import pytest
from django.utils import timezone

from practice import link, tenancy
from practice.models import (
    AuditEntry,
    Connection,
    Patient,
    PatientEvent,
    PatientLink,
    Practice,
    VendorPatient,
)
from tests import dance
from tests.factories import MembershipFactory, PatientFactory, UserFactory
from tests.practice.linking import another, calls
from tests.practice.test_read_patients import ask, rows, run
from tests.recommendations.conftest import make_harbor


@pytest.fixture
def harbor(db):
    return make_harbor()


@pytest.fixture
def nora(client, harbor, simulators):
    """Her account, read."""
    client.force_login(harbor.nora.user)
    dance.connect(client, simulators, "harbor", "fullscript")
    run(harbor, ask(harbor))
    simulators.clear_log("fullscript")
    return client


def connection(harbor):
    with harbor.unit():
        return Connection.objects.get()


def at(harbor, rest=""):
    return f"/harbor/connections/{connection(harbor).pk}/patients/{rest}"


def shown(nora, harbor, group):
    return nora.get(at(harbor), {"show": group}).content.decode()


def row(harbor, name):
    """By first name, and the birth date where two have it."""
    found = rows(harbor)
    return next(held for key, held in found.items() if key.startswith(name))


def post(nora, harbor, verb, **data):
    return nora.post(at(harbor, verb), data, follow=True).content.decode()


def links(harbor):
    with harbor.unit():
        return {
            (held.vendor_patient_id, held.patient.name)
            for held in PatientLink.objects.standing().select_related("patient")
        }


def test_each_stands_in_one_group(nora, harbor):
    assert "Elena Marsh" in shown(nora, harbor, "alike")
    new = shown(nora, harbor, "new")
    assert "Theo Albrecht" in new
    assert "Elena Marsh" not in new
    assert new.index("Priya Nandakumar</strong>") < new.index("Arjun Nandakumar</strong>")
    assert "dependent of Priya Nandakumar" in new


def test_both_sides_are_shown_with_what_agrees(nora, harbor):
    words = shown(nora, harbor, "alike")
    for said in ("same name", "same birth date", "same e-mail", "other phone", "Mar 9, 1984"):
        assert said in words


def test_linking_asks_the_vendor_once_more_and_stands_as_linked(nora, harbor, simulators):
    elena = row(harbor, "Elena")
    words = post(nora, harbor, "link", row=elena.pk, patient=harbor.patient.pk, show="alike")
    assert "Elena Marsh is linked at Fullscript" in words
    assert links(harbor) == {(elena.vendor_patient_id, "Elena Marsh")}
    assert len(calls(simulators, "GET", elena.vendor_patient_id)) == 1
    assert "Confirmed by a person" in shown(nora, harbor, "linked")


def test_an_email_alone_links_nobody_from_here_either(nora, harbor):
    theo = row(harbor, "Theo")
    words = post(nora, harbor, "link", row=theo.pk, patient=harbor.patient.pk, compared="on")
    assert "families share e-mail" in words
    assert links(harbor) == set()


def test_who_carries_our_number_is_suggested_as_the_one(nora, harbor, simulators):
    theo = row(harbor, "Theo")
    ours = another(harbor, first_name="Theodor", last_name="Albrecht", birth_date="1971-11-22")
    with harbor.unit():
        VendorPatient.objects.filter(pk=theo.pk).update(our_id=link.our_id(ours))
    words = shown(nora, harbor, "ours")
    assert "Theodor Albrecht" in words
    assert "I compared them" in words


def test_one_is_taken_in_as_ours_and_linked(nora, harbor):
    theo = row(harbor, "Theo")
    words = post(nora, harbor, "add", row=theo.pk, show="new")
    assert "1 patient taken in and linked" in words
    with harbor.unit():
        ours = Patient.objects.get(first_name="Theo")
        held = (ours.birth_date.isoformat(), ours.sex, ours.email, ours.phone.as_e164)
        assert held == ("1971-11-22", "male", "theo.albrecht@mail.example", "+12025550112")
        assert ours.practitioner == harbor.nora
        assert ours.events.get().text == "Taken in from Fullscript's list"
        made = ours.links.get()
    assert (made.evidence, made.mark) == ("taken_in", "due")


def test_who_looks_like_one_of_ours_is_taken_in_only_as_somebody_else(nora, harbor):
    elena = row(harbor, "Elena")
    assert "look" in post(nora, harbor, "add", row=elena.pk)
    assert links(harbor) == set()
    post(nora, harbor, "add", row=elena.pk, anyway="on")
    with harbor.unit():
        assert Patient.objects.filter(first_name="Elena").count() == 2


def test_many_are_taken_in_once_their_number_was_confirmed(nora, harbor):
    ticked = [row(harbor, name).pk for name in ("Theo", "Priya", "Arjun")]
    words = post(nora, harbor, "add", rows=ticked)
    assert "Take in 3 patients?" in words
    assert links(harbor) == set()
    assert "3 patients taken in" in post(nora, harbor, "add", rows=ticked, confirmed=3)
    assert len(links(harbor)) == 3


def test_all_of_the_group_are_counted_before(nora, harbor):
    assert "Take in 6 patients?" in post(nora, harbor, "add", all=1)
    post(nora, harbor, "leave", rows=[row(harbor, "Theo").pk])
    # Somebody decided meanwhile: it is asked once more.
    assert "Take in 5 patients?" in post(nora, harbor, "add", all=1, confirmed=6)
    assert "5 patients taken in" in post(nora, harbor, "add", all=1, confirmed=5)


def test_two_of_the_list_who_look_alike_are_not_both_taken_in(nora, harbor, simulators):
    with harbor.unit():
        twin = VendorPatient.objects.get(first_name="Theo")
        twin.pk, twin.vendor_patient_id = None, "twin"
        twin.save()
        pks = list(VendorPatient.objects.filter(first_name="Theo").values_list("pk", flat=True))
    words = post(nora, harbor, "add", rows=pks, confirmed=2)
    assert "1 patient taken in" in words
    assert "1 by now looks like one of yours" in words
    assert "Theo Albrecht" in shown(nora, harbor, "alike")


def test_who_cannot_be_a_patient_of_ours_is_said_and_stays(nora, harbor):
    lewis = row(harbor, "Lewis")
    with harbor.unit():
        VendorPatient.objects.filter(pk=lewis.pk).update(last_name="")
    assert "Enter the last name" in post(nora, harbor, "add", row=lewis.pk)
    assert links(harbor) == set()


def test_leaving_out_is_undone(nora, harbor):
    theo = row(harbor, "Theo")
    assert "1 left out" in post(nora, harbor, "leave", rows=[theo.pk])
    assert "Theo Albrecht" in shown(nora, harbor, "left")
    assert "1 to be decided again" in post(nora, harbor, "back", rows=[theo.pk])
    assert "Theo Albrecht" in shown(nora, harbor, "new")


def test_taking_in_is_taken_back_and_may_be_done_again(nora, harbor):
    theo = row(harbor, "Theo")
    post(nora, harbor, "add", row=theo.pk)
    assert "1 patient archived" in post(nora, harbor, "back", rows=[theo.pk])
    assert links(harbor) == set()
    with harbor.unit():
        assert Patient.objects.get(first_name="Theo").archived_at
    assert "Theo Albrecht" in shown(nora, harbor, "new")
    assert "1 patient taken in" in post(nora, harbor, "add", row=theo.pk)


def test_a_patient_with_whom_something_was_done_stays(nora, harbor):
    theo = row(harbor, "Theo")
    post(nora, harbor, "add", row=theo.pk)
    with harbor.unit():
        ours = Patient.objects.get(first_name="Theo")
        PatientEvent.objects.create(
            practice=harbor.practice, patient=ours, kind="plan", text="Plan started",
            happened_at=timezone.now(), source="plan:1",
        )  # fmt: skip
    assert "kept: something was done" in post(nora, harbor, "back", rows=[theo.pk])
    with harbor.unit():
        assert Patient.objects.get(first_name="Theo").archived_at is None


def test_a_search_is_posted_and_stands_in_the_trail_without_its_words(nora, harbor):
    answer = nora.post(at(harbor), {"q": "KOWALSKA", "show": "new"})
    words = answer.content.decode()
    assert "2 found" in words
    assert "Theo" not in words
    with tenancy.unit(tenancy.EVERYTHING):
        entry = AuditEntry.objects.filter(kind="practice:roster-list").last()
    assert (entry.action, entry.detail["found"]) == ("searched", 2)
    assert "kowalska" not in str(entry.detail).lower()


def test_archived_there_are_apart(nora, harbor):
    theo = row(harbor, "Theo")
    with harbor.unit():
        VendorPatient.objects.filter(pk=theo.pk).update(is_archived=True)
    assert "Theo Albrecht" not in shown(nora, harbor, "new")
    assert "Theo Albrecht" in shown(nora, harbor, "archived")


def test_who_is_not_listed_there_any_more_is_said(nora, harbor):
    theo = row(harbor, "Theo")
    with harbor.unit():
        VendorPatient.objects.filter(pk=theo.pk).update(read_at="2020-01-01T00:00Z")
    assert shown(nora, harbor, "new").count("not in the last reading") == 1


def test_the_list_takes_the_same_queries_however_many_they_are(
    nora, harbor, django_assert_num_queries, django_assert_max_num_queries
):
    nora.get(at(harbor), {"show": "new"})
    with django_assert_max_num_queries(40) as few:
        nora.get(at(harbor), {"show": "new"})
    now = timezone.now()
    with harbor.unit():
        VendorPatient.objects.bulk_create(
            VendorPatient(
                practice=harbor.practice,
                vendor="fullscript",
                account_id=connection(harbor).account_id,
                vendor_patient_id=f"more-{number}",
                first_name=f"More{number}",
                last_name="Quill",
                birth_date="1970-01-01",
                read_at=now,
            )
            for number in range(300)
        )
        for number in range(20):
            PatientFactory(practice=harbor.practice, last_name=f"Other{number}")
    with django_assert_num_queries(len(few)):
        assert nora.get(at(harbor), {"show": "new"}).status_code == 200


def test_who_sees_only_their_own_patients_does_not_get_it(nora, harbor):
    with tenancy.unit(tenancy.EVERYTHING):
        Practice.objects.filter(pk=harbor.practice.pk).update(restricts_patients=True)
    answer = nora.get(at(harbor))
    assert answer.status_code == 403


def test_the_page_of_imports_leads_here(nora, harbor):
    assert at(harbor) in nora.get("/harbor/patients/import/").content.decode()


def test_a_colleagues_account_is_not_found(client, nora, harbor):
    with tenancy.unit(tenancy.EVERYTHING):
        other = MembershipFactory(practice=harbor.practice, user=UserFactory())
    where = at(harbor)
    client.force_login(other.user)
    assert client.get(where).status_code == 404


def test_the_page_before_the_first_reading_says_what_comes(client, harbor, simulators):
    client.force_login(harbor.nora.user)
    dance.connect(client, simulators, "harbor", "fullscript")
    assert "Nobody was read yet" in client.get(at(harbor)).content.decode()
    answer = client.post(at(harbor, "read"), follow=True)
    assert "Reading patients" in answer.content.decode()
    part = client.get(at(harbor), headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert "Reading patients" in part
