"""What happened in Fullscript, as `/events` lists it and the webhooks tell it (reference 6, 7).

Changes our own REST calls made are never recorded: the vendor tells them to nobody.
"""

from __future__ import annotations

import datetime as dt

from tests.simulators.fullscript import app, filters
from tests.simulators.fullscript.rest import Call, flag, missing, ordered, page, stamp

KEPT = dt.timedelta(days=30)
CATEGORIES = {
    "patients": "patient.",
    "treatment_plans": "treatment_plan.",
    "orders": "order.",
    "lab_orders": "lab_order.",
    "products": "product.",
    "clinic_keys": "clinic_key.",
}


def record(world, clinic_id: str, type: str, data: dict) -> dict:
    """Keep one event and line up its webhook, where the conditions of 6.1 hold."""
    store, config = world.store["fullscript"], world.config["fullscript"]["webhook"]
    event = {
        "id": world.new_id("event"),
        "type": type,
        "created_at": stamp(world.now()),
        "clinic_id": clinic_id,
        "data": data,
    }
    store["events"].append(event)
    if _is_wanted(store, config, event) and world.knobs["fullscript"]["webhook_fault"] != "drop":
        times = 2 if world.knobs["fullscript"]["webhook_fault"] == "duplicate" else 1
        for _ in range(times):
            store["queue"].append(
                {
                    "id": world.new_id("delivery"),
                    "event_id": event["id"],
                    "attempts": 0,
                    "due_at": world.now().isoformat(),
                }
            )
        world.wake("fullscript")
    return event


def _is_wanted(store, config, event):
    if not config["url"] or not config["active"] or event["type"] not in config["events"]:
        return False
    scope = app.EVENT_SCOPES[event["type"]]
    return any(
        token["clinic_id"] == event["clinic_id"] and scope in token["scope"].split()
        for token in store["tokens"]
        if not token["revoked"]
    )


def listing(category):
    """The handler of one category: day filter, event_type, newest 30 days."""

    def handler(call: Call):
        rows = [e for e in _visible(call) if e["type"].startswith(CATEGORIES[category])]
        if call.query.get("event_type") and category != "lab_orders":
            rows = [e for e in rows if e["type"] == call.query["event_type"]]
        rows = filters.by_day(call, rows, "created_at")
        rows = [dict(e, event_type=e["type"]) for e in rows]
        rows = ordered(call, rows, "created_at", "event_type")
        keys = ("id", "type", "clinic_id", "created_at")
        return page(call, "events", rows, lambda e: {key: e[key] for key in keys})

    return handler


def show(call: Call, id):
    for event in _visible(call):
        if event["id"] == id:
            return {"event": event}
    raise missing()


def deliveries(call: Call):
    events = {e["id"]: e for e in _visible(call)}
    rows = [d for d in call.store["deliveries"] if d["event_id"] in events]
    if "successfully_delivered" in call.query:
        wanted = flag(call.query["successfully_delivered"])
        rows = [d for d in rows if d["successfully_delivered"] == wanted]
    if call.query.get("event_id"):
        rows = [d for d in rows if d["event_id"] == call.query["event_id"]]
    rows = filters.by_day(call, rows, "attempted_at")
    rows = ordered(call, rows, "attempted_at", "event_id")
    return page(
        call,
        "webhook_deliveries",
        rows,
        lambda d: {**d, "event_payload": {"event": events[d["event_id"]]}},
    )


def _visible(call):
    """Of the token's clinic, under its scopes, of the last 30 days."""
    oldest = stamp(call.world.now() - KEPT)
    return [
        event
        for event in call.store["events"]
        if event["clinic_id"] == call.clinic_id
        and event["created_at"] >= oldest
        and call.may(app.EVENT_SCOPES[event["type"]])
    ]
