"""Members' places, changed by owners."""

import pytest
from django.utils import timezone

from practice.models import Membership
from practice.roles import Role
from tests.factories import MembershipFactory
from tests.practice.presences import age_of, signed_in

pytestmark = pytest.mark.django_db


def now_of(clinic, member):
    with clinic.open():
        return Membership.objects.get(pk=member.pk)


def test_an_owner_changes_name_role_and_clinician(clinic):
    ann = clinic.members.ann
    given = {"name": "Ann Ames, ND", "role": "practitioner"}
    clinic.alice.post(clinic.url("member-edit", ann.pk), given)
    after = now_of(clinic, ann)
    assert (after.name, after.role, after.is_clinician) == ("Ann Ames, ND", "practitioner", True)


def test_an_assistant_is_no_clinician(clinic):
    bob = clinic.members.bob
    given = {"name": bob.name, "role": "assistant", "is_clinician": "on"}
    assert clinic.alice.post(clinic.url("member-edit", bob.pk), given).status_code == 422
    assert now_of(clinic, bob).role == "practitioner"


@pytest.mark.parametrize("role", ["practitioner", "assistant", "read_only"])
def test_the_last_owner_stays_one(clinic, role):
    alice = clinic.members.alice
    answer = clinic.alice.post(
        clinic.url("member-edit", alice.pk), {"name": alice.name, "role": role}
    )
    assert answer.status_code == 422
    assert "last owner" in answer.content.decode()
    assert now_of(clinic, alice).role == Role.OWNER


def test_the_last_owner_keeps_access(clinic):
    alice = clinic.members.alice
    page = clinic.alice.post(clinic.url("member-deactivate", alice.pk), follow=True)
    assert "last owner" in page.content.decode()
    assert now_of(clinic, alice).is_active


def test_an_owner_who_is_locked_out_or_gone_does_not_count(clinic):
    with clinic.open():
        out = MembershipFactory(practice=clinic.here, role=Role.OWNER)
        out.user.is_active = False
        out.user.save()
        MembershipFactory(practice=clinic.here, role=Role.OWNER, deactivated_at=timezone.now())
    alice = clinic.members.alice
    clinic.alice.post(clinic.url("member-deactivate", alice.pk))
    assert now_of(clinic, alice).is_active


def test_with_a_second_owner_the_first_may_step_down(clinic):
    with clinic.open():
        MembershipFactory(practice=clinic.here, role=Role.OWNER)
    alice = clinic.members.alice
    assert clinic.alice.post(clinic.url("member-deactivate", alice.pk)).url == "/"
    assert clinic.alice.get(clinic.url("today")).status_code == 302


def test_access_goes_at_the_next_click_and_comes_back(clinic):
    bob = clinic.members.bob
    clinic.alice.post(clinic.url("member-deactivate", bob.pk))
    assert clinic.bob.get(clinic.url("today")).url.startswith("/account/login/")
    clinic.alice.post(clinic.url("member-reactivate", bob.pk))
    clinic.bob.force_login(bob.user)
    assert clinic.bob.get(clinic.url("today")).status_code == 200


def test_a_session_from_before_has_no_access_when_it_is_given_back(clinic):
    bob = clinic.members.bob
    elsewhere = signed_in(bob.user)
    clinic.alice.post(clinic.url("member-deactivate", bob.pk))
    clinic.alice.post(clinic.url("member-reactivate", bob.pk))
    assert elsewhere.get(clinic.url("today")).url.startswith("/account/login/")


def test_an_owner_who_leaves_reads_what_was_done_and_is_out(clinic):
    with clinic.open():
        MembershipFactory(practice=clinic.here, role=Role.OWNER)
    alice = clinic.members.alice
    browser = signed_in(alice.user)
    age_of(browser, idle=60)
    answer = browser.post(clinic.url("member-leave", alice.pk))
    assert (answer.status_code, "has no access any more" in answer.content.decode()) == (200, True)
    assert browser.get(clinic.url("today")).status_code == 302


@pytest.mark.parametrize(
    "name", ["member-edit", "member-deactivate", "member-reactivate", "member-leave"]
)
def test_members_of_another_practice_are_not_there(clinic, name):
    charlie = clinic.members.charlie
    given = {"name": "X", "role": "owner"}
    assert clinic.alice.post(clinic.url(name, charlie.pk), given).status_code == 404


def test_the_list_asks_the_same_however_many_there_are(clinic, queries):
    clinic.alice.get(clinic.url("member-list"))
    with queries() as few:
        clinic.alice.get(clinic.url("member-list"))
    with clinic.open():
        for _ in range(5):
            MembershipFactory(practice=clinic.here)
    with queries() as many:
        clinic.alice.get(clinic.url("member-list"))
    assert len(many) == len(few)


def test_one_person_in_two_practices_switches(clinic):
    with clinic.open_elsewhere():
        MembershipFactory(practice=clinic.elsewhere, user=clinic.members.bob.user, role="assistant")
    page = clinic.bob.get(clinic.url("today")).content.decode()
    assert 'href="/other/"' in page
    assert "Other Clinic" in clinic.bob.get("/").content.decode()
    assert "Assistant" in clinic.bob.get("/other/").content.decode()
    assert clinic.bob.get("/other/members/").status_code == 403
