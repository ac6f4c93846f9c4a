"""Who posts, who listens, and who is connected."""

import time

import pytest

from practice import inbox, tenancy
from practice.models import Connection
from tests.factories import ConnectionFactory
from tests.hooks.posting import HOOK, KIND, signed, told
from tests.simulators.fullscript.app import WEBHOOK_KEY
from tests.simulators.fullscript.webhooks import payload


@pytest.fixture
def post(db, sender):
    return sender


@pytest.fixture
def sender(client):
    """Posts one event as Fullscript does, signed with `key` as of `age` seconds ago."""

    def posting(event=None, key=WEBHOOK_KEY, age=0, body=None, envelope="event_payload"):
        body = payload(event or told(), envelope, "") if body is None else body
        return client.post(
            HOOK,
            body,
            content_type="application/json",
            headers={"Fullscript-Signature": signed(body, key, time.time() - age)},
        )

    return posting


@pytest.fixture
def heard(monkeypatch):
    """What a subscribed app was told: (practice, event id). Append an error to `fails` to
    have the next call raise it."""
    calls, fails = [], []

    def handler(receipt, event, now):
        calls.append((tenancy.practice_id(), event.id))
        if fails:
            raise fails.pop()

    handler.calls, handler.fails = calls, fails
    for vendor, kind in (("fullscript", KIND), ("scriptrun", "delivery.completed")):
        monkeypatch.setitem(inbox._handlers, (vendor, kind), handler)
    return handler


@pytest.fixture
def connected(db) -> Connection:
    with tenancy.unit(tenancy.EVERYTHING):
        return ConnectionFactory(
            vendor="fullscript", state=Connection.State.ACTIVE, account_id="clinic-1"
        )
