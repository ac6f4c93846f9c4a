"""The operator's desk of parcels in trouble: what is shown, and what staff decide."""

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from deliveries.models import Delivery
from practice.models import AuditEntry, CourierAccount, PatientEvent
from tests.deliveries.desk import told
from tests.factories import PracticeFactory, staff_user

pytestmark = pytest.mark.django_db
State = Delivery.State
LIST = "/admin/deliveries/delivery/"
EVENTS = "/admin/deliveries/deliveryevent/"
ACCOUNTS = "/admin/practice/courieraccount/"
WHY = "The practice called about it"


@pytest.fixture
def staff(db):
    browser = Client(headers={"x-forwarded-proto": "https"})
    browser.force_login(staff_user(email="op@staff.example"))
    return browser


def parcel(desk, **fields):
    now = timezone.now()
    with desk.unit():
        return Delivery.objects.create(
            practice=desk.practice,
            patient=desk.patient,
            booked_by=desk.alice,
            recipient_name=desk.patient.name,
            address_line="100 Sample Ave, Tampa, FL 33602",
            **{"delivery_date": now.date(), "attempted_at": now, **fields},
        )


@pytest.fixture
def troubled(desk):
    """One parcel in each trouble, by its kind, and two that are well."""
    now = timezone.now()
    kinds = {
        "review": parcel(desk, state=State.NEEDS_REVIEW),
        "unknown": parcel(desk, state=State.UNKNOWN),
        "late": parcel(desk, state=State.ACCEPTED, delivery_date=now.date() - dt.timedelta(days=2)),
        "failed": parcel(desk, state=State.FAILED, failed_at=now),
        "refused": parcel(desk, state=State.REJECTED),
    }
    parcel(desk, state=State.ACCEPTED, delivery_date=now.date() + dt.timedelta(days=1))
    parcel(desk, state=State.FAILED, failed_at=now - dt.timedelta(days=30))
    return kinds


def listed(staff, **asked):
    return {row.pk for row in staff.get(LIST, asked).context["cl"].result_list}


def done(staff, deed, row, path=LIST, **given):
    page = staff.post(path, {"action": deed, "_selected_action": [row.pk]})
    answer = staff.post(path, {"confirmed": page.context["token"], "reason": WHY, **given})
    return staff.get(answer.url) if answer.status_code == 302 else answer


def test_the_desk_shows_what_is_in_trouble_and_all_when_asked(desk, staff, troubled):
    assert listed(staff) == {row.pk for row in troubled.values()}
    assert len(listed(staff, trouble="all")) == 7


def test_each_trouble_is_shown_by_itself(desk, staff, troubled):
    for kind, row in troubled.items():
        assert listed(staff, trouble=kind) == {row.pk}, kind


def test_what_waits_for_a_paused_account_is_in_trouble(desk, staff):
    waiting = parcel(desk, state=State.READY)
    assert listed(staff, trouble="paused") == set()
    with desk.unit():
        desk.account.pause("The plan's limit is reached (402).")
    assert listed(staff, trouble="paused") == {waiting.pk}
    assert "account paused" in staff.get(LIST).content.decode()


def test_the_front_page_counts_them(desk, staff, troubled):
    figures = {one.label: one.count for one in staff.get("/admin/").context["figures"]}
    assert figures["Parcels: needs a decision"] == 1
    assert figures["Parcels: late, its day is over"] == 1
    assert figures["Courier events no delivery knows"] == 0


def test_no_list_shows_a_patient(desk, staff, troubled):
    words = staff.get(LIST).content.decode() + staff.get(EVENTS).content.decode()
    assert desk.patient.last_name not in words
    assert "Sample Ave" not in words


def test_the_list_does_a_fixed_number_of_queries(
    desk, staff, django_assert_max_num_queries, troubled
):
    def count(rows):
        for _ in range(rows):
            parcel(desk, state=State.NEEDS_REVIEW)
        with django_assert_max_num_queries(100) as captured:
            staff.get(LIST)
        return len(captured)

    count(0)
    assert count(5) == count(195)


def test_staff_tie_a_parcel_that_they_found(desk, staff, troubled):
    done(staff, "found", troubled["review"], parcel_id="pkg_1")
    row = desk.again(troubled["review"])
    assert (row.state, row.parcel_id) == (State.ACCEPTED, "pkg_1")
    with desk.unit():
        event = PatientEvent.objects.get(text="Parcel found at the courier")
        entry = AuditEntry.objects.get(kind="deliveries.delivery", detail__has_key="deed")
    assert event.by == "op@staff.example, operator's staff"
    assert (entry.reason, entry.object_id) == (WHY, row.pk)


def test_an_orphan_event_counts_once_its_parcel_is_tied(desk, staff, troubled):
    noon = timezone.now().replace(microsecond=0)
    desk.post(told("delivery.completed", "pkg_2", noon))
    assert "No delivery knows it" in staff.get(EVENTS, {"orphans": "yes"}).content.decode()
    done(staff, "found", troubled["review"], parcel_id="pkg_2")
    assert desk.again(troubled["review"]).state == State.DELIVERED
    assert not staff.get(EVENTS, {"orphans": "yes"}).context["cl"].result_list


def test_a_parcel_of_another_delivery_is_not_tied(desk, staff, troubled):
    parcel(desk, state=State.ACCEPTED, parcel_id="pkg_3")
    page = done(staff, "found", troubled["review"], parcel_id="pkg_3")
    assert "belongs to another delivery" in page.content.decode()
    assert desk.again(troubled["review"]).state == State.NEEDS_REVIEW


def test_staff_have_a_parcel_booked_again(desk, staff, troubled):
    done(staff, "again", troubled["review"])
    assert desk.again(troubled["review"]).state == State.READY


@pytest.mark.parametrize(("given", "state"), [({}, "needs_review"), ({"is_gone": "on"}, "ready")])
def test_a_costly_one_is_booked_again_only_when_confirmed(desk, staff, given, state):
    row = parcel(desk, state=State.NEEDS_REVIEW, copay=5)
    done(staff, "again", row, **given)
    assert desk.again(row).state == state


def test_a_finding_is_marked_as_looked_at(desk, staff):
    row = parcel(desk, state=State.DELIVERED, review_reason="$3 was collected.")
    done(staff, "settle", row)
    assert (desk.again(row).review_reason, listed(staff)) == ("", set())


def test_what_was_settled_meanwhile_is_left_alone(desk, staff, troubled):
    row = troubled["review"]
    page = staff.post(LIST, {"action": "again", "_selected_action": [row.pk]})
    with desk.unit():
        desk.again(row).accept("pkg_4", timezone.now())
    staff.post(LIST, {"confirmed": page.context["token"], "reason": WHY})
    assert desk.again(row).state == State.ACCEPTED


def test_no_deed_without_a_reason(desk, staff, troubled):
    answer = done(staff, "again", troubled["review"], reason="")
    assert answer.status_code == 422
    assert desk.again(troubled["review"]).state == State.NEEDS_REVIEW


def test_a_paused_account_is_resumed(desk, staff):
    with desk.unit():
        desk.account.pause("The plan's limit is reached (402).")
    done(staff, "resume", desk.account, path=ACCOUNTS)
    assert desk.again(desk.account).state == CourierAccount.State.ACTIVE


def test_another_practices_parcels_are_out_of_reach_once_narrowed(desk, staff, troubled):
    PracticeFactory(slug="else-where")
    staff.get("/admin/?practice=else-where")
    assert listed(staff, trouble="all") == set()
