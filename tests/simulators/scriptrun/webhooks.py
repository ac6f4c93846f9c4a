"""Delivering events: signed, over HTTP, again until 24 hours of the world's clock are over.

The reference (7.2) gives no schedule; the waits are those its section 10 proposes. An
address that answers anything but 2xx, or not within five seconds, is asked again.
"""

import hashlib
import hmac
import threading

import requests

MINUTE, HOUR = 60, 3600
WAITS = (
    10,
    30,
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    4 * HOUR,
    8 * HOUR,
    8 * HOUR,
)
GIVE_UP_SECONDS = 24 * HOUR
TIMEOUT_SECONDS = 5
# A delivery being made is not due again before this; it is longer than the timeout.
LEASE_SECONDS = 30

_one_at_a_time = threading.Lock()


def deliver_due(world) -> int:
    """Make every delivery that is due, oldest first; how many were made.

    A second caller waits until the first is through. Never call it under the world's lock.
    """
    made = 0
    with _one_at_a_time:
        while True:
            with world.lock:
                job = _next(world)
            if job is None:
                return made
            outcome = _post(job)
            with world.lock:
                _record(world, job, outcome)
            made += 1


def deliver_before_answer(world):
    """The same from within a view, which holds the lock.

    The receiver's answer is waited for under the lock, so it must not call back; each
    delivery is claimed, so none is made twice beside `deliver_due`.
    """
    while job := _next(world):
        _record(world, job, _post(job))


def signature(secret: str, moment: int, body: bytes) -> str:
    """The header's value (reference 7.5)."""
    digest = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256)
    return f"t={moment},v1={digest.hexdigest()}"


def _next(world) -> dict | None:
    """Claim the first delivery that is due: where it goes, what it says, its signature."""
    store, now = world.store["scriptrun"], world.now().timestamp()
    for name in list(store["queue"]):
        delivery = store["deliveries"][name]
        if delivery["queued_at"] + GIVE_UP_SECONDS < now:
            delivery["state"] = "given up"
            store["queue"].remove(name)
        elif delivery["due_at"] <= now:
            return _claim(world, delivery, now)
    return None


def _claim(world, delivery: dict, now: float) -> dict:
    delivery["due_at"] = now + LEASE_SECONDS
    if delivery["signed_at"] is None or world.knobs["scriptrun"]["resign_on_retry"]:
        delivery["signed_at"] = int(now)
    endpoint = world.config["scriptrun"]["keys"][delivery["key"]]["endpoint"]
    body = delivery["body"].encode()
    moment = delivery["signed_at"] + delivery["skew"]
    return {
        "id": delivery["id"],
        "url": endpoint["url"],
        "body": body,
        "headers": {
            "Content-Type": "application/json",
            "X-ScriptRun-Event": delivery["event"],
            "X-ScriptRun-Signature": signature(
                delivery["secret"] or endpoint["secret"], moment, body
            ),
        },
    }


def _post(job: dict) -> dict:
    """`{"status", "error"}`; status 0 when there was no answer."""
    with requests.Session() as http:
        # A proxy of the environment has no business between two ports of this machine.
        http.trust_env = False
        try:
            answer = http.post(
                job["url"],
                data=job["body"],
                headers=job["headers"],
                timeout=TIMEOUT_SECONDS,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            return {"status": 0, "error": type(error).__name__}
    return {"status": answer.status_code, "error": ""}


def _record(world, job: dict, outcome: dict):
    """Note the answer; done, due again, or given up. A reset may have emptied the list."""
    store, now = world.store["scriptrun"], world.now()
    delivery = store["deliveries"].get(job["id"])
    if delivery is None:
        return
    attempts = delivery["attempts"]
    attempts.append(outcome | {"at": now.isoformat(timespec="milliseconds")})
    if 200 <= outcome["status"] < 300:
        delivery["state"] = "delivered"
    elif len(attempts) > len(WAITS):
        delivery["state"] = "given up"
    else:
        delivery["due_at"] = now.timestamp() + WAITS[len(attempts) - 1]
    if delivery["state"] != "pending":
        store["queue"].remove(job["id"])
    world.touch()
