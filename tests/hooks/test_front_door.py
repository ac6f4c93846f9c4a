"""The door webhooks come in by: handshake, signature, age, size, address, keys."""

import json
import time

import pytest
from django.test import Client
from django.utils import timezone

from practice import inbox
from practice.vendors.contract import Verdict
from tests.hooks.posting import CHALLENGE, HOOK, KIND, State, receipts, signed, told, work_off
from tests.simulators.fullscript.app import WEBHOOK_KEY
from tests.simulators.fullscript.webhooks import payload

# --- The handshake


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_probe_is_answered_with_the_challenge_and_leaves_nothing(client, db, method):
    body = {"data": b"", "content_type": "application/json"} if method == "post" else {}
    answer = getattr(client, method)(HOOK, **body)
    assert (answer.status_code, answer.json()) == (200, CHALLENGE)
    assert answer["Content-Type"] == "application/json"
    assert receipts() == []


@pytest.mark.parametrize("address", [HOOK, f"{HOOK}/", f"{HOOK}//"])
@pytest.mark.parametrize("method", ["get", "post", "head", "put", "delete", "options"])
def test_nobody_is_led_elsewhere_nor_told_that_the_endpoint_is_gone(client, db, address, method):
    """A redirect is a failed delivery, and 410 ends the subscription (reference 6.7)."""
    status = getattr(client, method)(address).status_code
    assert status in (200, 400, 404, 405)


def test_a_slash_at_the_end_changes_nothing(client, db):
    answer = client.post(f"{HOOK}/", b"", content_type="application/json")
    assert (answer.status_code, answer.json()) == (200, CHALLENGE)


def test_an_event_is_stored_and_answered_with_the_challenge(post):
    answer = post()
    assert (answer.status_code, answer.json()) == (200, CHALLENGE)
    [receipt] = receipts()
    assert (receipt.event_id, receipt.event_type, receipt.state) == ("ev-1", KIND, State.NEW)
    assert receipt.content() == payload(told(), "event_payload", "")


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


def test_nothing_is_taken_in_the_open_where_the_site_is_served_by_tls(settings, client, post):
    settings.SECURE_SSL_REDIRECT = True
    assert post().status_code == 403
    assert receipts() == []
    client.defaults["HTTP_X_FORWARDED_PROTO"] = "https"
    assert post().status_code == 200
