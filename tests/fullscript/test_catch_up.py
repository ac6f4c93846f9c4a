"""Events that no webhook brought are asked for again, and nothing happens twice."""

import datetime as dt

import pytest
from django.utils import timezone

from practice import budget, catch_up, tenancy
from practice.models import Connection, EventSweep
from tests import dance
from tests.factories import MembershipFactory, UserFactory
from tests.fullscript.sweeping import Clinic, FoundBy, Span
from tests.hooks.posting import State, receipts

HOUR = 3600


@pytest.fixture
def clinic(db, client, simulators):
    return Clinic(client, simulators)


@pytest.fixture
def samuel(clinic, simulators):
    """A second clinician of the clinic, connected too."""
    there = next(
        one
        for one in simulators.holds("fullscript")["practitioners"].values()
        if one["clinic_id"] == clinic.connection.account_id and one["email"] != dance.NORA
    )
    with tenancy.unit(tenancy.EVERYTHING):
        user = UserFactory(username="samuel", email=there["email"])
        member = MembershipFactory(practice=clinic.harbor.practice, user=user)
    clinic.client.force_login(user)
    dance.connect(clinic.client, simulators, "harbor", "fullscript", there["email"])
    return member


def test_connecting_lines_both_sweeps_up(clinic):
    with tenancy.declare(tenancy.EVERYTHING):
        due = catch_up.due(timezone.now())
    assert len(due) == 2
    assert {practice_id for practice_id, _ in due} == {clinic.harbor.practice.pk}


def test_accounts_from_before_get_theirs(clinic):
    with tenancy.unit(tenancy.EVERYTHING):
        EventSweep.objects.all().delete()
    with tenancy.declare(tenancy.EVERYTHING):
        catch_up.complete()
        catch_up.complete()
    assert clinic.sweep().account_id == clinic.connection.account_id


def test_what_no_webhook_brought_is_found_and_worked_off(clinic):
    posted, lost = clinic.happen(2)
    assert clinic.post(posted) == 200
    sweep = clinic.catch_up()
    assert clinic.found() == {posted: FoundBy.WEBHOOK, lost: FoundBy.SWEEP}
    assert (sweep.seen, sweep.missed, sweep.last_error) == (2, 1, "")
    assert sweep.finished_at > sweep.started_at
    assert sweep.not_before_at > timezone.now() + dt.timedelta(minutes=59)
    clinic.work_off()
    assert {receipt.state for receipt in receipts()} <= {State.DONE, State.IGNORED}
    assert {receipt.account_id for receipt in receipts()} == {clinic.connection.account_id}


def test_what_is_known_is_not_fetched_again(clinic):
    clinic.happen(3)
    clinic.catch_up()
    clinic.simulators.clear_log("fullscript")
    assert clinic.catch_up().missed == 0
    assert sorted(clinic.asked()) == sorted(
        f"/api/events/{name}"
        for name in ("patients", "treatment_plans", "orders", "products", "lab_orders")
    )


def test_a_webhook_that_comes_after_all_is_a_repeat(clinic):
    [event] = clinic.happen()
    clinic.catch_up()
    assert clinic.post(event) == 200
    [receipt] = receipts()
    assert (receipt.found_by, receipt.repeats) == (FoundBy.SWEEP, 1)


def test_all_pages_of_all_categories_are_read(clinic):
    clinic.simulators.act("fullscript/many-events", count=240, seed=4)
    sweep = clinic.catch_up()
    held = {event["id"] for event in clinic.events()}
    assert set(clinic.found()) == held
    assert sweep.seen == sweep.missed == len(held)


def test_the_daily_one_reaches_thirty_days_back(clinic):
    for days in (31, 29, 3, 0):
        clinic.simulators.set_clock(timezone.now() - dt.timedelta(days=days))
        clinic.happen()
    events = [event["id"] for event in clinic.events()]
    clinic.catch_up()
    assert set(clinic.found()) == {events[3]}
    clinic.catch_up(Span.MONTH)
    assert set(clinic.found()) == set(events[1:])
    assert clinic.sweep(Span.MONTH).not_before_at > timezone.now() + dt.timedelta(hours=23)


def test_a_category_that_is_refused_is_skipped_and_said(clinic):
    clinic.happen()
    clinic.simulators.fault(
        "fullscript", "status", path="/events/treatment_plans", times=9, params={"code": 403}
    )
    sweep = clinic.catch_up()
    assert (sweep.skipped, sweep.missed, sweep.last_error) == (["treatment_plans"], 1, "")
    assert sweep.category == ""


def test_a_scope_that_is_missing_is_not_even_asked_for(clinic):
    with tenancy.unit(tenancy.EVERYTHING):
        Connection.objects.update(scopes="clinic:read patients:read")
    clinic.happen()
    clinic.simulators.clear_log("fullscript")
    sweep = clinic.catch_up()
    assert sweep.skipped == ["treatment_plans", "orders", "products", "lab_orders"]
    assert (sweep.missed, clinic.asked()[0]) == (1, "/api/events/patients")


def test_the_next_clinician_is_asked_when_one_has_ended_the_connection(clinic, samuel):
    people = clinic.held("practitioners").values()
    nora = next(one["id"] for one in people if one["email"] == dance.NORA)
    clinic.simulators.act("fullscript/revoke-person", person_id=nora)
    clinic.happen()
    sweep = clinic.catch_up()
    assert (sweep.missed, sweep.skipped, sweep.last_error) == (1, [], "")


def test_without_anybody_connected_it_says_so_and_comes_back(clinic):
    people = clinic.held("practitioners").values()
    nora = next(one["id"] for one in people if one["email"] == dance.NORA)
    clinic.simulators.act("fullscript/revoke-person", person_id=nora)
    assert clinic.catch_up().last_error == catch_up.NOBODY
    sweep = clinic.catch_up()
    assert sweep.last_error == catch_up.NOBODY
    assert sweep.not_before_at > timezone.now()


def test_without_an_answer_it_goes_on_later_where_it_stopped(clinic):
    clinic.simulators.act("fullscript/many-events", count=240, seed=4)
    clinic.simulators.fault(
        "fullscript", "status", path="/events/products", params={"code": 503, "retry_after": 1}
    )
    sweep = clinic.catch_up()
    assert (sweep.category, sweep.last_error) == ("products", catch_up.NO_ANSWER)
    first = set(clinic.found())
    budget.forget()
    clinic.simulators.clear_log("fullscript")
    sweep = clinic.catch_up(later=HOUR)
    assert not [path for path in clinic.asked() if path == "/api/events/patients"]
    assert first < set(clinic.found()) == {event["id"] for event in clinic.events()}
    assert (sweep.category, sweep.last_error) == ("", "")


def test_where_there_is_no_room_to_ask_nothing_went_wrong(clinic, settings):
    settings.VENDOR_BUDGETS = {"fullscript": {"windows": [(5, 300)], "background": 0.2}}
    sweep = clinic.catch_up()
    assert (sweep.last_error, sweep.lease_until) == ("", None)
    assert sweep.not_before_at > timezone.now()


def test_what_somebody_holds_is_left_to_them(clinic):
    clinic.happen()
    with tenancy.unit(tenancy.EVERYTHING):
        EventSweep.objects.update(lease_until=timezone.now() + dt.timedelta(seconds=60))
    assert clinic.catch_up().seen == 0
    assert clinic.catch_up(later=61).missed == 1


def test_who_lost_the_lease_writes_no_more(clinic):
    clinic.happen()
    sweep = clinic.sweep()
    with clinic.harbor.scope():
        with clinic.harbor.unit():
            EventSweep.objects.update(attempts=7, lease_until=timezone.now())
        assert not catch_up._change(sweep, seen=99)
    assert clinic.sweep().seen == 0


def test_an_event_that_names_no_clinic_is_led_to_the_one_that_has_it(clinic):
    [event] = clinic.happen()
    assert clinic.post(event, fault="no_clinic_id") == 200
    clinic.work_off()
    [receipt] = receipts()
    assert (receipt.state, receipt.practice_id) == (State.IGNORED, None)
    sweep = clinic.catch_up()
    clinic.work_off()
    [receipt] = receipts()
    assert (receipt.account_id, sweep.missed) == (clinic.connection.account_id, 0)
    assert receipt.practice_id == clinic.harbor.practice.pk


def test_one_that_names_no_clinic_and_still_waits_is_led_there_too(clinic):
    [event] = clinic.happen()
    clinic.post(event, fault="no_clinic_id")
    clinic.catch_up()
    clinic.work_off()
    [receipt] = receipts()
    assert (receipt.state, receipt.practice_id) == (State.DONE, clinic.harbor.practice.pk)


def test_one_in_quarantine_is_freed_by_what_the_vendor_says_of_it(clinic):
    [event] = clinic.happen()
    assert clinic.post(event, fault="stale") == 400
    assert [receipt.state for receipt in receipts()] == [State.QUARANTINED]
    clinic.catch_up()
    assert [receipt.state for receipt in receipts()] == [State.NEW]


def test_an_event_that_is_gone_meanwhile_is_no_news(clinic):
    clinic.happen(2)
    clinic.simulators.fault("fullscript", "status", path="/events/[^/]*-", params={"code": 404})
    assert clinic.catch_up().missed == 1


def test_an_event_that_cannot_be_read_is_said_and_read_next_time(clinic):
    clinic.happen()
    odd = {"code": 200, "body": {"event": {"id": "x"}}}
    clinic.simulators.fault("fullscript", "status", path="/events/[^/]*-", params=odd)
    assert clinic.catch_up().last_error == catch_up.SOME_LEFT_OUT
    assert clinic.catch_up().missed == 1


# --- What should have come by itself


def test_three_that_no_webhook_brought_are_an_alarm_until_one_comes(clinic):
    set_back(clinic, hours=9)
    before(clinic, hours=2, count=3)
    assert clinic.catch_up().is_silent
    assert clinic.catch_up().is_silent
    [event] = clinic.happen()
    clinic.post(event)
    assert not clinic.catch_up().is_silent


def test_what_got_lost_between_two_that_came_is_no_alarm(clinic):
    set_back(clinic, hours=9)
    before(clinic, hours=2, count=5)
    [event] = clinic.happen()
    clinic.post(event)
    sweep = clinic.catch_up()
    assert (sweep.missed, sweep.overdue) == (5, 0)


def test_what_may_still_be_on_its_way_is_no_alarm(clinic):
    set_back(clinic, hours=9)
    clinic.happen(5)
    sweep = clinic.catch_up()
    assert (sweep.missed, sweep.overdue) == (5, 0)


def test_what_happened_before_anybody_connected_is_no_alarm(clinic):
    before(clinic, hours=2, count=5)
    sweep = clinic.catch_up()
    assert (sweep.missed, sweep.overdue) == (5, 0)


def before(clinic, hours, count):
    """So many events of so many hours ago."""
    clinic.simulators.set_clock(timezone.now() - dt.timedelta(hours=hours))
    clinic.happen(count)
    clinic.simulators.set_clock(timezone.now())


def set_back(clinic, hours):
    """The clinic has been connected for so long."""
    with tenancy.unit(tenancy.EVERYTHING):
        Connection.objects.update(connected_at=timezone.now() - dt.timedelta(hours=hours))


def test_what_the_vendor_says_of_failed_deliveries_is_kept_for_staff(clinic):
    clinic.simulators.configure_webhook("fullscript", url="http://127.0.0.1:9/hooks")
    [event] = clinic.happen()
    clinic.simulators.act("fullscript/deliver-due")
    [failed] = clinic.catch_up().failed_deliveries
    assert (failed["event"], failed["type"]) == (event, "patient.updated")
    assert failed["at"]


def test_nothing_of_the_deliveries_is_needed(clinic):
    clinic.happen()
    clinic.simulators.fault("fullscript", "status", path="/webhooks/", params={"code": 503})
    sweep = clinic.catch_up()
    assert (sweep.failed_deliveries, sweep.missed, sweep.category) == ([], 1, "")
