"""Deeds that no page reaches without a file, a vendor's answer or a form that is filled well.

Each is done in a clinic, or in a practice that has nothing but its owner, and gives what came
of it as lines. FOREIGN is the number of rows of the twin's (`test_alone.entangle`).
"""

import datetime as dt
import functools

from django.urls import reverse
from django.utils import timezone

from practice import dry_run, link, merge, tenancy
from practice.columns import Columns
from practice.models import Practice
from practice.vendors.contract import HeldPlan
from recommendations import decide
from recommendations.models import Sending
from tests.isolation.clinic_rows import KNOWN
from tests.isolation.knocking import rolled_back

WHO = "owner who practises"
# A row of the twin's that ours speak of before it is there.
FOREIGN = 9_000_009
FILE = "First name,Last name,Birth date\n{first_name},{last_name},{birth_date:%Y-%m-%d}\n"


def posted(clinic, page, /, **data):
    return clinic.knock(WHO, reverse(page, args=[clinic.slug]), "POST", data=data)


def invite_whom_another_practice_invited(bare):
    return posted(
        bare, "practice:invitation-add", email="new@people.example", name="N", role="assistant"
    )


def invite_a_member_of_another_practice(bare):
    email = bare.neighbour.members["owner"].user.email
    return posted(bare, "practice:invitation-add", email=email, name="N", role="assistant")


def arrange_a_cover(clinic):
    day = timezone.localdate() + dt.timedelta(days=20)
    return posted(
        clinic,
        "practice:cover-list",
        absent=clinic.members["practitioner"].pk,
        by=clinic.members["colleague"].pk,
        first_date=day,
        last_date=day,
    )


def read_what_was_done_to_a_patient(clinic):
    path = reverse("practice:audit-list", args=[clinic.slug])
    return clinic.knock(WHO, f"{path}?patient={FOREIGN}")


def export_what_was_done_to_a_patient(clinic):
    return posted(clinic, "practice:audit-export", patient=FOREIGN)


def read_what_happened_before(clinic):
    rows = clinic.rows[WHO]
    path = reverse("practice:patient-detail", args=[clinic.slug, rows["patient"].pk])
    return clinic.knock(WHO, f"{path}?before={rows['patient_event'].pk}")


def done_directly(deed):
    """In a unit of the practice, as a task would be."""

    @functools.wraps(deed)
    def done(clinic):
        with rolled_back(), tenancy.unit(tenancy.of_practice(clinic.practice.pk)):
            try:
                return [str(each) for each in deed(clinic)]
            except (merge.NotMerged, decide.NotReady) as refusal:
                return [str(refusal)]

    return done


@done_directly
def check_a_file(clinic):
    return _states_of_a_file(clinic.members[WHO], practitioner=None)


@done_directly
def check_a_file_of_who_sees_their_own(clinic):
    Practice.objects.filter(pk=clinic.practice.pk).update(restricts_patients=True)
    by = clinic.members.get("practitioner") or clinic.members[WHO]
    by.refresh_from_db()
    return _states_of_a_file(by, practitioner=by)


def _states_of_a_file(by, practitioner):
    batch = dry_run.keep("a.csv", FILE.format(**KNOWN).encode(), by=by, practitioner=practitioner)
    dry_run.queue(batch, Columns.of(batch.columns))
    dry_run.run(batch.pk, timezone.now())
    return [row.state for row in batch.rows.all()]


@done_directly
def hold_two_records(clinic):
    return merge.hold(clinic.practice.pk, clinic.all_rows["patient"].pk, FOREIGN)


@done_directly
def merge_two_records(clinic):
    rows = clinic.rows[WHO]
    one, other = rows["patient"], rows["other_patient"]
    for patient in (one, other):
        patient.refresh_from_db()
    by, shown = clinic.members[WHO], merge.seen(one, other)
    return [len(merge.merge(one, other, {}, shown=shown, by=by, now=timezone.now()).ended)]


@done_directly
def ask_who_is_linked(clinic):
    rows = clinic.rows[WHO]
    return link._taken(rows["connection"], rows["patient"], [str(FOREIGN)])


@done_directly
def say_which_plan_it_is(clinic):
    sending = clinic.rows[WHO]["unsent"]
    Sending.objects.filter(pk=sending.pk).update(state=Sending.State.NEEDS_REVIEW)
    sending.refresh_from_db()
    email = sending.plan.patient.email
    held = HeldPlan(str(FOREIGN), "active", "active", "", (), patient_email=email)
    decide.it_is_there(sending, held, timezone.now())
    return ["settled"]


def by_name(*deeds):
    return {deed.__name__: deed for deed in deeds}


OF_A_CLINIC = by_name(
    arrange_a_cover,
    read_what_was_done_to_a_patient,
    export_what_was_done_to_a_patient,
    read_what_happened_before,
    check_a_file_of_who_sees_their_own,
    hold_two_records,
    merge_two_records,
    ask_who_is_linked,
    say_which_plan_it_is,
)
OF_THE_BARE = by_name(
    invite_whom_another_practice_invited, invite_a_member_of_another_practice, check_a_file
)
