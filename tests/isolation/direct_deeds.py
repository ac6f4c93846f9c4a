"""Deeds that a task does, or a page once a vendor has answered: called by themselves, in a unit
of the practice."""

import functools

from django.utils import timezone

from catalog import learn
from practice import dry_run, link, merge, patient_news, tenancy
from practice.columns import Columns
from practice.models import Practice, Receipt
from practice.vendors.contract import Event, HeldPlan
from recommendations import accounts, decide, history, orders, read_orders, receive
from recommendations.models import Sending
from tests.isolation.clinic_rows import KNOWN
from tests.isolation.knocking import rolled_back, rows_written, told

WHO = "owner who practises"
# A row of the twin's that ours speak of before it is there.
FOREIGN = 9_000_009
FILE = "First name,Last name,Birth date\n{first_name},{last_name},{birth_date:%Y-%m-%d}\n"


def done_directly(deed):
    """In a unit of the practice, as a task would be; with the rows written for it."""
    return _done(deed, tenancy.unit)


def done_between_units(deed):
    """As what calls a vendor, which knows no token of ours."""
    return _done(deed, tenancy.declare)


def _done(deed, opened):
    @functools.wraps(deed)
    def done(clinic):
        with rolled_back(), opened(tenancy.of_practice(clinic.practice.pk)):
            before = rows_written()
            try:
                given = [str(each) for each in deed(clinic)]
            except (merge.NotMerged, decide.NotReady) as refusal:
                given = [str(refusal)]
            return [*given, *told(before, rows_written())]

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


@done_directly
def link_a_patient(clinic):
    rows, by = clinic.rows[WHO], clinic.members[WHO]
    row = link.as_row(rows["other_patient"], "new")
    return [link.make(rows["connection"], rows["other_patient"], row, "confirmed", by, _now())]


@done_directly
def ask_who_was_linked(clinic):
    return link.earlier(clinic.rows[WHO]["patient"], "fullscript")


@done_directly
def ask_who_a_patient_there_is(clinic):
    connection = clinic.rows[WHO]["connection"]
    return [accounts.link_of(connection.vendor, connection.account_id, str(FOREIGN))]


@done_directly
def ask_what_products_are_called(clinic):
    rows = clinic.rows[WHO]
    sku = rows["fullscript_listing"].sku
    return [row.name for row in learn.variants(rows["connection"], [sku], _now()).values()]


@done_directly
def keep_a_plan_that_was_made_there(clinic):
    rows = clinic.rows[WHO]
    held = HeldPlan("new", "active", "active", rows["patient_link"].vendor_patient_id, ())
    history.keep_one(rows["connection"], held, _now())
    return []


@done_directly
def read_soon_what_a_patient_ordered(clinic):
    held = clinic.rows[WHO]["patient_link"]
    orders._read_soon(held.vendor, held.account_id, held.vendor_patient_id, _now())
    return []


@done_directly
def read_on_once_somebody_connected(clinic):
    read_orders.resume(clinic.rows[WHO]["connection"])
    return []


@done_directly
def ask_which_laboratory_orders_are_open(clinic):
    return read_orders._open_labs(clinic.rows[WHO]["patient_link"])


@done_directly
def hear_that_a_plan_changed(clinic):
    connection = clinic.rows[WHO]["connection"]
    return [len(receive.plan_changed(*_told(connection, "treatment_plan.updated", {"id": "1"})))]


@done_directly
def hear_that_a_product_changed(clinic):
    told = _told(clinic.rows[WHO]["connection"], "product.updated", {"variants": [{"id": "1"}]})
    [again] = learn.told(*told)
    return [len(again.args[0])]


@done_between_units
def hear_that_a_patient_changed(clinic):
    held = clinic.rows[WHO]["patient_link"]
    patient_news.look_at(held.vendor, held.account_id, held.vendor_patient_id, _now())
    return []


def _told(connection, kind, data):
    """What a deed is given of a webhook."""
    event = Event("1", kind, None, data, connection.account_id)
    return Receipt(vendor=connection.vendor, received_at=_now()), event, _now()


def _now():
    return timezone.now()
