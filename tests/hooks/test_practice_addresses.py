"""Addresses of one practice each, whose paths and secrets stay secret."""

import json
import time

import pytest
from django.test import Client

from practice import tenancy
from practice.models import CourierAccount
from tests.factories import PracticeFactory
from tests.hooks.posting import receipts, signed, work_off


@pytest.fixture
def couriers(db) -> list[CourierAccount]:
    """Two practices, each with a secret of its own."""
    made = []
    with tenancy.unit(tenancy.EVERYTHING):
        for number in (1, 2):
            account = CourierAccount.objects.create(practice=PracticeFactory())
            account.roll_secret(f"made-up-secret-{number}")
            made.append(account)
    return made


def knock(account, secret, event_id="evt-1", event="delivery.completed"):
    body = json.dumps({"id": event_id, "event": event, "data": {"package_id": "p"}}).encode()
    return Client().post(
        f"/hooks/scriptrun/{account.hook_path}",
        body,
        content_type="application/json",
        headers={
            "X-ScriptRun-Signature": signed(body, secret, time.time()),
            "X-ScriptRun-Event": "delivery.completed",
        },
    )


def test_a_secret_opens_its_own_practices_address_only(couriers, heard):
    one, two = couriers
    assert knock(one, "made-up-secret-2").status_code == 401
    assert knock(two, "made-up-secret-1").status_code == 401
    assert receipts() == []
    assert knock(two, "made-up-secret-2").status_code == 200
    work_off()
    assert heard.calls == [(two.practice_id, "evt-1")]


def test_the_same_event_id_of_two_practices_is_two_events(couriers, heard):
    for number, account in enumerate(couriers, start=1):
        knock(account, f"made-up-secret-{number}")
    work_off()
    assert heard.calls == [(account.practice_id, "evt-1") for account in couriers]


def test_the_former_secret_is_accepted_until_the_next_roll(couriers):
    one, _ = couriers
    with tenancy.unit(tenancy.EVERYTHING):
        one.roll_secret("second")
    assert [knock(one, s, s).status_code for s in ("made-up-secret-1", "second")] == [200, 200]
    with tenancy.unit(tenancy.EVERYTHING):
        one.roll_secret("third")
    assert [knock(one, s, s).status_code for s in ("made-up-secret-1", "third")] == [401, 200]


def test_an_account_without_a_secret_believes_nobody(db):
    with tenancy.unit(tenancy.EVERYTHING):
        account = CourierAccount.objects.create(practice=PracticeFactory())
    assert knock(account, "").status_code == 401


def test_a_header_that_names_another_type_is_refused(couriers):
    assert knock(couriers[0], "made-up-secret-1", event="delivery.failed").status_code == 400


def test_a_look_at_the_address_finds_nothing(client, couriers):
    assert client.get(f"/hooks/scriptrun/{couriers[0].hook_path}").status_code == 405


# --- What is written down


def test_the_address_stands_in_no_log(couriers, caplog, capfd, heard):
    one, _ = couriers
    with caplog.at_level("INFO"):
        knock(one, "made-up-secret-1")
        knock(one, "wrong")
        knock(one, "made-up-secret-1", event="delivery.failed")
        Client().put(f"/hooks/scriptrun/{one.hook_path}")
        Client().get(f"/hooks/scriptrun/{one.hook_path}x?secret=word")
    out, err = capfd.readouterr()
    written = out + err + caplog.text
    assert "hooks/<slug:vendor>/<str:hook_path>" in written
    for word in (one.hook_path, "made-up-secret", "secret=word"):
        assert word not in written
