"""What staff and owners see of events that did not come by themselves."""

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from practice import attention, checklist, silence, tenancy
from practice.models import Connection, EventSweep, Practice, Receipt
from practice.vendors.contract import Verdict
from tests.factories import ConnectionFactory, staff_user

LIST = "/admin/practice/eventsweep/"
NOW = timezone.now()


@pytest.fixture
def staff(db):
    browser = Client(headers={"x-forwarded-proto": "https"})
    browser.force_login(staff_user(email="op@staff.example"))
    return browser


@pytest.fixture
def connected(clinic):
    """Bob at Fullscript, whose token worked `hours` ago."""

    def at(hours, member="bob", **fields):
        moment = NOW - dt.timedelta(hours=hours)
        with clinic.open():
            return ConnectionFactory(
                membership=getattr(clinic.members, member),
                vendor="fullscript",
                account_id="clinic-1",
                account_name="Harbor Integrative",
                last_success_at=moment,
                token_at=moment,
                **{"state": Connection.State.ACTIVE} | fields,
            )

    return at


@pytest.fixture
def swept(clinic):
    def sweep(**fields):
        with clinic.open():
            return EventSweep.objects.create(
                practice=clinic.here,
                vendor="fullscript",
                account_id="clinic-1",
                span="recent",
                finished_at=NOW,
                not_before_at=NOW + dt.timedelta(hours=1),
                **fields,
            )

    return sweep


def finding(clinic):
    with tenancy.unit(tenancy.EVERYTHING):
        practice = Practice.objects.get(pk=clinic.here.pk)
        found = checklist.of([practice], timezone.now())[practice.pk]
    return next(line.finding for line in found.lines if line.title == "Events arrive")


def figures():
    with tenancy.unit(tenancy.EVERYTHING):
        return {one.label: one.count for one in attention.figures(None, timezone.now())}


@pytest.mark.parametrize(("hours", "is_silent"), [(23, False), (25, True)])
def test_a_clinic_whose_tokens_have_not_worked_for_a_day_is_an_alarm(
    clinic, connected, swept, hours, is_silent
):
    connected(hours, state=Connection.State.NEEDS_RECONNECT)
    swept()
    assert finding(clinic).colour == ("red" if is_silent else "green")
    assert figures()["Clinics without a working token for a day"] == is_silent
    words = clinic.alice.get(clinic.url("today")).content.decode()
    assert ("No connection to Harbor Integrative" in words) == is_silent


def test_one_colleague_whose_token_works_is_enough(clinic, connected):
    connected(99)
    connected(1, "alice")
    with clinic.open():
        assert silence.without_token(None, timezone.now()) == []


def test_who_disconnected_is_no_alarm(clinic, connected):
    connected(99, state=Connection.State.DISCONNECTED)
    with clinic.open():
        assert silence.without_token(None, timezone.now()) == []


@pytest.mark.parametrize(("overdue", "is_silent"), [(2, False), (3, True)])
def test_events_that_no_webhook_brought_are_an_alarm(clinic, connected, swept, overdue, is_silent):
    connected(1)
    swept(overdue=overdue, overdue_since=NOW)
    found = finding(clinic)
    assert found.colour == ("red" if is_silent else "green")
    assert ("dashboard" in found.fix) == is_silent
    assert figures()["Clinics whose events no longer come by webhook"] == is_silent
    words = clinic.alice.get(clinic.url("today")).content.decode()
    assert ("does not tell us by itself" in words) == is_silent


def test_only_who_answers_for_the_practice_is_told_on_today(clinic, connected, swept):
    connected(1)
    swept(overdue=3, overdue_since=NOW)
    words = clinic.bob.get(clinic.url("today")).content.decode()
    assert "does not tell us" not in words


def test_staff_start_a_sweep(clinic, connected, swept, staff):
    sweep = swept()
    page = staff.post(LIST, {"action": "run_now", "_selected_action": [sweep.pk]})
    told = staff.post(LIST, {"confirmed": page.context["token"]}, follow=True)
    assert "Asked of a worker" in told.content.decode()
    with tenancy.unit(tenancy.EVERYTHING):
        assert EventSweep.objects.get().not_before_at <= timezone.now()


def test_its_page_says_how_events_came_day_by_day(clinic, swept, staff):
    sweep = swept(failed_deliveries=[{"event": "e", "type": "t", "at": "", "status": "503"}])
    with clinic.open():
        for number, (found_by, repeats) in enumerate(
            [("webhook", 0), ("webhook", 1), ("sweep", 0), ("sweep", 2)]
        ):
            Receipt.objects.create(
                practice=clinic.here,
                vendor="fullscript",
                endpoint="fullscript",
                event_id=f"e-{number}",
                event_type="order.placed",
                verdict=Verdict.GENUINE,
                body=b"{}",
                received_at=NOW,
                found_by=found_by,
                repeats=repeats,
            )
    page = " ".join(staff.get(f"{LIST}{sweep.pk}/change/").content.decode().split())
    assert "<td>2</td><td>1</td>" in page
    assert "503" in page


def test_the_list_asks_the_same_however_many_there_are(
    clinic, swept, staff, django_assert_max_num_queries
):
    swept()
    staff.get(LIST)
    with clinic.open():
        for number in range(20):
            EventSweep.objects.create(
                practice=clinic.here, vendor="fullscript", account_id=f"c-{number}", span="month"
            )
    with django_assert_max_num_queries(20):
        assert staff.get(LIST).status_code == 200


def test_receipts_are_told_apart_by_how_they_came(clinic, staff):
    page = staff.get("/admin/practice/receipt/?found_by__exact=sweep")
    assert page.status_code == 200
