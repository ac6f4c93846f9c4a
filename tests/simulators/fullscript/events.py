"""What happened in Fullscript, as `/events` lists it and the webhooks tell it (reference 6, 7).

Changes our own REST calls made are never recorded: the vendor tells them to nobody.
"""

from __future__ import annotations

import datetime as dt
import json

from tests.simulators.fullscript import app, effects, filters, ids, tokens, webhooks
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


def record(world, clinic_id: str, type: str, data: dict, *, lost=False) -> dict:
    """Keep one event and line up its webhook, where the conditions of 6.1 hold.

    `lost` keeps it where `/events` finds it, but sends nothing.
    """
    store, fault = world.store["fullscript"], world.knobs["fullscript"]["webhook_fault"]
    event = {
        "id": ids.new(world, "event"),
        "type": type,
        "created_at": stamp(world.now()),
        "clinic_id": clinic_id,
        "data": json.loads(json.dumps(data)),  # as it was: the thing itself goes on changing
        "position": len(store["events"]),
    }
    if world.knobs["fullscript"]["event_names_integration"]:
        event["integration_id"] = store["clinics"][clinic_id]["integration_id"]
    store["events"].append(event)
    if not _is_wanted(world, event):
        return event
    if lost or fault == "drop":
        effects.count_webhook(world, "dropped")
        return event
    for _ in range(2 if fault == "duplicate" else 1):
        webhooks.line_up(world, event)
    world.wake("fullscript")
    return event


def _is_wanted(world, event):
    """Subscribed, and somebody of the clinic holds a token with the type's scope.

    Types that nobody can subscribe to are sent all the same (reference 5.14), but for the
    legacy keys'.
    """
    webhook, store = world.config["fullscript"]["webhook"], world.store["fullscript"]
    if not webhook["url"] or not webhook["active"] or event["type"].startswith("clinic_key."):
        return False
    scope = app.EVENT_SCOPES.get(event["type"])
    if scope and event["type"] not in webhook["events"]:
        return False
    return any(
        token["clinic_id"] == event["clinic_id"]
        and scope in (None, *token["scope"].split())
        and _counts(world, token)
        for token in store["tokens"]
    )


def _counts(world, token):
    """Whether a token that can only be refreshed still counts is not documented."""
    if world.knobs["fullscript"]["webhooks_need_fresh_token"]:
        return tokens.is_open(token, world.now()) and not token["access_revoked"]
    return not token["revoked"]


def listing(category):
    """The handler of one category: day filter, event_type, newest 30 days."""

    def handler(call: Call):
        rows = [e for e in _visible(call) if e["type"].startswith(CATEGORIES[category])]
        if call.query.get("event_type") and category != "lab_orders":
            rows = [e for e in rows if e["type"] == call.query["event_type"]]
        rows = filters.by_day(call, rows, "created_at")
        rows = [dict(e, event_type=e["type"]) for e in rows]
        rows = ordered(call, rows, "created_at", "event_type")
        full = call.knobs["event_items"] == "full"
        keys = ("id", "type", "clinic_id", "created_at") if full else ("id",)
        return page(call, "events", rows, lambda e: {key: e[key] for key in keys})

    return handler


def show(call: Call, id):
    for event in call.store["events"]:
        if event["id"] == id and _is_visible(call, event):
            return {"event": webhooks.events_told(event)}
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
        lambda d: {
            **d,
            "event_payload": {"event": webhooks.events_told(events[d["event_id"]])},
        },
    )


def _visible(call):
    return [event for event in call.store["events"] if _is_visible(call, event)]


def _is_visible(call, event) -> bool:
    """Of the token's clinic, under its scopes, of the last 30 days."""
    if event["clinic_id"] != call.clinic_id:
        return False
    if event["created_at"] < stamp(call.world.now() - KEPT):
        return False
    scope = app.EVENT_SCOPES.get(event["type"])
    return scope is None or call.may(scope)
