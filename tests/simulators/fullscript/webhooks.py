"""Deliver events to the product: probe, then the signed event (reference 6.3, 6.4, 6.7).

Due times follow the vendors' clock; the signature's timestamp is real time, because the
product checks it against its own clock.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import threading
import time

import requests

from tests.simulators.fullscript.rest import stamp

# Waits before the second to the sixth attempt.
WAITS = [dt.timedelta(minutes=m) for m in (1, 5, 30, 60, 300)]
MOST_ATTEMPTS = len(WAITS) + 1
ANSWER_SECONDS = 2.0
FAILING_FOR = dt.timedelta(hours=24)
STALE_SECONDS = 600
OTHER_KEY = "somebody-elses-key"
UNKNOWN_TYPE = "fulfillment.shipment.shipped"
FAULTS = (
    "", "duplicate", "reorder", "drop", "stale", "wrong_key", "no_clinic_id", "unknown_type",
)  # fmt: skip

_one_at_a_time = threading.Lock()


def tick(world):
    """The background's turn: nothing while the knob says deliveries are made by hand."""
    if world.knobs["fullscript"]["background"]:
        deliver_due(world)


def deliver_due(world, *, by_hand=False) -> list[dict]:
    """Attempt everything due, oldest first; answers the attempts made.

    With the fault `reorder` the newest goes first, and the background waits for a second
    event so that there is an order to upset.
    """
    with _one_at_a_time:
        with world.lock:
            due = _due(world, by_hand)
        attempts = []
        for entry in due:
            if world.store["fullscript"]["endpoint"]["disabled"]:
                break
            attempt = _attempt(world, entry)
            if attempt:
                attempts.append(attempt)
        if attempts:
            world.save()
        return attempts


def _due(world, by_hand):
    store, now = world.store["fullscript"], world.now()
    if store["endpoint"]["disabled"] or not world.config["fullscript"]["webhook"]["url"]:
        return []
    due = [e for e in store["queue"] if dt.datetime.fromisoformat(e["due_at"]) <= now]
    if world.knobs["fullscript"]["webhook_fault"] == "reorder":
        return due[::-1] if by_hand or len(due) > 1 else []
    return due


def _attempt(world, entry):
    """Make one delivery; None when the vendors were put back to their start meanwhile."""
    with world.lock:
        store = world.store["fullscript"]
        if entry not in store["queue"]:
            return None
        event = next(e for e in store["events"] if e["id"] == entry["event_id"])
        webhook, knobs = dict(world.config["fullscript"]["webhook"]), world.knobs["fullscript"]
        body = payload(event, knobs["envelope"], knobs["webhook_fault"])
        signature = _signature(body, webhook["signature_key"], knobs["webhook_fault"])
        probes = knobs["probe_first"]
    answer = _call(webhook, b"", {}) if probes else None
    if answer is None or answer["ok"]:
        answer = _call(webhook, body, {"Fullscript-Signature": signature})
    with world.lock:
        if entry not in world.store["fullscript"]["queue"]:
            return None
        return _note(world, entry, event, answer)


def payload(event: dict, envelope: str, fault: str) -> bytes:
    """The body's bytes: `event_payload` round `event`, or a bare `event` (reference 6.5)."""
    told = dict(event)
    if fault == "no_clinic_id":
        told.pop("clinic_id")
    if fault == "unknown_type":
        told["type"] = UNKNOWN_TYPE
    shape = {"event_payload": {"event": told}} if envelope == "event_payload" else {"event": told}
    return json.dumps(shape, ensure_ascii=False, separators=(",", ":")).encode()


def _signature(body, key, fault):
    moment = int(time.time()) - (STALE_SECONDS if fault == "stale" else 0)
    return sign(body, OTHER_KEY if fault == "wrong_key" else key, moment)


def sign(body: bytes, key: str, moment: int) -> str:
    """The header's value for a body sent at `moment` (unix seconds)."""
    message = str(moment).encode() + b"." + body
    return f"t={moment},v1={hmac.new(key.encode(), message, hashlib.sha256).hexdigest()}"


def _call(webhook, body, headers):
    """One POST; `ok` only for 200 or 201 with the challenge within two seconds."""
    started = time.monotonic()
    try:
        with requests.Session() as http:
            http.trust_env = False
            answer = http.post(
                webhook["url"],
                data=body,
                headers={"Content-Type": "application/json", **headers},
                timeout=ANSWER_SECONDS,
                allow_redirects=False,
            )
    except requests.RequestException as error:
        return {"ok": False, "status": None, "body": type(error).__name__}
    in_time = time.monotonic() - started <= ANSWER_SECONDS
    return {
        "ok": in_time and answer.status_code in (200, 201) and _holds_challenge(answer, webhook),
        "status": answer.status_code,
        "body": answer.text[:500],
    }


def _holds_challenge(answer, webhook):
    try:
        return answer.json() == {"challenge": webhook["challenge"]}
    except ValueError:
        return False


def _note(world, entry, event, answer):
    """Keep the attempt; take the entry out, put it off, or close the endpoint."""
    store, now = world.store["fullscript"], world.now()
    endpoint = store["endpoint"]
    entry["attempts"] += 1
    attempt = {
        "id": entry["id"],
        "event_id": event["id"],
        "attempted_at": stamp(now),
        "successfully_delivered": answer["ok"],
        "attempts": entry["attempts"],
        "response_status": answer["status"],
        "response_body": answer["body"],
    }
    store["deliveries"].append(attempt)
    if answer["ok"]:
        endpoint["failing_since"] = None
    else:
        endpoint["failing_since"] = endpoint["failing_since"] or now.isoformat()
        failing_for = now - dt.datetime.fromisoformat(endpoint["failing_since"])
        if answer["status"] == 410:
            endpoint["disabled"] = "answered 410"
        elif failing_for > FAILING_FOR:
            endpoint["disabled"] = "failed for more than 24 hours"
    if answer["ok"] or entry["attempts"] >= MOST_ATTEMPTS:
        store["queue"].remove(entry)
    else:
        entry["due_at"] = (now + WAITS[entry["attempts"] - 1]).isoformat()
    return attempt


def enable(world):
    """What a person does in the dashboard after it was closed."""
    world.store["fullscript"]["endpoint"] = {"disabled": "", "failing_since": None}
    world.wake("fullscript")
