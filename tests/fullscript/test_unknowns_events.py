"""What the reference leaves open about webhooks and events (14), with both of its answers."""

import datetime as dt

import pytest
from django.utils import timezone

from practice.vendors.fullscript import events
from tests.fullscript.sweeping import Clinic, FoundBy
from tests.hooks.posting import CHALLENGE, HOOK, State, receipts


@pytest.fixture
def clinic(db, client, simulators):
    return Clinic(client, simulators)


@pytest.mark.parametrize("envelope", ["event_payload", "event", "bare"])
def test_unknown_01_an_event_is_taken_in_from_any_envelope(clinic, envelope):
    [event] = clinic.happen()
    assert clinic.post(event, envelope=envelope) == 200
    clinic.work_off()
    [receipt] = receipts()
    assert (receipt.event_id, receipt.state) == (event, State.DONE)


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("sent", [{}, {"headers": {"Fullscript-Signature": "t=1,v1=" + "0" * 64}}])
def test_unknown_02_a_probe_is_answered_signed_or_not_by_either_method(clinic, method, sent):
    body = {"data": b"", "content_type": "application/json"} if method == "post" else {}
    answer = getattr(clinic.client, method)(HOOK, **body, **sent)
    assert (answer.status_code, answer.json()) == (200, CHALLENGE)
    assert receipts() == []


@pytest.mark.parametrize("probes", [0, 1, 3])
def test_unknown_02_an_event_comes_in_with_a_probe_before_it_or_without(clinic, probes):
    [event] = clinic.happen()
    for _ in range(probes):
        clinic.client.post(HOOK, b"", content_type="application/json")
    assert clinic.post(event) == 200
    assert [receipt.event_id for receipt in receipts()] == [event]


DELIVERIES = [
    {"event_id": "e-1", "response_status": 500, "attempted_at": "2026-11-02T10:00:00.000Z"},
    {"event_payload": {"event": {"id": "e-1"}}, "status_code": "500"},
    {"event": {"id": "e-1"}, "status": 500, "nobody": {"documented": "this"}},
]


@pytest.mark.parametrize("row", DELIVERIES)
def test_unknown_07_a_failed_delivery_is_read_in_any_shape(row):
    found = events._failed(row)
    assert (found.event_id, found.status) == ("e-1", "500")


@pytest.mark.parametrize("row", [{}, {"event": "e-1"}, {"event_id": None, "status": {}}])
def test_unknown_07_a_failed_delivery_that_cannot_be_read_breaks_nothing(row):
    assert events._failed(row).event_id == ""


@pytest.mark.parametrize("items", ["full", "id"])
def test_unknown_08_an_item_of_the_list_of_events_may_be_nothing_but_an_id(clinic, items):
    clinic.simulators.knob("fullscript", event_items=items)
    [event] = clinic.happen()
    assert clinic.catch_up().missed == 1
    [receipt] = receipts()
    assert (receipt.event_type, receipt.found_by) == ("patient.updated", FoundBy.SWEEP)
    assert receipt.event_id == event


@pytest.mark.parametrize("hours", [-12, 0, 12])
def test_unknown_16_an_event_at_the_edge_of_a_day_is_found_whose_midnight_it_is(clinic, hours):
    clinic.simulators.knob("fullscript", day_zone_hours=hours)
    # At any time of the day the hourly look reaches back over the last twelve hours.
    for back in (11, 4, 0):
        clinic.simulators.set_clock(timezone.now() - dt.timedelta(hours=back))
        clinic.happen()
    assert clinic.catch_up().missed == 3
