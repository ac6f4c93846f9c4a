"""What goes wrong on the way to WholeScripts, one call at a time: what our row says, and what the
vendor holds in the end."""

import datetime as dt

import pytest
from django.conf import settings as django_settings
from django.utils import timezone

from practice import budget, connect
from practice.models import Connection
from practice.vendors.contract import BadAnswer, Unavailable
from recommendations import follow_up
from recommendations.models import Sending
from tests import dance
from tests.journey import wait_for
from tests.recommendations.test_send import attempt, make_plan, recommendations, signed
from tests.vendors.conftest import NORA

State = Sending.State
POST = {"method": "POST", "path": "/Recommendations$"}
PAGE = "<!doctype html><html><body><h1>Please sign in</h1></body></html>"
HTML = {"Content-Type": "text/html; charset=utf-8"}
CODES = "/PractitionerReferralCodes$"


@pytest.fixture
def connected(signed_in, harbor, simulators, settings):
    """Nora's account there, and a client that waits for no answer longer than a second."""
    client = django_settings.VENDOR_CLIENTS["wholescripts"]
    patient = client | {"read_timeout": 1, "send_timeout": 1}
    settings.VENDOR_CLIENTS = django_settings.VENDOR_CLIENTS | {"wholescripts": patient}
    dance.connect(signed_in, simulators, "harbor", "wholescripts")
    return harbor


@pytest.fixture
def sending(connected):
    return signed(connected, make_plan(connected))


def found_later(harbor, sending):
    """After the looks that an unknown outcome gets."""
    for look in range(len(django_settings.LOOK_UP_WAITS) + 1):
        if sending.state == State.UNKNOWN:
            attempt(harbor, sending, follow_up.look_up, later=3600 * (look + 1))
    return sending.state


def sent(simulators) -> int:
    """How often a recommendation was posted."""
    calls = simulators.log("wholescripts")
    return sum(c["method"] == "POST" and c["path"].endswith("/Recommendations") for c in calls)


def connection_of(harbor):
    with harbor.unit():
        return Connection.objects.select_related("membership__user").get()


def codes(harbor):
    with harbor.scope():
        return connect.call(connection_of(harbor), lambda client: client.referral_codes())


@pytest.mark.parametrize(
    ("kind", "params", "held", "state"),
    [
        # A page in place of the answer, with a success and with an error; before and after it
        # was stored.
        ("html", {"code": 200}, 0, State.NEEDS_REVIEW),
        ("html", {"code": 502}, 0, State.NEEDS_REVIEW),
        ("status_after", {"code": 200, "body": PAGE, "headers": HTML}, 1, State.SENT),
        ("status_after", {"code": 500, "body": PAGE, "headers": HTML}, 1, State.SENT),
        # An answer that comes too late, whole or in drips.
        ("hang", {}, 1, State.SENT),
        ("drip", {"seconds": 4}, 1, State.SENT),
        # One that breaks off.
        ("truncated", {"short": True}, 1, State.SENT),
        ("reset_after", {}, 1, State.SENT),
        ("reset_before", {}, 0, State.NEEDS_REVIEW),
    ],
)
def test_a_lost_answer_is_looked_up_and_never_sent_again(
    connected, sending, simulators, kind, params, held, state
):
    simulators.fault("wholescripts", kind, **POST, params=params)
    attempt(connected, sending)
    assert sending.state == State.UNKNOWN
    assert found_later(connected, sending) == state
    simulators.release()
    wait_for(lambda: sent(simulators) > 0)
    assert (sent(simulators), len(recommendations(simulators))) == (1, held)


@pytest.mark.parametrize("as_date", [True, False])
def test_a_recommendation_waits_as_long_as_it_is_told_and_then_goes_once(
    connected, sending, simulators, as_date
):
    busy = {"code": 429, "retry_after": 900, "retry_after_date": as_date}
    simulators.fault("wholescripts", "status", **POST, params=busy)
    before = timezone.now()
    attempt(connected, sending)
    assert sending.state == State.QUEUED
    wait = sending.not_before_at - before
    assert dt.timedelta(seconds=890) < wait < dt.timedelta(seconds=1200)
    assert recommendations(simulators) == []
    budget.forget()  # what the vendor asked us all to wait is over by then
    attempt(connected, sending, later=1300)
    assert sending.state == State.SENT
    assert len(recommendations(simulators)) == 1


@pytest.mark.parametrize("given", ["Wed, 01 Jan 2020 00:00:00 GMT", "soon", "-5", ""])
def test_a_date_that_has_passed_or_says_nothing_is_no_long_wait(connected, simulators, given):
    refusal = {"code": 429, "headers": {"Retry-After": given}}
    simulators.fault("wholescripts", "status", path=CODES, params=refusal)
    with pytest.raises(Unavailable) as raised:
        codes(connected)
    assert (raised.value.retry_after or 0) <= 1
    assert not raised.value.maybe_done


def test_a_401_in_mid_session_is_refreshed_and_the_post_made_again_once(
    connected, sending, simulators
):
    simulators.act("wholescripts/expire", practitioner=NORA)
    simulators.clear_log("wholescripts")
    attempt(connected, sending)
    assert sending.state == State.SENT
    assert len(recommendations(simulators)) == 1
    tokens = [c for c in simulators.log("wholescripts") if c["path"].endswith("/Token")]
    assert len(tokens) == 1


def test_a_401_on_the_post_itself_is_refreshed_and_made_again_once(connected, sending, simulators):
    simulators.fault("wholescripts", "status", **POST, params={"code": 401})
    simulators.clear_log("wholescripts")
    attempt(connected, sending)
    assert sending.state == State.SENT
    assert (sent(simulators), len(recommendations(simulators))) == (2, 1)


def test_a_second_401_sends_nothing_and_asks_the_person_to_connect(connected, sending, simulators):
    simulators.fault("wholescripts", "status", **POST, times=0, params={"code": 401})
    simulators.clear_log("wholescripts")
    attempt(connected, sending)
    assert (sent(simulators), recommendations(simulators)) == (2, [])
    assert connection_of(connected).state == Connection.State.NEEDS_RECONNECT
    assert sending.state == State.QUEUED
    simulators.clear_faults()
    attempt(connected, sending, later=7200)
    assert recommendations(simulators) == []


@pytest.mark.parametrize(
    ("kind", "params", "error"),
    [
        ("html", {"code": 200}, BadAnswer),
        ("html", {"code": 502}, Unavailable),
        ("slow", {"seconds": 3}, Unavailable),
        ("drip", {"seconds": 4}, Unavailable),
        ("truncated", {}, BadAnswer),
    ],
)
def test_a_reading_that_fails_changes_nothing_and_says_no_word_of_the_page(
    connected, simulators, kind, params, error
):
    simulators.fault("wholescripts", kind, path=CODES, params=params)
    with pytest.raises(error) as raised:
        codes(connected)
    assert "<" not in raised.value.message
    assert connection_of(connected).is_active
    assert codes(connected)
