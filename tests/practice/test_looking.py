"""Rows about patients open on the staff desk for a reason, which the trail keeps; and the desk
of the trail itself."""

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from practice import looking, tenancy
from practice.models import AuditEntry, AuditSeal
from tests.factories import PatientFactory, staff_user
from tests.recommendations.rows import Desk

PATIENTS = "/admin/practice/patient/"
TRAIL = "/admin/practice/auditentry/"
WHY = "The owner asked about a merge"


@pytest.fixture
def staff(db):
    browser = Client()
    browser.user = staff_user(email="op@staff.example")
    browser.force_login(browser.user)
    return browser


@pytest.fixture
def imani(clinic):
    return clinic.patient(first_name="Imani", email="imani@patients.example")


def looks():
    with tenancy.unit(tenancy.EVERYTHING):
        return list(AuditEntry.objects.filter(action="looked").order_by("pk"))


def page_of(patient):
    return f"{PATIENTS}{patient.pk}/change/"


def test_a_patient_is_not_shown_before_a_reason_is_given(staff, imani):
    page = staff.get(page_of(imani))
    words = page.content.decode()
    assert "Why do you look?" in words
    assert ("Imani" in words, looks()) == (False, [])


def test_with_a_reason_the_patient_is_shown_and_the_look_is_noted(staff, imani):
    answer = staff.post(page_of(imani), {"look_reason": WHY})
    assert "Imani" in staff.get(answer.url).content.decode()
    [entry] = looks()
    assert (entry.reason, entry.who, entry.via) == (WHY, "op@staff.example", "admin")
    assert (entry.patient_id, entry.practice_id) == (imani.pk, imani.practice_id)


def test_each_further_row_of_that_practice_is_noted_without_asking(staff, clinic, imani):
    staff.post(page_of(imani), {"look_reason": WHY})
    other = clinic.patient(first_name="Quentin")
    assert "Quentin" in staff.get(page_of(other)).content.decode()
    assert [entry.object_id for entry in looks()] == [other.pk]


def test_another_practice_is_asked_about_by_itself(staff, clinic, imani):
    staff.post(page_of(imani), {"look_reason": WHY})
    with clinic.open_elsewhere():
        other = PatientFactory(practice=clinic.elsewhere, first_name="Quentin")
    assert "Quentin" not in staff.get(page_of(other)).content.decode()


def test_after_half_an_hour_it_is_asked_again(staff, imani):
    session = staff.session
    looking.remember(
        session, imani.practice_id, WHY, timezone.now() - dt.timedelta(minutes=30, seconds=1)
    )
    session.save()
    assert "Imani" not in staff.get(page_of(imani)).content.decode()


@pytest.mark.parametrize("reason", ["", "short", "x" * 301])
def test_a_poor_reason_opens_nothing(staff, imani, reason):
    answer = staff.post(page_of(imani), {"look_reason": reason})
    assert answer.status_code == 422
    assert "Imani" not in staff.get(page_of(imani)).content.decode()


def test_the_history_of_a_patient_asks_too(staff, imani):
    assert "Imani" not in staff.get(f"{PATIENTS}{imani.pk}/history/").content.decode()


def test_a_plan_asks_too(staff):
    desk = Desk()
    page = f"/admin/recommendations/plan/{desk.plan.pk}/change/"
    assert "Why do you look?" in staff.get(page).content.decode()
    staff.post(page, {"look_reason": WHY})
    assert "Why do you look?" not in staff.get(page).content.decode()
    [entry] = looks()
    assert (entry.kind, entry.patient_id) == ("recommendations.plan", desk.patient.pk)


def test_no_patient_is_changed_here(staff, imani):
    staff.post(page_of(imani), {"look_reason": WHY})
    assert staff.post(page_of(imani), {"first_name": "Changed"}).status_code == 403


def test_a_list_shows_no_contact_details(staff, imani):
    words = staff.get(PATIENTS).content.decode()
    assert "Imani" in words
    assert not [said for said in (imani.email, "100 Sample Ave", "555") if said in words]


def test_what_is_not_there_asks_nothing(staff):
    assert staff.get(f"{PATIENTS}999999/change/").status_code == 302
    assert staff.get(f"{PATIENTS}nonsense/change/").status_code == 302


# --- The trail


def rows_of(staff, **asked):
    return staff.get(TRAIL, asked).context["cl"].result_list


def entries(clinic, count, **fields):
    with clinic.open():
        AuditEntry.objects.bulk_create(
            AuditEntry(practice=clinic.here, kind="a.page", **{"action": "viewed", **fields})
            for _ in range(count)
        )


def test_the_trail_is_searched_by_person(clinic, staff):
    bob = clinic.members.bob
    entries(clinic, 2, user_id=bob.user_id)
    entries(clinic, 1, user_id=clinic.members.ann.user_id)
    assert len(rows_of(staff, q="Bob Brandt")) == 2
    assert len(rows_of(staff, q=bob.user.email)) == 2
    assert rows_of(staff, q="Nobody at all") == []


def test_the_trail_is_searched_by_a_patients_number(clinic, staff):
    entries(clinic, 3, patient_id=77)
    assert {entry.patient_id for entry in rows_of(staff, q="77")} == {77}


@pytest.mark.parametrize("words", ["9" * 300, "\0", "'; --", "²"])
def test_nonsense_finds_nothing_and_breaks_nothing(clinic, staff, words):
    assert staff.get(TRAIL, {"q": words}).status_code == 200


def test_the_trail_is_narrowed_by_action_time_way_and_practice(clinic, staff):
    entries(clinic, 2, action="exported", via="portal")
    entries(clinic, 1, action="exported", via="task:practice.tasks.sweep")
    assert len(rows_of(staff, action__exact="exported")) == 3
    assert len(rows_of(staff, action__exact="exported", way="task")) == 1
    assert len(rows_of(staff, action__exact="exported", when="hour")) == 3
    staff.get("/admin/?practice=other")
    assert rows_of(staff, action__exact="exported") == []


def test_what_a_row_was_before_is_shown_for_a_reason(clinic, staff, imani):
    with tenancy.unit(tenancy.EVERYTHING):
        entry = AuditEntry.objects.get(kind="practice.patient", action="created")
    page = f"{TRAIL}{entry.pk}/change/"
    assert "imani@patients.example" not in staff.get(page).content.decode()
    staff.post(page, {"look_reason": WHY})
    assert "imani@patients.example" in staff.get(page).content.decode()


def test_nobody_changes_the_trail_here(clinic, staff, imani):
    entry = looks() or rows_of(staff)
    for rest in ("add/", f"{entry[0].pk}/delete/"):
        assert staff.post(f"{TRAIL}{rest}", {"post": "yes"}).status_code == 403


def test_the_trail_counts_no_further_than_it_leads(clinic, staff):
    entries(clinic, 5100)
    with CaptureQueriesContext(connection) as done:
        page = staff.get(TRAIL)
    assert page.context["cl"].result_count == 5000
    counted = [query["sql"] for query in done if "COUNT(" in query["sql"]]
    assert all("LIMIT" in sql for sql in counted if "practice_auditentry" in sql)


@pytest.mark.parametrize("path", [TRAIL, PATIENTS, "/admin/practice/patientevent/"])
def test_a_list_does_a_fixed_number_of_queries(clinic, staff, path):
    def count(rows):
        for _ in range(rows):
            clinic.patient()
        with CaptureQueriesContext(connection) as done:
            assert staff.get(path).status_code == 200
        return len(done)

    count(0)
    assert count(10) == count(190)


def test_seals_are_listed(staff):
    with tenancy.unit(tenancy.EVERYTHING):
        AuditSeal.objects.create(day=dt.date(2026, 1, 5), rows=12, last_id=12, head="ab" * 32)
    assert "ab" * 32 in staff.get("/admin/practice/auditseal/").content.decode()
