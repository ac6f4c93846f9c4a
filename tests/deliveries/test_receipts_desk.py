"""The desk of webhooks with the courier's: replayed, rehearsed, freed, looked at."""

import datetime as dt
import json

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from deliveries.models import DeliveryEvent
from practice import inbox, tenancy
from practice.models import AuditEntry, PatientEvent, Receipt
from practice.vendors.contract import Verdict
from tests.deliveries.desk import told
from tests.factories import staff_user

pytestmark = pytest.mark.django_db
LIST = "/admin/practice/receipt/"
NOON = dt.datetime(2026, 5, 4, 16, 0, tzinfo=dt.UTC)


@pytest.fixture
def staff(db):
    browser = Client(headers={"x-forwarded-proto": "https"})
    browser.force_login(staff_user(email="op@staff.example"))
    return browser


def do(staff, deed, *rows, **given):
    page = staff.post(LIST, {"action": deed, "_selected_action": [row.pk for row in rows]})
    return staff.post(LIST, {"confirmed": page.context["token"], **given}, follow=True)


def effects(desk):
    """All that the courier's events leave behind."""
    with desk.unit():
        return (
            list(DeliveryEvent.objects.order_by("pk").values()),
            list(PatientEvent.objects.order_by("pk").values()),
            list(desk.patient.deliveries.values("state", "delivered_at", "parcel_id")),
        )


def receipt_of(desk) -> Receipt:
    with desk.unit():
        return Receipt.objects.latest("pk")


def keep(desk, receipt, body):
    with desk.unit():
        receipt.keep(body)
        receipt.save(update_fields=["body"])


@pytest.fixture
def delivered(desk):
    """A parcel that the courier reported as delivered, worked off."""
    delivery = desk.booked()
    desk.post(told("delivery.completed", delivery.parcel_id, NOON))
    return receipt_of(desk)


def test_a_receipt_replayed_twice_has_each_effect_once(desk, staff, delivered):
    before = effects(desk)
    for _ in range(2):
        do(staff, "replay", delivered)
        assert receipt_of(desk).state == "new"
        desk.work_off(timezone.now())
        assert receipt_of(desk).state == "done"
    assert effects(desk) == before


def test_a_failed_receipt_is_done_once_its_replay_succeeds(desk, staff):
    delivery = desk.booked()
    row = desk.store(told("delivery.completed", delivery.parcel_id, NOON))
    with desk.unit():
        Receipt.objects.update(state="failed", attempts=8, last_error="KeyError")
    do(staff, "replay", row)
    desk.work_off(timezone.now())
    assert (receipt_of(desk).state, receipt_of(desk).attempts) == ("done", 1)
    assert desk.again(delivery).state == "delivered"


def test_a_rehearsal_says_what_a_replay_would_do_and_does_nothing(desk, staff):
    delivery = desk.booked()
    row = desk.store(told("delivery.completed", delivery.parcel_id, NOON))
    before, state = effects(desk), receipt_of(desk).state
    scheduled = list(connection.run_on_commit)
    words = do(staff, "rehearse", row).content.decode()
    assert "add 1 delivery event" in words
    assert "change 1 delivery" in words
    assert (effects(desk), receipt_of(desk).state) == (before, state)
    assert connection.run_on_commit == scheduled


def test_a_rehearsal_of_what_was_done_would_add_nothing(desk, staff, delivered):
    words = do(staff, "rehearse", delivered).content.decode()
    assert "add" not in words.split("<tbody>")[1]


def test_a_rehearsal_tells_the_error_and_spares_the_next(desk, staff, monkeypatch):
    def broken(receipt, event, now):
        DeliveryEvent.objects.update(no_such_field=1)

    first = desk.store(told("package.created", "p-1", NOON))
    monkeypatch.setitem(inbox._handlers, ("scriptrun", "package.created"), broken)
    second = desk.store(told("delivery.completed", "p-2", NOON))
    words = do(staff, "rehearse", first, second).content.decode()
    assert "Fail: FieldDoesNotExist" in words
    assert "add 1 delivery event" in words


def test_what_is_not_known_would_be_ignored(desk, staff):
    row = desk.store(told("parcel.dreamt", "p-1", NOON))
    assert "nothing here is interested" in do(staff, "rehearse", row).content.decode()


def test_what_a_receipt_led_to_is_linked(desk, staff, delivered):
    words = staff.get(LIST).content.decode()
    with desk.unit():
        event = DeliveryEvent.objects.get()
    assert f"/admin/deliveries/deliveryevent/{event.pk}/change/" in words
    assert f"/admin/deliveries/delivery/{event.delivery_id}/change/" in words


def test_one_in_quarantine_is_not_replayed_but_freed(desk, staff, delivered):
    with desk.unit():
        Receipt.objects.update(state="quarantined", verdict=Verdict.STALE)
    do(staff, "replay", delivered)
    assert receipt_of(desk).state == "quarantined"
    do(staff, "free", delivered, reason="Our clock was wrong")
    assert (receipt_of(desk).state, receipt_of(desk).verdict) == ("new", "stale")


def test_a_body_is_shown_for_a_reason_that_is_kept(desk, staff, delivered):
    secret = "A neighbour took it"
    keep(desk, delivered, json.dumps({"note": secret}).encode())
    pages = [LIST, f"{LIST}{delivered.pk}/change/"]
    assert not [page for page in pages if secret in staff.get(page).content.decode()]
    asked = staff.post(LIST, {"action": "show_body", "_selected_action": [delivered.pk]})
    refused = staff.post(LIST, {"confirmed": asked.context["token"]})
    assert (refused.status_code, secret in refused.content.decode()) == (422, False)
    shown = do(staff, "show_body", delivered, reason="Ticket 12")
    assert secret in shown.content.decode()
    with tenancy.unit(tenancy.EVERYTHING):
        entry = AuditEntry.objects.filter(kind="practice.receipt").latest("pk")
    assert (entry.action, entry.detail, entry.reason, entry.who) == (
        "looked",
        {"deed": "Show the body"},
        "Ticket 12",
        "op@staff.example",
    )
    assert entry.practice_id == desk.practice.pk


def test_a_body_that_our_keys_do_not_open_is_told(desk, staff, delivered):
    with desk.unit():
        Receipt.objects.update(event_id="moved to another row")
    shown = do(staff, "show_body", delivered, reason="r")
    assert "Our keys do not open it" in shown.content.decode()
    assert "Fail: CannotOpen" in do(staff, "rehearse", delivered).content.decode()


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[]"])
def test_a_body_that_is_no_event_breaks_no_page(desk, staff, delivered, body):
    keep(desk, delivered, body)
    assert do(staff, "show_body", delivered, reason="r").status_code == 200
    assert "Fail: BadAnswer" in do(staff, "rehearse", delivered).content.decode()
    assert staff.get(LIST).status_code == 200


def test_the_list_does_the_same_queries_for_ten_rows_and_two_hundred(desk, staff):
    counts = []
    for many in (10, 190):
        with desk.unit():
            made = Receipt.objects.count()
            rows = Receipt.objects.bulk_create(
                Receipt(
                    practice=desk.practice,
                    vendor="scriptrun",
                    endpoint="scriptrun/1",
                    event_id=f"e-{made + number}",
                    event_type="delivery.completed",
                    verdict=Verdict.GENUINE,
                    body=b"{}",
                    received_at=NOON,
                )
                for number in range(many)
            )
            DeliveryEvent.objects.bulk_create(
                DeliveryEvent(
                    practice=desk.practice,
                    receipt=row,
                    parcel_id=row.event_id,
                    type="x",
                    happened_at=NOON,
                )
                for row in rows
            )
        with CaptureQueriesContext(connection) as done:
            assert staff.get(LIST).status_code == 200
        counts.append(len(done))
    assert counts[0] == counts[1]
