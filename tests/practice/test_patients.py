"""Patients: who sees them, who changes them, and what is noted about it."""

import datetime as dt

import pytest
from django.utils import timezone

from practice import desk
from practice.models import Patient, PatientEvent
from tests.factories import PatientFactory

JANE = {
    "first_name": "Jane",
    "last_name": "Sample",
    "birth_date": "1984-05-06",
    "email": "jane@patients.example",
    "phone": "(813) 555-0142",
    "state": "fl",
    "postal_code": "33602 1234",
}


def events(clinic, of):
    with clinic.open():
        return [event.text for event in PatientEvent.objects.filter(patient=of)]


def test_a_new_patient_is_kept_in_the_forms_our_vendors_want(clinic):
    clinic.ann.post(clinic.url("patient-add"), JANE)
    with clinic.open():
        jane = Patient.objects.get()
    assert (str(jane.phone), jane.state, jane.postal_code) == ("+18135550142", "FL", "33602-1234")
    assert jane.birth_date == dt.date(1984, 5, 6)


def test_adding_is_noted_with_who_did_it(clinic):
    clinic.ann.post(clinic.url("patient-add"), JANE)
    with clinic.open():
        event = PatientEvent.objects.get()
    assert (event.kind, event.text, event.by) == ("patient", "Added to the practice", "Ann Ames")


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("first_name", "", "Enter the first name."),
        ("birth_date", "2999-01-01", "The birth date lies in the future."),
        ("birth_date", "1492-01-01", "more than 130 years back"),
        ("birth_date", "yesterday", "Enter the birth date as a date"),
        ("email", "jane@", "Enter an e-mail address"),
        ("phone", "12", "Enter a US phone number with area code"),
        ("state", "ZZ", "two letters of a US state"),
        ("postal_code", "336", "5 or 9 digits"),
    ],
)
def test_a_wrong_field_is_explained_and_nothing_saved(clinic, field, value, said):
    answer = clinic.ann.post(clinic.url("patient-add"), JANE | {field: value})
    assert answer.status_code == 422
    assert said in answer.content.decode()
    with clinic.open():
        assert not Patient.objects.exists()


def test_the_birth_date_is_shown_to_the_browser_in_iso(clinic):
    known = clinic.patient(birth_date=dt.date(1984, 5, 6))
    page = clinic.ann.get(clinic.url("patient-edit", known.pk)).content.decode()
    assert 'value="1984-05-06"' in page
    assert 'type="date"' in page


@pytest.mark.parametrize(
    "alike",
    [
        {"first_name": "JANE", "birth_date": dt.date(1984, 5, 6), "email": ""},
        {"first_name": "jane", "birth_date": None, "email": ""},
        {"first_name": "Other", "email": "Jane@patients.example"},
    ],
    ids=["name and birth date", "name, birth date unknown", "e-mail"],
)
def test_a_look_alike_is_shown_before_saving(clinic, alike):
    known = clinic.patient(**alike)
    page = clinic.ann.post(clinic.url("patient-add"), JANE).content.decode()
    assert "This person may be here already" in page
    assert clinic.url("patient-detail", known.pk) in page
    with clinic.open():
        assert Patient.objects.count() == 1


def test_a_look_alike_is_added_when_the_member_says_so(clinic):
    seen = clinic.patient(first_name="Jane", birth_date=dt.date(1984, 5, 6))
    clinic.ann.post(clinic.url("patient-add"), JANE | {"not_these": str(seen.pk)})
    with clinic.open():
        assert Patient.objects.count() == 2


def test_a_look_alike_the_member_has_not_seen_is_shown(clinic):
    seen = clinic.patient(first_name="Jane", birth_date=dt.date(1984, 5, 6))
    unseen = clinic.patient(first_name="Other", email="jane@patients.example")
    page = clinic.ann.post(clinic.url("patient-add"), JANE | {"not_these": str(seen.pk)})
    assert clinic.url("patient-detail", unseen.pk) in page.content.decode()


def test_the_same_name_with_another_birth_date_is_no_look_alike(clinic):
    clinic.patient(first_name="Jane", email="", birth_date=dt.date(1950, 1, 1))
    clinic.ann.post(clinic.url("patient-add"), JANE)
    with clinic.open():
        assert Patient.objects.count() == 2


def test_another_practices_patient_is_no_look_alike(clinic):
    with clinic.open_elsewhere():
        PatientFactory(practice=clinic.elsewhere, email="jane@patients.example")
    assert clinic.ann.post(clinic.url("patient-add"), JANE).status_code == 302


def test_a_change_is_noted_by_field_and_without_values(clinic):
    known = clinic.patient()
    fields = JANE | {"first_name": known.first_name, "city": "Ybor", "phone": "8135550142"}
    clinic.bob.post(clinic.url("patient-edit", known.pk), fields)
    with clinic.open():
        event = PatientEvent.objects.get(patient=known)
    assert event.text == "Details changed"
    assert "city" in event.detail
    assert "Ybor" not in event.detail


def test_archiving_can_be_undone(clinic):
    known = clinic.patient()
    page = clinic.ann.post(clinic.url("patient-archive", known.pk), follow=True).content.decode()
    assert clinic.url("patient-restore", known.pk) in page
    clinic.ann.post(clinic.url("patient-restore", known.pk))
    with clinic.open():
        assert Patient.objects.get().archived_at is None
    assert events(clinic, known) == ["Restored from the archive", "Archived"]


def test_archiving_twice_is_noted_once(clinic):
    known = clinic.patient()
    clinic.ann.post(clinic.url("patient-archive", known.pk))
    clinic.ann.post(clinic.url("patient-archive", known.pk))
    assert events(clinic, known) == ["Archived"]


def test_other_apps_add_actions_and_panels(clinic, monkeypatch):
    known = clinic.patient()
    monkeypatch.setattr(desk, "_patient_actions", [])
    monkeypatch.setattr(desk, "_patient_panels", [])
    desk.add_patient_action(lambda request, patient: desk.Action("Start a plan", "/somewhere"))
    desk.add_patient_action(lambda request, patient: None)
    desk.add_patient_panel(lambda request, patient: desk.Panel("Plans", "_reference.html"))
    page = clinic.rae.get(clinic.url("patient-detail", known.pk)).content.decode()
    assert ">Start a plan</a>" in page
    assert ">Plans</h2>" in page


@pytest.mark.parametrize("name", ["detail", "edit", "archive", "restore"])
def test_another_practices_patient_answers_like_none_at_all(clinic, name):
    with clinic.open_elsewhere():
        theirs = PatientFactory(practice=clinic.elsewhere)
    for send in (clinic.alice.get, clinic.alice.post):
        foreign = send(clinic.url(f"patient-{name}", theirs.pk))
        missing = send(clinic.url(f"patient-{name}", 999_999_999))
        assert (foreign.status_code, foreign.content) == (missing.status_code, missing.content)


@pytest.mark.parametrize("name", ["edit", "archive", "restore"])
def test_another_practices_patient_stays_untouched(clinic, name):
    with clinic.open_elsewhere():
        theirs = PatientFactory(practice=clinic.elsewhere, first_name="Theirs")
    assert clinic.alice.post(clinic.url(f"patient-{name}", theirs.pk), JANE).status_code == 404
    with clinic.open_elsewhere():
        left = Patient.objects.get()
    assert (left.first_name, left.archived_at) == ("Theirs", None)


def test_the_banner_shows_age_record_number_and_allergies(clinic):
    born = timezone.localdate().replace(year=timezone.localdate().year - 40, month=1, day=1)
    known = clinic.patient(birth_date=born, record_number="MRN-7", allergies="latex, shellfish")
    page = clinic.rae.get(clinic.url("patient-detail", known.pk)).content.decode()
    banner = page[page.index('class="patient-banner"') : page.index("<h1>")]
    assert all(words in banner for words in ("(40)", "MRN-7", "latex", "shellfish"))


def test_a_patients_name_stays_out_of_the_page_title(clinic):
    known = clinic.patient(first_name="Imani", last_name="Okafor")
    page = clinic.rae.get(clinic.url("patient-detail", known.pk)).content.decode()
    assert "Okafor" not in page[page.index("<title>") : page.index("</title>")]
