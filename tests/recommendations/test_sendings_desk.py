"""The desk of sendings: what nobody knows is looked up or decided by hand, never sent again."""

import datetime as dt

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from practice import tenancy
from practice.models import AuditEntry, PatientEvent
from recommendations import follow_up
from recommendations.models import Plan, Sending
from tests import dance
from tests.factories import ConnectionFactory, MembershipFactory, PatientFactory, staff_user
from tests.recommendations.test_send import attempt, make_plan, recommendations, signed

pytestmark = pytest.mark.django_db
LIST = "/admin/recommendations/sending/"
State = Sending.State


@pytest.fixture
def staff(db):
    browser = Client(headers={"x-forwarded-proto": "https"})
    browser.force_login(staff_user(email="op@staff.example"))
    return browser


@pytest.fixture
def connected(signed_in, harbor, simulators):
    dance.connect(signed_in, simulators, "harbor", "wholescripts")
    return harbor


@pytest.fixture
def lost(connected, simulators):
    """A plan that WholeScripts has and whose answer was lost."""
    simulators.fault("wholescripts", "reset_after", method="POST", path="/Recommendations$")
    sending = attempt(connected, signed(connected, make_plan(connected)))
    assert sending.state == State.UNKNOWN
    return sending


@pytest.fixture
def vanished(connected, simulators):
    """A plan that never arrived, waiting for a person."""
    simulators.fault("wholescripts", "reset_before", method="POST", path="/Recommendations$")
    sending = attempt(connected, signed(connected, make_plan(connected)))
    for later in (31, 200, 900):
        sending = attempt(connected, sending, follow_up.look_up, later=later)
    assert sending.state == State.NEEDS_REVIEW
    return sending


def do(staff, deed, *rows, **given):
    page = staff.post(LIST, {"action": deed, "_selected_action": [row.pk for row in rows]})
    return staff.post(LIST, {"confirmed": page.context["token"], **given}, follow=True)


def told(page):
    return [str(message) for message in page.context["messages"]]


def again(harbor, sending):
    with harbor.unit():
        return Sending.objects.select_related("plan__patient").get(pk=sending.pk)


def entries(sending):
    """What the trail says of the deed itself, and of the change of the sending's state."""
    kind = {"kind": "recommendations.sending", "object_id": sending.pk, "via": "admin"}
    with tenancy.unit(tenancy.EVERYTHING):
        of_it = AuditEntry.objects.filter(**kind)
        return of_it.get(detail__has_key="deed"), of_it.get(detail__has_key="state")


def test_a_look_up_finds_what_was_sent_and_sends_nothing(staff, connected, lost, simulators):
    page = do(staff, "look_up", lost)
    assert told(page) == ["Looked up by a worker: 1 sending."]
    assert again(connected, lost).not_before_at is None
    found = attempt(connected, lost, follow_up.look_up)
    assert (found.state, len(recommendations(simulators))) == (State.SENT, 1)


def test_what_waits_for_a_person_can_be_looked_up_once_more(staff, connected, vanished):
    do(staff, "look_up", vanished)
    after = again(connected, vanished)
    assert (after.state, after.look_ups, after.not_before_at) == (State.UNKNOWN, 0, None)


@pytest.mark.parametrize("deed", ["look_up", "not_there"])
def test_what_a_worker_looks_up_at_this_moment_is_left_alone(staff, connected, lost, deed):
    with connected.unit():
        Sending.objects.update(lease_until=timezone.now() + dt.timedelta(minutes=2))
    page = do(staff, deed, lost, reason="Seen")
    assert told(page) == ["A worker is looking it up at this moment: 1 sending."]
    assert again(connected, lost).state == State.UNKNOWN


@pytest.mark.parametrize("state", [s for s in State if s not in ("unknown", "needs_review")])
@pytest.mark.parametrize("deed", ["look_up", "not_there"])
def test_what_is_settled_or_on_its_way_is_left_alone(staff, connected, lost, deed, state):
    with connected.unit():
        Sending.objects.update(state=state)
    page = do(staff, deed, lost, reason="Seen")
    assert told(page) == ["This part is not waiting for a decision: 1 sending."]
    assert again(connected, lost).state == state


def test_what_is_not_there_is_settled_as_not_sent_and_sent_by_nobody(
    staff, connected, vanished, simulators
):
    page = do(staff, "not_there", vanished, reason="Looked with the clinician on the phone")
    assert told(page) == ["Settled as not sent: 1 sending."]
    after = again(connected, vanished)
    assert (after.state, recommendations(simulators)) == (State.REFUSED, [])
    assert "found no such plan. Send it again when that is still right" in after.last_error
    with connected.unit():
        note = PatientEvent.objects.filter(source__contains="not-there").get()
    assert (note.text, note.by) == ("The plan did not reach WholeScripts", "Regimen's staff")


def test_it_is_not_there_needs_a_reason_and_the_trail_keeps_it(staff, connected, vanished):
    page = staff.post(LIST, {"action": "not_there", "_selected_action": [vanished.pk]})
    assert staff.post(LIST, {"confirmed": page.context["token"]}).status_code == 422
    do(staff, "not_there", vanished, reason="Ticket 9")
    did, changed = entries(vanished)
    assert (did.detail, did.reason, did.who) == (
        {"deed": "It is not there"},
        "Ticket 9",
        "op@staff.example",
    )
    assert (changed.detail["state"], changed.reason) == (["needs_review", "refused"], "Ticket 9")


def test_the_clinician_decides_whether_it_goes_again(staff, connected, vanished, signed_in):
    do(staff, "not_there", vanished, reason="r")
    signed_in.post(f"/harbor/plans/sendings/{vanished.pk}/again")
    assert attempt(connected, vanished).state == State.SENT


# --- "It is there under number …"


def found_at(staff, sending, **given):
    return staff.post(f"{LIST}{sending.pk}/found/", given, follow=True)


def test_a_number_is_read_at_the_vendor_and_believed(staff, connected, lost, simulators):
    [plan] = recommendations(simulators)
    number = str(plan.get("RecommendationID") or plan.get("id"))
    page = found_at(staff, lost, number=number, reason="Seen in their portal")
    assert told(page) == ["Found at WholeScripts: 1 sending."]
    assert again(connected, lost).vendor_plan_id == number
    did, changed = entries(lost)
    assert (did.detail, changed.reason) == ({"deed": "It is there"}, "Seen in their portal")


@pytest.mark.parametrize("number", ["999999", "no number", "../../x"])
def test_a_number_that_is_no_plan_of_this_patient_is_not_believed(staff, connected, lost, number):
    page = found_at(staff, lost, number=number, reason="r")
    assert "shows no plan for this patient under that number" in told(page)[0]
    assert again(connected, lost).state == State.UNKNOWN


def test_a_number_needs_a_reason(staff, connected, lost):
    page = found_at(staff, lost, number="1")
    assert page.status_code == 422
    assert "This field is required" in page.content.decode()


def test_the_page_of_the_number_says_how_many_rows_and_asks(staff, connected, lost):
    row = f"{LIST}{lost.pk}/change/"
    page = staff.post(row, {"look_reason": "Asked by the practice"}, follow=True).content.decode()
    assert f"{LIST}{lost.pk}/found/" in page
    page = staff.get(f"{LIST}{lost.pk}/found/").content.decode()
    assert "This touches 1 sending" in page


def test_a_row_of_another_practice_than_the_chosen_is_not_found(staff, connected, lost):
    with tenancy.unit(tenancy.EVERYTHING):
        other = MembershipFactory().practice
    staff.get(f"/admin/?practice={other.slug}")
    assert staff.get(f"{LIST}{lost.pk}/found/").status_code == 404


def test_only_staff_with_the_right_may_say_so(staff, connected, lost, signed_in):
    assert signed_in.post(f"{LIST}{lost.pk}/found/", {"number": "1"}).status_code == 302
    weak = Client(headers={"x-forwarded-proto": "https"})
    weak.force_login(staff_user(is_superuser=False))
    answer = weak.post(f"{LIST}{lost.pk}/found/", {"number": "1", "reason": "r"})
    assert (answer.status_code, again(connected, lost).state) == (403, State.UNKNOWN)


def test_a_row_opens_for_a_reason_that_is_kept(staff, connected, lost):
    row = f"{LIST}{lost.pk}/change/"
    assert lost.reference not in staff.get(row).content.decode()
    page = staff.post(row, {"look_reason": "Asked by the practice"}, follow=True).content.decode()
    assert lost.reference in page
    with connected.unit():
        looked = AuditEntry.objects.filter(action="looked").latest("id")
        patient_id = again(connected, lost).plan.patient_id
    assert (looked.reason, looked.patient_id) == ("Asked by the practice", patient_id)


def test_the_list_holds_no_words_of_a_vendor(staff, connected, lost):
    with connected.unit():
        Sending.objects.update(state=State.REFUSED, last_error="Elena Marsh is not known here")
    assert "Elena Marsh" not in staff.get(LIST).content.decode()


# --- The list


def made(practice, clinician, state, **fields):
    patient = PatientFactory(practice=practice)
    plan = Plan.objects.create(practice=practice, patient=patient, clinician=clinician)
    own = {"membership": clinician, "vendor": "fullscript", "practice": practice}
    connection = ConnectionFactory._meta.model.objects.get_or_create(**own)[0]
    row = Sending.objects.create(
        practice=practice,
        plan=plan,
        vendor="fullscript",
        connection=connection,
        road="api",
        state=state,
    )
    Sending.objects.filter(pk=row.pk).update(**fields)
    return row


def test_what_is_in_trouble_stands_first_and_the_front_page_counts_it(staff, harbor):
    old = timezone.now() - dt.timedelta(hours=1)
    with harbor.unit():
        for state, fields in (
            ("sent", {}),
            ("queued", {}),
            ("queued", {"created_at": old}),
            ("sending", {"lease_until": old}),
            ("refused", {}),
            ("needs_review", {}),
            ("unknown", {}),
        ):
            made(harbor.practice, harbor.nora, state, **fields)
    rows = staff.get(LIST).context["cl"].result_list
    assert [(row.state, row.stuck) for row in rows] == [
        ("unknown", 0),
        ("needs_review", 0),
        ("refused", 0),
        ("sending", 1),
        ("queued", 1),
        ("queued", 0),
        ("sent", 0),
    ]
    figures = {f.label: f.count for f in staff.get("/admin/").context["figures"]}
    assert figures["Sendings of unknown outcome"] == 2
    assert figures["Sendings that are stuck"] == 2
    assert figures["Sendings refused"] == 1


def test_the_list_does_the_same_queries_for_ten_rows_and_two_hundred(staff, harbor):
    counts = []
    for many in (10, 190):
        with harbor.unit():
            for _ in range(many):
                made(harbor.practice, harbor.nora, "unknown")
        with CaptureQueriesContext(database) as done:
            assert staff.get(LIST).status_code == 200
        counts.append(len(done))
    assert counts[0] == counts[1]


def test_no_deed_sends(staff, connected, vanished):
    page = staff.post(LIST, {"action": "send_again", "_selected_action": [vanished.pk]})
    assert page.status_code == 302 or "No action selected" in page.content.decode()
    assert again(connected, vanished).state == State.NEEDS_REVIEW
