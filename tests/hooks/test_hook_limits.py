"""Who posts what nobody signed is held up; genuine events come in."""

import logging
import time

import pytest
from django.test import Client

from practice import limits, tenancy
from practice.models import CourierAccount
from tests.factories import PracticeFactory
from tests.hooks.posting import HOOK, receipts, signed, told
from tests.simulators.fullscript.app import WEBHOOK_KEY
from tests.simulators.fullscript.webhooks import payload
from tests.stack.services import free_port

pytestmark = pytest.mark.django_db
ALLOWED = 60


def send(event_id="ev-1", *, key=WEBHOOK_KEY, address="203.0.113.7", path=HOOK, age=0):
    body = payload(told(event_id), "event_payload", "")
    headers = {"Fullscript-Signature": signed(body, key, time.time() - age)}
    browser = Client(REMOTE_ADDR=address)
    return browser.post(path, body, content_type="application/json", headers=headers)


def forge(times, **where):
    return [send(key="nobodys-key", **where).status_code for _ in range(times)]


def test_forgeries_are_refused_and_then_held_up():
    assert forge(ALLOWED + 1) == [401] * (ALLOWED + 1)
    answer = send(key="nobodys-key")
    assert answer.status_code == 429
    assert 1 <= int(answer["Retry-After"]) <= 60


def test_nothing_is_read_of_who_is_held_up(monkeypatch):
    forge(ALLOWED + 1)
    huge = {"CONTENT_LENGTH": 50_000_000}
    assert Client(REMOTE_ADDR="203.0.113.7").post(HOOK, **huge).status_code == 429


def test_events_from_elsewhere_come_in_all_the_same():
    forge(ALLOWED + 2)
    assert send(address="198.51.100.4").status_code == 200
    assert len(receipts()) == 1


def test_who_changes_addresses_holds_up_nobody():
    for number in range(ALLOWED + 20):
        forge(1, address=f"203.0.113.{number}")
    assert send(address="198.51.100.4").status_code == 200


def test_a_network_of_addresses_is_one_sender():
    for number in range(ALLOWED + 1):
        forge(1, address=f"2001:db8::{number:x}")
    assert forge(1, address="2001:db8::ffff") == [429]
    assert send(address="2001:db8:0:1::1").status_code == 200


def test_genuine_events_are_never_counted():
    statuses = {send(f"ev-{number}").status_code for number in range(ALLOWED + 20)}
    assert statuses == {200}


def test_neither_are_late_ones():
    assert {send(age=600).status_code for _ in range(ALLOWED + 2)} == {400}
    assert send().status_code == 200


def test_one_practices_address_is_counted_by_itself():
    with tenancy.unit(tenancy.EVERYTHING):
        one, two = [CourierAccount.objects.create(practice=PracticeFactory()) for _ in range(2)]
        one.roll_secret("made-up-1")
        two.roll_secret("made-up-2")
    knocked = [forge(1, path=f"/hooks/scriptrun/{one.hook_path}") for _ in range(ALLOWED + 2)]
    assert knocked[-1] == [429]
    assert forge(1, path=f"/hooks/scriptrun/{two.hook_path}") == [400]
    keys = limits._counter(limits.settings.REDIS_URL).storage.storage.keys("regimen:limits*")
    assert any(f"practice {one.practice_id}".encode() in key for key in keys)


def test_without_redis_events_come_in_and_forgeries_do_not(settings, caplog):
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}/0"
    with caplog.at_level(logging.WARNING, "regimen.limits"):
        assert forge(ALLOWED + 5) == [401] * (ALLOWED + 5)
    assert send().status_code == 200
    assert [one.message for one in caplog.records].count("limits_away") == 1
