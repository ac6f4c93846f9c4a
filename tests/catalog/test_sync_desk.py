"""The operator's desk of readings: what was read, agreeing to a shorter list, reading again."""

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from catalog.models import Listing, SyncRun
from practice import tenancy
from practice.models import AuditEntry
from tests.catalog.readings import shelf
from tests.factories import ConnectionFactory, MembershipFactory, staff_user

pytestmark = pytest.mark.django_db
LIST = "/admin/catalog/syncrun/"
State = SyncRun.State


@pytest.fixture
def staff(db):
    browser = Client(headers={"x-forwarded-proto": "https"})
    browser.force_login(staff_user(email="op@staff.example"))
    return browser


def reading(state=State.DONE, **fields):
    now = timezone.now()
    values = {
        "vendor": "wholescripts",
        "state": state,
        "started_at": now - dt.timedelta(seconds=75),
        "finished_at": now,
        "next_page": None,
        **fields,
    }
    with tenancy.unit(tenancy.EVERYTHING):
        return SyncRun.objects.create(**values)


def of_a_practice(**fields):
    with tenancy.unit(tenancy.EVERYTHING):
        member = MembershipFactory(name="Nora Lind, ND")
        connection = ConnectionFactory(membership=member, state="active", vendor="fullscript")
    part = {"vendor": "fullscript", "part": "private_label"}
    return reading(practice=member.practice, connection=connection, **part, **fields)


def done(staff, deed, row, **given):
    page = staff.post(LIST, {"action": deed, "_selected_action": [row.pk]})
    return staff.post(LIST, {"confirmed": page.context["token"], **given}, follow=True)


def again(row):
    with tenancy.unit(tenancy.EVERYTHING):
        return type(row).objects.get(pk=row.pk)


def test_the_list_says_who_read_what_and_how_it_went(staff):
    of_a_practice(seen=812, missing=3)
    words = staff.get(LIST).content.decode()
    for told in ("Fullscript private label", "Nora Lind, ND", "812", "1 min 15 s", "Done"):
        assert told in words


def test_agreeing_retires_what_was_missing_and_keeps_the_reason(staff):
    [product] = shelf(1)
    run = reading(State.NEEDS_REVIEW, missing=1, started_at=timezone.now() + dt.timedelta(hours=1))
    done(staff, "agree", run, reason="The vendor dropped the brand")
    with tenancy.unit(tenancy.EVERYTHING):
        assert Listing.objects.get(product=product).retired_at
        entry = AuditEntry.objects.get(kind="catalog.syncrun")
    assert (again(run).state, entry.reason) == (State.DONE, "The vendor dropped the brand")


def test_without_confirmation_nothing_is_retired(staff):
    run = reading(State.NEEDS_REVIEW, missing=1)
    staff.post(LIST, {"action": "agree", "_selected_action": [run.pk]})
    assert again(run).state == State.NEEDS_REVIEW


def test_a_reading_that_asked_nothing_is_left_alone(staff):
    page = done(staff, "agree", reading(State.FAILED), reason="Because it failed")
    assert "nothing was asked there: 1" in page.content.decode()


def test_a_list_is_read_again_by_the_same_account(staff):
    run = of_a_practice(state=State.FAILED)
    done(staff, "read_again", run)
    with tenancy.unit(tenancy.EVERYTHING):
        new = SyncRun.objects.open().get()
    assert (new.connection_id, new.part) == (run.connection_id, run.part)


def test_a_list_that_is_being_read_is_not_asked_for_twice(staff):
    run = of_a_practice(state=State.FAILED)
    done(staff, "read_again", run)
    page = done(staff, "read_again", run)
    assert "Left alone, being read now" in page.content.decode()
    with tenancy.unit(tenancy.EVERYTHING):
        assert SyncRun.objects.open().count() == 1


def test_nothing_is_read_with_an_account_that_is_not_connected(staff):
    run = of_a_practice(state=State.FAILED)
    with tenancy.unit(tenancy.EVERYTHING):
        run.connection.state = "disconnected"
        run.connection.save()
    page = done(staff, "read_again", run)
    assert "the account is not connected" in page.content.decode()


def test_the_front_page_counts_lists_by_their_last_reading(staff):
    reading(State.NEEDS_REVIEW)
    of_a_practice(state=State.FAILED)
    figures = {one.label: one.count for one in staff.get("/admin/").context["figures"]}
    assert figures["Catalogues much shorter than before"] == 1
    assert figures["Catalogues that were not read"] == 1
    reading(State.DONE)
    figures = {one.label: one.count for one in staff.get("/admin/").context["figures"]}
    assert figures["Catalogues much shorter than before"] == 0


def test_the_list_does_a_fixed_number_of_queries(staff, django_assert_max_num_queries):
    def count(rows):
        for _ in range(rows):
            of_a_practice()
        with django_assert_max_num_queries(100) as captured:
            staff.get(LIST)
        return len(captured)

    count(1)
    assert count(9) == count(190)
