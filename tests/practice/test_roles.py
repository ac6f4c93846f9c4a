"""The table of roles, and that the practice's own views keep to it."""

import pytest

from practice.models import Patient
from practice.roles import Role, allow, may, roles_of
from tests.factories import MembershipFactory, PracticeFactory

PEOPLE = {
    Role.OWNER: "alice",
    Role.PRACTITIONER: "bob",
    Role.ASSISTANT: "ann",
    Role.READ_ONLY: "rae",
}
NEW = {"first_name": "New", "last_name": "Patient"}
PRACTICE = {"name": "New", "time_zone": "America/Denver", "idle_minutes": "15"}

# action → (name of the address, needs a patient, what is posted)
DEEDS = [
    ("edit_patients", "patient-add", False, NEW),
    ("edit_patients", "patient-edit", True, NEW),
    ("edit_patients", "patient-archive", True, {}),
    ("edit_patients", "patient-restore", True, {}),
    ("manage_practice", "practice-edit", False, PRACTICE),
]


@pytest.mark.parametrize(("action", "name", "of_patient", "sent"), DEEDS)
@pytest.mark.parametrize("role", Role)
def test_a_deed_is_done_for_the_roles_of_the_table_only(
    clinic, role, action, name, of_patient, sent
):
    arguments = [clinic.patient().pk] if of_patient else []
    answer = getattr(clinic, PEOPLE[role]).post(clinic.url(name, *arguments), sent)
    assert answer.status_code == (302 if role in roles_of(action) else 403)


def test_who_may_only_read_changes_nothing(clinic):
    known = clinic.patient(first_name="Before")
    clinic.rae.post(clinic.url("patient-edit", known.pk), NEW)
    clinic.rae.post(clinic.url("patient-archive", known.pk))
    clinic.rae.post(clinic.url("patient-add"), NEW)
    with clinic.open():
        left = Patient.objects.get()
    assert (left.first_name, left.archived_at) == ("Before", None)


def test_who_may_only_read_is_offered_no_edits(clinic):
    known = clinic.patient()
    page = clinic.rae.get(clinic.url("patient-detail", known.pk)).content.decode()
    page += clinic.rae.get(clinic.url("patient-list")).content.decode()
    for name in ("patient-edit", "patient-archive"):
        assert clinic.url(name, known.pk) not in page
    assert clinic.url("patient-add") not in page


@pytest.mark.parametrize("action", ["sign_plans", "connect_own_account"])
def test_an_owner_signs_and_connects_as_a_clinician_only(action):
    assert may(MembershipFactory.build(role=Role.OWNER, is_clinician=True), action)
    assert not may(MembershipFactory.build(role=Role.OWNER, is_clinician=False), action)
    assert may(MembershipFactory.build(role=Role.PRACTITIONER), action)


@pytest.mark.parametrize("shown", [True, False])
def test_assistants_see_wholesale_prices_where_the_practice_says_so(shown):
    practice = PracticeFactory.build(assistants_see_wholesale=shown)
    sees = {
        role
        for role in Role
        if may(MembershipFactory.build(practice=practice, role=role), "see_wholesale_prices")
    }
    assert sees == {Role.OWNER, Role.PRACTITIONER} | ({Role.ASSISTANT} if shown else set())


def test_an_action_that_is_not_in_the_table_is_a_mistake_at_start():
    with pytest.raises(KeyError):
        allow("do_anything")
