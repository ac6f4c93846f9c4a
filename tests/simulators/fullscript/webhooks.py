"""Deliver events to the product: probe, then the signed event (reference 6.3, 6.7).

Due times follow the vendors' clock.
"""

from __future__ import annotations

import datetime as dt
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import requests

from tests.simulators.fullscript import effects, ids
from tests.simulators.fullscript.rest import stamp
from tests.simulators.fullscript.signing import header, payload

# Waits before the second to the sixth attempt.
WAITS = [dt.timedelta(minutes=m) for m in (1, 5, 30, 60, 300)]
MOST_ATTEMPTS = len(WAITS) + 1
ANSWER_SECONDS = 2.0
FAILING_FOR = dt.timedelta(hours=24)
PROBES = ("POST", "GET", "POST signed")

_one_at_a_time = threading.Lock()
_of_thread = threading.local()


def line_up(world, event: dict, *, fault="", is_forged=False):
    """Queue one delivery of an event; a forged one is somebody else's and tried once."""
    store = world.store["fullscript"]
    entry = {
        "id": ids.new(world, "delivery"),
        "event_id": event["id"],
        "position": event["position"],
        "attempts": 0,
        "due_at": world.now().isoformat(),
        "fault": fault,
        "is_forged": is_forged,
    }
    store["queue"][entry["id"]] = entry


def tick(world):
    """The background's turn: nothing while the knob says deliveries are made by hand."""
    knobs = world.knobs["fullscript"]
    if knobs["background"]:
        deliver_due(world, threads=knobs["delivery_threads"])


def deliver_due(world, *, by_hand=False, threads=1, most=None) -> list[dict]:
    """Attempt what is due, oldest first, `most` of it; answers the attempts made.

    With the fault `reorder` the newest goes first, and the background waits for a second
    event so that there is an order to upset.
    """
    with _one_at_a_time:
        with world.lock:
            due = _due(world, by_hand)[:most]
        if threads > 1:
            with ThreadPoolExecutor(threads) as pool:
                made = list(pool.map(lambda entry: _attempt(world, entry), due))
        else:
            made = [_attempt(world, entry) for entry in due]
        _of_thread.__dict__.clear()
        attempts = [attempt for attempt in made if attempt]
        if attempts:
            world.save()
        return attempts


def _due(world, by_hand):
    store, now = world.store["fullscript"], world.now()
    if not world.config["fullscript"]["webhook"]["url"]:
        return []
    due = [e for e in store["queue"].values() if dt.datetime.fromisoformat(e["due_at"]) <= now]
    if world.knobs["fullscript"]["webhook_fault"] == "reorder":
        return due[::-1] if by_hand or len(due) > 1 else []
    return due


def _attempt(world, entry):
    """Make one delivery; None when the endpoint is closed or the vendors were put back to
    their start meanwhile."""
    with world.lock:
        store = world.store["fullscript"]
        if store["endpoint"]["disabled"] or store["queue"].get(entry["id"]) is not entry:
            return None
        event = events_told(store["events"][entry["position"]])
        webhook, knobs = (
            dict(world.config["fullscript"]["webhook"]),
            dict(world.knobs["fullscript"]),
        )
    fault = entry["fault"] or knobs["webhook_fault"]
    # The vendor's own sample of a new product names no clinic.
    names_clinic = knobs["product_created_names_clinic"] or event["type"] != "product.created"
    looks = (knobs["webhook_data"], names_clinic, knobs["extra_keys"])
    body = payload(event, knobs["envelope"], fault, *looks)
    answer = _probe(world, webhook, knobs) if knobs["probe_first"] else None
    if answer is None or answer["ok"]:
        turn = entry["position"] + entry["attempts"]
        answer = _call(webhook, body, header(body, webhook, fault, turn))
    with world.lock:
        if world.store["fullscript"]["queue"].get(entry["id"]) is not entry:
            return None
        return _note(world, entry, answer)


def events_told(event: dict) -> dict:
    """An event as it is shown and sent, without our own notes on it."""
    return {key: value for key, value in event.items() if key != "position"}


def _probe(world, webhook, knobs):
    """The empty call; its method and signature are not documented."""
    method, _, signed = knobs["probe"].partition(" ")
    headers = header(b"", webhook, "", 0) if signed else {}
    with world.lock:
        effects.count_webhook(world, "probes")
    return _call(webhook, b"", headers, method)


def _call(webhook, body, headers, method="POST"):
    """One call; `ok` only for 200 or 201 with the challenge within two seconds."""
    if not hasattr(_of_thread, "http"):
        _of_thread.http = requests.Session()
        _of_thread.http.trust_env = False
    started = time.monotonic()
    try:
        answer = _of_thread.http.request(
            method,
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


def _note(world, entry, answer):
    """Keep the attempt; take the entry out, put it off, or close the endpoint."""
    store, now = world.store["fullscript"], world.now()
    entry["attempts"] += 1
    attempt = {
        "id": entry["id"],
        "event_id": entry["event_id"],
        "attempted_at": stamp(now),
        "successfully_delivered": answer["ok"],
        "attempts": entry["attempts"],
        "response_status": answer["status"],
        "response_body": answer["body"],
    }
    if entry["is_forged"]:
        effects.count_webhook(world, "forged")
        del store["queue"][entry["id"]]
        return attempt
    store["deliveries"].append(attempt)
    effects.count_webhook(world, "attempted")
    effects.count_webhook(world, "delivered" if answer["ok"] else "failed")
    _watch(store["endpoint"], answer, now)
    if answer["ok"] or entry["attempts"] >= MOST_ATTEMPTS:
        del store["queue"][entry["id"]]
        if not answer["ok"]:
            effects.count_webhook(world, "dropped")
    else:
        entry["due_at"] = (now + WAITS[entry["attempts"] - 1]).isoformat()
    return attempt


def _watch(endpoint, answer, now):
    """410, or a day of nothing but failures, closes the endpoint."""
    if answer["ok"]:
        endpoint["failing_since"] = None
        return
    endpoint["failing_since"] = endpoint["failing_since"] or now.isoformat()
    failing_for = now - dt.datetime.fromisoformat(endpoint["failing_since"])
    if answer["status"] == 410:
        endpoint["disabled"] = "answered 410"
    elif failing_for > FAILING_FOR:
        endpoint["disabled"] = "failed for more than 24 hours"


def enable(world):
    """What a person does in the dashboard after it was closed."""
    world.store["fullscript"]["endpoint"] = {"disabled": "", "failing_since": None}
    world.wake("fullscript")
