"""The practice's settings: all members read them, owners change them."""

import pytest

from practice import desk
from practice.models import Practice

CHANGED = {
    "name": "Bayside Wellness",
    "time_zone": "America/Denver",
    "prices_on_documents": "on",
    "idle_minutes": "15",
}


def test_an_owner_changes_the_practice(clinic):
    clinic.alice.post(clinic.url("practice-edit"), CHANGED)
    practice = Practice.objects.get(pk=clinic.here.pk)
    assert (practice.name, practice.time_zone) == ("Bayside Wellness", "America/Denver")
    assert practice.prices_on_documents


@pytest.mark.parametrize("who", ["bob", "ann", "rae"])
def test_nobody_else_changes_it(clinic, who):
    answer = getattr(clinic, who).post(clinic.url("practice-edit"), CHANGED)
    assert answer.status_code == 403
    assert Practice.objects.get(pk=clinic.here.pk).name == "Bayside Clinic"


def test_a_time_zone_that_is_none_is_refused(clinic):
    answer = clinic.alice.post(
        clinic.url("practice-edit"), CHANGED | {"time_zone": "America/Tampa"}
    )
    assert answer.status_code == 422
    assert Practice.objects.get(pk=clinic.here.pk).time_zone == "America/New_York"


def test_a_refused_name_leaves_the_page_with_the_stored_one(clinic):
    page = clinic.alice.post(clinic.url("practice-edit"), CHANGED | {"name": ""})
    assert page.status_code == 422
    assert "Bayside Clinic" in page.content.decode()


def test_members_are_listed_with_their_roles(clinic):
    page = clinic.rae.get(clinic.url("practice-settings")).content.decode()
    for words in ("Alice Adler, ND", "Owner", "Ann Ames", "Assistant"):
        assert words in page
    assert "Charlie" not in page


def test_only_owners_are_offered_to_edit(clinic):
    edit = clinic.url("practice-edit")
    assert edit in clinic.alice.get(clinic.url("practice-settings")).content.decode()
    assert edit not in clinic.bob.get(clinic.url("practice-settings")).content.decode()


def test_other_apps_add_settings(clinic, monkeypatch):
    monkeypatch.setattr(desk, "_settings", [])
    desk.add_setting(
        lambda request: desk.Setting("Courier", "Keys and hooks.", "/c", "active", "Active")
    )
    page = clinic.bob.get(clinic.url("practice-settings")).content.decode()
    assert 'href="/c"' in page
    assert "Keys and hooks." in page


def test_an_owner_sets_who_sees_what_and_how_members_sign_in(clinic):
    switches = ["requires_second_factor", "restricts_patients", "assistants_see_wholesale"]
    wanted = CHANGED | {"idle_minutes": "30"} | dict.fromkeys(switches, "on")
    clinic.alice.post(clinic.url("practice-edit"), wanted)
    practice = Practice.objects.get(pk=clinic.here.pk)
    assert [getattr(practice, name) for name in switches] == [True, True, True]
    assert practice.idle_minutes == 30


def test_a_time_that_is_not_offered_is_refused(clinic):
    answer = clinic.alice.post(clinic.url("practice-edit"), CHANGED | {"idle_minutes": "600"})
    assert answer.status_code == 422


def test_the_form_says_how_many_patients_have_no_practitioner(clinic):
    clinic.patient()
    clinic.patient(practitioner=clinic.members.bob)
    clinic.patient()
    page = clinic.alice.get(clinic.url("practice-edit")).content.decode()
    assert "2 patients have no practitioner yet" in page
