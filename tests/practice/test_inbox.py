"""Webhooks as vendors post them: rightly signed, forged, late, twice, too large."""

import datetime as dt
import json
import time

import pytest
from django.test import Client
from django.utils import timezone

from practice import inbox, tenancy
from practice.models import Connection, CourierAccount, Receipt
from practice.vendors import signature
from practice.vendors.contract import Verdict
from tests import dance
from tests.factories import ConnectionFactory, PracticeFactory
from tests.recommendations.conftest import make_harbor
from tests.simulators.fullscript.app import WEBHOOK_CHALLENGE, WEBHOOK_KEY
from tests.simulators.fullscript.webhooks import payload

State = Receipt.State
HOOK = "/hooks/fullscript"
CHALLENGE = {"challenge": WEBHOOK_CHALLENGE}
KIND = "patient.updated"


@pytest.fixture
def post(client, db):
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


def told(event_id="ev-1", kind=KIND, clinic="clinic-1") -> dict:
    created = "2026-11-02T10:00:00.000Z"
    data = {"patient": {"id": "p-1"}}
    return {"id": event_id, "type": kind, "created_at": created, "clinic_id": clinic, "data": data}


def signed(body: bytes, key: str, at: float) -> str:
    return f"t={int(at)},v1={signature.sign(key, f'{int(at)}.'.encode() + body).decode()}"


def receipts() -> list[Receipt]:
    with tenancy.unit(tenancy.EVERYTHING):
        return list(Receipt.objects.order_by("pk"))


def work_off(now=None):
    now = now or timezone.now()
    with tenancy.declare(tenancy.EVERYTHING):
        for receipt_id in inbox.due(now):
            inbox.process(receipt_id, now)


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


# --- The handshake


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_probe_is_answered_with_the_challenge_and_leaves_nothing(client, db, method):
    body = {"data": b"", "content_type": "application/json"} if method == "post" else {}
    answer = getattr(client, method)(HOOK, **body)
    assert (answer.status_code, answer.json()) == (200, CHALLENGE)
    assert answer["Content-Type"] == "application/json"
    assert receipts() == []


def test_an_event_is_stored_and_answered_with_the_challenge(post):
    answer = post()
    assert (answer.status_code, answer.json()) == (200, CHALLENGE)
    [receipt] = receipts()
    assert (receipt.event_id, receipt.event_type, receipt.state) == ("ev-1", KIND, State.NEW)
    assert bytes(receipt.body) == payload(told(), "event_payload", "")


@pytest.mark.parametrize("envelope", ["event_payload", "event"])
def test_both_envelopes_are_understood(post, envelope):
    post(envelope=envelope)
    assert [receipt.account_id for receipt in receipts()] == ["clinic-1"]


def test_a_forged_event_is_refused_without_the_challenge(post):
    answer = post(key="somebody-elses-key")
    assert (answer.status_code, answer.content) == (401, b"")
    assert receipts() == []


@pytest.mark.parametrize(
    "header", ["", "t=1", "v1=ab", "t=x,v1=ab", "t=1,t=2,v1=ab", "t=1;v1=ab", "é"]
)
def test_a_malformed_signature_is_refused(client, db, header):
    answer = client.post(
        HOOK, b"{}", content_type="application/json", headers={"Fullscript-Signature": header}
    )
    assert (answer.status_code, answer.content) == (400, b"")
    assert receipts() == []


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b'{"event": {"id": "1"}}', b"\xff\xfe", b"[" * 5000, b'{"event": 1}']
)
def test_what_is_rightly_signed_and_no_event_is_refused(post, body):
    assert post(body=body).status_code == 400
    assert receipts() == []


def test_odd_characters_are_stored_as_something(post):
    body = json.dumps({"event": told(event_id="ev\x00-1", kind="patient.\ud800")}).encode()
    assert post(body=body).status_code == 200
    assert len(receipts()) == 1


# --- Time


@pytest.mark.parametrize(
    ("age", "verdict"),
    [
        (300, Verdict.GENUINE),
        (-300, Verdict.GENUINE),
        (301, Verdict.STALE),
        (-301, Verdict.STALE),
    ],
)
def test_five_minutes_are_accepted_and_not_a_second_more(db, age, verdict):
    now = timezone.now().replace(microsecond=0)
    body = payload(told(), "event", "")
    headers = {"Fullscript-Signature": signed(body, WEBHOOK_KEY, now.timestamp() - age)}
    taken = inbox.take_in(inbox.endpoint("fullscript", ""), headers, body, now)
    assert taken.verdict == verdict
    assert (taken.receipt_id is None) == (verdict == Verdict.STALE)


def test_a_stale_event_is_quarantined_until_it_comes_freshly_signed(post, connected, heard):
    assert post(age=600).status_code == 400
    work_off()
    assert [receipt.state for receipt in receipts()] == [State.QUARANTINED]
    assert heard.calls == []
    assert post().status_code == 200
    work_off()
    assert [receipt.state for receipt in receipts()] == [State.DONE]


# --- Size and address


class Untouched:
    def read(self, *size):
        raise AssertionError("a body that is too large was read")

    readline = read


def test_what_is_too_large_is_not_read(client, db):
    too_large = {"CONTENT_LENGTH": str(1024 * 1024 + 1), "wsgi.input": Untouched()}
    assert client.post(HOOK, b"", content_type="application/json", **too_large).status_code == 413


def test_what_names_no_length_is_no_probe(client, db):
    answer = client.post(
        HOOK, b"", content_type="application/json", headers={"Transfer-Encoding": "chunked"}
    )
    assert (answer.status_code, answer.content) == (411, b"")


@pytest.mark.parametrize(
    "path",
    [
        "/hooks/nobody",
        "/hooks/wholescripts",
        "/hooks/scriptrun",
        "/hooks/scriptrun/no-such-path",
        "/hooks/scriptrun/%00",
        "/hooks/scriptrun/" + "x" * 500,
        "/hooks/fullscript/no-such-path",
    ],
)
def test_other_addresses_are_not_there(client, db, path):
    assert client.post(path, b"{}", content_type="application/json").status_code == 404


def test_without_a_key_there_is_no_endpoint(client, db, settings):
    settings.VENDOR_HOOK_SECRETS = {"fullscript": []}
    assert client.post(HOOK).status_code == 404


@pytest.mark.parametrize("method", ["put", "patch", "delete", "head", "options"])
def test_other_methods_are_refused(client, db, method):
    assert getattr(client, method)(HOOK).status_code == 405


def test_no_cookie_is_set_and_no_token_asked_for(db):
    browser = Client(enforce_csrf_checks=True)
    body = payload(told(), "event", "")
    headers = {"Fullscript-Signature": signed(body, WEBHOOK_KEY, time.time())}
    answer = browser.post(HOOK, body, content_type="application/json", headers=headers)
    assert answer.status_code == 200
    assert not answer.cookies
    assert not Client().get(HOOK).cookies


# --- Keys


def test_during_a_roll_both_keys_are_accepted_and_afterwards_one(post, settings):
    settings.VENDOR_HOOK_SECRETS = {"fullscript": ["new-key", WEBHOOK_KEY]}
    assert [post(told("a"), key).status_code for key in ("new-key", WEBHOOK_KEY)] == [200, 200]
    settings.VENDOR_HOOK_SECRETS = {"fullscript": ["new-key"]}
    assert post(told("b"), WEBHOOK_KEY).status_code == 401


def test_an_empty_key_signs_nothing(post, settings):
    settings.VENDOR_HOOK_SECRETS = {"fullscript": ["", WEBHOOK_KEY]}
    assert post(key="").status_code == 401


# --- Working off


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


# --- One address a practice


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


# --- Over HTTP


def test_fullscript_delivers_over_http_and_it_is_committed_before_the_answer(
    site, simulators, heard
):
    harbor = make_harbor()
    browser = Client()
    browser.force_login(harbor.nora.user)
    dance.connect(browser, simulators, "harbor", "fullscript")
    simulators.knob("fullscript", background=False)
    simulators.configure_webhook("fullscript", url=f"{site}{HOOK}")
    patients = simulators.holds("fullscript")["patients"].values()
    elena = next(p["id"] for p in patients if p["email"] == harbor.patient.email)
    simulators.act("fullscript/update-patient", patient_id=elena, gender="x")
    [attempt] = simulators.act("fullscript/deliver-due")["attempts"]
    assert attempt["successfully_delivered"]
    assert json.loads(attempt["response_body"]) == CHALLENGE
    assert len(receipts()) == 1  # over a connection other than the server's
    work_off()
    assert [practice_id for practice_id, _ in heard.calls] == [harbor.practice.pk]
