"""Working receipts off: once, for the right practice, again after a failure."""

import datetime as dt

from django.utils import timezone

from practice import inbox, tenancy
from practice.models import Connection, Receipt
from tests.factories import ConnectionFactory
from tests.hooks.posting import CHALLENGE, State, receipts, told, work_off


def test_a_repeat_is_counted_and_has_no_second_effect(post, connected, heard):
    for _ in range(3):
        assert post().json() == CHALLENGE
    work_off()
    assert post().status_code == 200
    work_off()
    [receipt] = receipts()
    assert (receipt.repeats, receipt.state) == (3, State.DONE)
    assert heard.calls == [(connected.practice_id, "ev-1")]


def test_an_unknown_type_is_kept_and_ignored(post, connected):
    post(told(kind="fulfillment.shipment.shipped"))
    work_off()
    assert [receipt.state for receipt in receipts()] == [State.IGNORED]


def test_a_clinic_that_nobody_connected_is_ignored(post, connected, heard):
    post(told(clinic="clinic-2"))
    post(told("ev-2", clinic=""))
    work_off()
    assert [receipt.state for receipt in receipts()] == [State.IGNORED, State.IGNORED]
    assert heard.calls == []


def test_a_clinic_that_two_practices_connected_reaches_both(post, connected, heard):
    with tenancy.unit(tenancy.EVERYTHING):
        other = ConnectionFactory(
            vendor="fullscript", state=Connection.State.ACTIVE, account_id="clinic-1"
        )
    post()
    work_off()
    assert heard.calls == [(connected.practice_id, "ev-1"), (other.practice_id, "ev-1")]


def test_a_practice_that_disconnected_is_not_told(post, connected, heard):
    with tenancy.unit(tenancy.EVERYTHING):
        connected.disconnect()
    post()
    work_off()
    assert heard.calls == []


def test_a_handler_that_raises_is_tried_again_at_growing_gaps_and_then_left(post, connected, heard):
    post()
    now, gaps = timezone.now(), []
    heard.fails += [RuntimeError("made up")] * 20
    while receipts()[0].state == State.NEW:
        work_off(now)
        [receipt] = receipts()
        gaps.append((receipt.not_before_at - now).total_seconds())
        work_off(now)
        now = receipt.not_before_at
    assert (receipt.state, receipt.last_error) == (State.FAILED, "RuntimeError")
    assert len(gaps) == len(heard.calls) == inbox.MAX_ATTEMPTS
    assert gaps == sorted(set(gaps))


def test_after_a_failure_the_next_attempt_may_succeed(post, connected, heard):
    post()
    heard.fails.append(RuntimeError("made up"))
    work_off()
    work_off(timezone.now() + dt.timedelta(minutes=1))
    assert [receipt.state for receipt in receipts()] == [State.DONE]


def die_at(now):
    """A worker claims the receipt and is never heard of again."""
    with tenancy.unit(tenancy.EVERYTHING):
        Receipt.objects.update(state=State.WORKING, lease_until=now, attempts=1)


def test_a_receipt_of_a_dead_worker_is_taken_again(post, connected, heard):
    post()
    now = timezone.now()
    die_at(now)
    work_off(now - dt.timedelta(seconds=1))
    assert heard.calls == []
    work_off(now + dt.timedelta(seconds=1))
    assert [receipt.state for receipt in receipts()] == [State.DONE]


def test_a_receipt_that_kills_every_worker_is_left_to_a_person(post, connected, heard):
    post()
    now = timezone.now()
    die_at(now)
    with tenancy.unit(tenancy.EVERYTHING):
        Receipt.objects.update(attempts=inbox.MAX_ATTEMPTS)
    work_off(now + dt.timedelta(seconds=1))
    assert [receipt.state for receipt in receipts()] == [State.FAILED]
    assert heard.calls == []
