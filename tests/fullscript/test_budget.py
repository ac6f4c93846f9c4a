"""What all processes together ask of a vendor, judged by the vendor's own log."""

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from practice import attention, budget, connect, tenancy
from practice.tasking import practice_task, sweep_task
from practice.vendors.contract import AccessRevoked, Unavailable
from tests.factories import staff_user
from tests.stack import forks

MOST, SPAN = 40, 2


@pytest.fixture
def small(settings):
    """Ten calls in a window that no test outlasts, and nobody waits for a place."""
    settings.VENDOR_BUDGETS = {"fullscript": {"windows": [(10, 300)], "background": 0.7}}


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(budget, "PATIENCE", 0)


@pytest.fixture
def asked(db, simulators):
    """Makes one call without a good token; the number of calls that reached the vendor."""

    def ask():
        with pytest.raises(AccessRevoked):
            connect.operator_client("fullscript").with_token("nobody's").plan("none")

    ask.count = lambda: len(simulators.log("fullscript"))
    return ask


@pytest.fixture
def held_back(impatient, asked):
    """Makes one call that is put off; its error."""

    def ask():
        with pytest.raises(Unavailable) as raised:
            connect.operator_client("fullscript").with_token("nobody's").plan("none")
        return raised.value

    return ask


def fullest(moments, seconds):
    """The most calls in any window of so many seconds, its end open."""
    span = dt.timedelta(seconds=seconds)
    return max(sum(start <= other < start + span for other in moments) for start in moments)


def test_several_processes_never_exceed_the_window_together(ground, simulators):
    given = {
        "budgets": {"fullscript": {"windows": [[MOST, SPAN]], "background": 0.7}},
        "on_its_way": 1,
        "patience": 0,
        "seconds": 5,
    }
    runs = [
        forks.start(ground, "ask_much", 3, background=background, **given)
        for background in (False, True)
    ]
    for run in runs:
        assert forks.ended(run) == ["held back"] * 3
    moments = [dt.datetime.fromisoformat(c["started_at"]) for c in simulators.log("fullscript")]
    print(f"\n{len(moments)} calls of 6 processes, at most {fullest(moments, SPAN)} in {SPAN} s")
    assert fullest(moments, SPAN) <= MOST
    assert len(moments) >= 2 * MOST


def test_background_work_stops_at_its_share_and_people_go_on(small, asked, held_back):
    with budget.background():
        for _ in range(7):
            asked()
        put_off = held_back()
    assert (put_off.held_back, put_off.maybe_done) == (True, False)
    assert put_off.retry_after >= budget.PUT_OFF
    for _ in range(3):
        asked()
    assert held_back().retry_after > 0
    assert asked.count() == 10


def test_a_person_who_waits_a_moment_gets_the_next_place(settings, monkeypatch, asked):
    settings.VENDOR_BUDGETS = {"fullscript": {"windows": [(1, 1)], "background": 0.7}}
    monkeypatch.setattr(budget, "ON_ITS_WAY", 0)
    asked()
    asked()
    assert asked.count() == 2


def test_accounts_are_counted_apart(small, impatient):
    for _ in range(10):
        assert budget.enter("fullscript", "one") == 0
    assert budget.enter("fullscript", "one") > 0
    assert budget.enter("fullscript", "two") == 0


def test_a_vendor_without_a_row_is_not_counted(small):
    assert [budget.enter("wholescripts") for _ in range(20)] == [0] * 20


def test_the_present_use_can_be_told(small, asked):
    asked()
    [use] = budget.use("fullscript")
    assert (use.used, use.most, use.seconds, use.background_most, use.pause) == (1, 10, 300, 7, 0)


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("as_date", [False, True])
def test_everybody_waits_as_long_as_the_vendor_says(simulators, asked, held_back, status, as_date):
    params = {"code": status, "retry_after": 60, "retry_after_date": as_date}
    simulators.fault("fullscript", "status", params=params)
    with pytest.raises(Unavailable) as told:
        connect.operator_client("fullscript").with_token("nobody's").plan("none")
    assert 59 <= told.value.retry_after <= 61
    assert 57 < held_back().retry_after <= 61
    assert asked.count() == 1


def test_wholescripts_that_is_away_is_left_alone_by_all(db, simulators, impatient):
    simulators.fault("wholescripts", "status", params={"code": 503, "retry_after": 60})
    client = connect.operator_client("wholescripts")
    with pytest.raises(Unavailable):
        client.brands()
    with pytest.raises(Unavailable) as raised:
        client.brands()
    assert raised.value.held_back
    assert len(simulators.log("wholescripts")) == 1


def test_a_wait_that_is_over_is_over_for_all(settings, simulators, asked):
    """Two seconds that the vendor asked for, by its own clock: never early (goal O4)."""
    simulators.fault("fullscript", "status", params={"code": 429, "retry_after": 1})
    with pytest.raises(Unavailable):
        connect.operator_client("fullscript").with_token("nobody's").plan("none")
    asked()
    first, second = (
        dt.datetime.fromisoformat(c["started_at"]) for c in simulators.log("fullscript")
    )
    assert second - first >= dt.timedelta(seconds=1)


def test_without_a_named_wait_pauses_grow_and_those_of_one_moment_count_once(small, impatient):
    budget.slow_down("fullscript", None)
    first = budget.enter("fullscript")
    budget.slow_down("fullscript", None)
    assert 0 < budget.enter("fullscript") <= first <= 1
    budget.slow_down("fullscript", 5)
    assert 4 < budget.enter("fullscript") <= 5


def test_an_error_that_is_no_slow_down_pauses_nobody(simulators, asked):
    simulators.fault("fullscript", "status", params={"code": 500})
    with pytest.raises(Unavailable):
        connect.operator_client("fullscript").with_token("nobody's").plan("none")
    asked()


def test_without_redis_calls_go_on_and_it_is_logged(settings, simulators, asked, caplog):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    asked()
    asked()
    assert caplog.text.count("budget_away") == 1
    assert asked.count() == 2


def noted(name, found):
    def note(*_):
        found.append(budget._is_background.get())

    note.__name__ = name  # a task is registered by it
    return note


def test_tasks_marked_so_and_sweeps_are_background_and_all_else_is_not(db):
    found = []
    practice_task(noted("for_people", found))(1)
    practice_task(background=True)(noted("for_nobody", found))(1)
    sweep_task(noted("sweeping", found))()
    noted("request", found)()
    assert found == [False, True, True, False]


def test_staff_see_how_much_is_used_and_when_background_work_waits(small, asked, db):
    browser = Client(headers={"x-forwarded-proto": "https"})
    browser.force_login(staff_user())
    page = "/admin/jobs/"
    assert "Room for all" in browser.get(page).content.decode()
    for _ in range(7):
        asked()
    assert "Background waits" in browser.get(page).content.decode()
    budget.slow_down("fullscript", 60)
    assert "Asked us to wait" in browser.get(page).content.decode()
    with tenancy.unit(tenancy.EVERYTHING):
        figures = {one.label: one.count for one in attention.figures(None, timezone.now())}
    assert figures["Vendors asked as much as allowed"] == 1
