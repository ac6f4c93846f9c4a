"""A practice's pages are the same to the letter whether another one exists or not, and its
deeds do the same: neither rows nor how many of them there are come through.

The other practice is a twin: its patients have the same names, birth dates and addresses,
its plans and parcels the same states. Ours is asked as somebody who may do everything and as
somebody who is shown what is everybody's; a practice that has nothing but its owner is asked,
too.
"""

import re
from types import SimpleNamespace

import pytest
from django.urls import reverse
from django.utils import timezone

from catalog.models import SyncRun
from practice import audit, limits, tenancy
from practice.models import Connection, PatientEvent, PatientLink
from practice.roles import Role
from recommendations.models import Sending
from tests.factories import MembershipFactory, PatientFactory, PracticeFactory, staff_user
from tests.isolation import deeds
from tests.isolation.clinics import Clinic
from tests.isolation.deeds import FOREIGN
from tests.isolation.knocking import Doors, rolled_back
from tests.isolation.statements import anybodys, recorded
from tests.isolation.table import DESKS, PRACTICE
from tests.isolation.test_canaries import come_out
from tests.isolation.test_ids import answer

WHO = "owner who practises"  # and sees everything
# Ids are given out over all practices, and so is the time.
GIVEN_OUT = re.compile(
    r"/\d+\b|#\w+-\d+|\d\d?:\d\d(:\d\d(\.\d+)?)?|pat\d+"
    r"|just |\d+ min ago|\d+ minutes? old, expires in \d+ minutes?",
    re.I,
)
STAFF_PAGES = ["admin:index", *(f"admin:{desk}_changelist" for desk in DESKS)]
CHANGES = {"practice:connection-begin"}  # has a secret each time
FURTHER = deeds.OF_A_CLINIC | deeds.OF_THE_BARE
COMPARED = sorted({*PRACTICE, *STAFF_PAGES, *FURTHER} - CHANGES)
# Every row of both records is moved, by the key that it hangs on them by.
MOVES_ALL = {"practice:patient-merge", "practice:merge-undo", "merge_two_records"}
MOVED_BY = {("patient_id",), ("merged_into_id",), ("patient_id", "state")}


class Bare:
    """A practice of an owner, who is all that its addresses can be filled with."""

    def __init__(self, slug, neighbour):
        self.slug, self.neighbour = slug, neighbour
        with tenancy.unit(tenancy.EVERYTHING):
            self.practice = PracticeFactory(slug=slug, name=f"{slug.title()} Clinic")
            owner = MembershipFactory(practice=self.practice, role=Role.OWNER, is_clinician=True)
        self.members = {WHO: owner}

    def rows_for(self, who):
        return {"member": self.members[WHO]}


def fits(entry, rows):
    return all(kind[0] == "=" or kind in rows for kind in (*entry.args, *entry.data.values()))


@pytest.fixture(scope="module")
def ours(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), rolled_back():
        yield made()


def made(slug="bayside"):
    """Ours as it was alone, and then with a twin beside it."""
    limits.forget()
    clinic, staff = Clinic(slug), staff_user()
    bare = Bare(f"{slug}-bare", clinic)
    for one in (clinic, bare):
        users = {name: member.user for name, member in one.members.items()}
        doors = Doors(users | {"staff": staff})
        doors.notes = True
        one.knock = doors.knock
        doors.stay("staff", reverse("admin:narrow"), {"wanted": clinic.practice.pk})
    speak_of_a_stranger(clinic)
    asked = {
        (clinic, WHO): [*PRACTICE, *deeds.OF_A_CLINIC],
        (clinic, "owner"): [name for name, e in PRACTICE.items() if not e.args and e.data == {}],
        (bare, WHO): [
            *(name for name, e in PRACTICE.items() if fits(e, bare.rows_for(WHO))),
            *deeds.OF_THE_BARE,
        ],
        (clinic, "staff"): STAFF_PAGES,
    }
    found = SimpleNamespace(asked=asked, alone={}, statements={})
    for (one, who), names in asked.items():
        for name in names:
            with recorded(found.statements.setdefault(name, set())):
                found.alone[one, who, name] = seen(one, name, who)
    entangle(clinic, Clinic(f"{slug}-twin"))
    return found


def speak_of_a_stranger(clinic):
    """Numbers that no key of the database's holds to the practice."""
    with tenancy.unit(tenancy.EVERYTHING):
        for rows in clinic.rows.values():
            rows["merge"].ended = [FOREIGN]
            rows["merge"].save()
        audit.note(
            "viewed",
            practice_id=clinic.practice.pk,
            kind="practice:patient-list",
            patients=[FOREIGN],
        )


def entangle(clinic, twin):
    """Rows of the twin that ours speak of, and one that speaks of ours."""
    ours, theirs, now = clinic.rows[WHO], twin.rows[WHO], timezone.now()
    with tenancy.unit(tenancy.EVERYTHING):
        PatientFactory(pk=FOREIGN, practice=twin.practice)
        PatientLink.objects.create(
            pk=FOREIGN,
            practice=twin.practice,
            patient=theirs["patient"],
            vendor="fullscript",
            account_id="another",
            vendor_patient_id="another",
            evidence="confirmed",
            linked_at=now,
            unlinked_at=ours["merge"].merged_at,
        )
        PatientLink.objects.create(
            practice=twin.practice,
            patient=theirs["other_patient"],
            vendor="fullscript",
            account_id=ours["connection"].account_id,
            vendor_patient_id=str(FOREIGN),
            evidence="confirmed",
            linked_at=now,
        )
        # One account there may be of both.
        Connection.objects.filter(pk=twin.all_rows["connection"].pk).update(
            account_id=ours["connection"].account_id
        )
        Sending.objects.filter(pk=theirs["unsent"].pk).update(vendor_plan_id=str(FOREIGN))
        PatientEvent.objects.filter(pk=theirs["patient_event"].pk).update(
            source=f"plan:{ours['plan'].pk}:started"
        )
        for state in ("waiting", "failed", "needs_review"):
            SyncRun.objects.create(
                practice=twin.practice, vendor="fullscript", part="catalogue", state=state
            )
        failed = twin._receipt("failed")
        failed.state = failed.State.FAILED
        failed.save(update_fields=["state"])


def seen(clinic, name, who=WHO):
    """All that a page says, without what is given out anew, and what was done for it."""
    if name in FURTHER:
        given = FURTHER[name](clinic)
        return GIVEN_OUT.sub("", "\n".join(given if isinstance(given, list) else told(given)))
    if name not in PRACTICE:
        return GIVEN_OUT.sub("", "\n".join(answer(clinic.knock(who, reverse(name)))))
    words = "Magnesium" if "search" in name or "product" in name else "Sample"
    return [
        GIVEN_OUT.sub("", "\n".join(out)) for out in come_out(clinic, name, who, words + "  ", told)
    ]


def told(given):
    return [*answer(given), *given.done]


def same_as_alone(ours, name):
    for (clinic, who), names in ours.asked.items():
        if name in names:
            assert seen(clinic, name, who) == ours.alone[clinic, who, name], (name, who)


@pytest.mark.parametrize("name", COMPARED)
def test_a_page_says_and_does_the_same_as_if_there_were_no_other_practice(ours, name):
    same_as_alone(ours, name)


def test_a_page_that_is_not_compared_does_change(ours):
    for name in CHANGES:
        with pytest.raises(AssertionError):
            same_as_alone(ours, name)


@pytest.mark.parametrize("name", sorted({*PRACTICE, *FURTHER}))
def test_every_statement_names_the_practice_or_the_row_that_its_rows_hang_on(ours, name):
    """Row-level security adds the practice by itself, but as a range: an index is of little
    use without the statement's own word, and policies would stand alone."""
    assert anybodys_of(name, ours.statements[name]) == []


def anybodys_of(name, statements):
    found = anybodys(statements)
    return [one for one in found if name not in MOVES_ALL or one[1:] not in MOVED_BY]
