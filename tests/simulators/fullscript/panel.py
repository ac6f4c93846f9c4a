"""What the control page shows of Fullscript."""

from __future__ import annotations

from tests.simulators.fullscript import labs, products, tokens
from tests.simulators.fullscript.effects import LISTS

LATEST = 12
MOST_PATIENTS = 60


def context(world) -> dict:
    """Lists for the column, newest first, with the names a person reads."""
    store = world.store["fullscript"]
    people = store["practitioners"] | store["staff"]
    return {
        "connected": [
            {"person": people.get(t["owner_id"]), "token": t, "clinic": _clinic(store, t)}
            for t in tokens.connected(store)
        ],
        "plans": [_plan(world, store, p) for p in _latest(store["plans"])],
        "patients": [
            {"patient": p, "clinic": _clinic(store, p)}
            for p in _latest(store["patients"], MOST_PATIENTS)
        ],
        "orders": [
            {"order": o, "patient": store["patients"][o["patient_id"]]}
            for o in _latest(store["orders"])
        ],
        "deliveries": _deliveries(store),
        "waiting": len(store["queue"]),
        "recorded": _recorded(store["effects"]),
        "lab_orders": [
            {"order": o, "patient": store["patients"][o["patient_id"]]}
            for o in _latest(store["lab_orders"])
        ],
        "lab_states": labs.STATES,
        "endpoint": store["endpoint"],
        "webhook_url": world.config["fullscript"]["webhook"]["url"],
    }


def _recorded(effects) -> list[tuple[str, int]]:
    """What happened to people and things, in words, with how often."""
    rows = [(name.replace("_", " ").capitalize(), len(effects[name])) for name in LISTS]
    rows.append(("Refreshes", sum(effects["refreshes"].values())))
    return [row for row in rows if row[1]]


def _latest(collection, most=LATEST):
    return list(collection.values())[::-1][:most]


def _clinic(store, thing):
    return store["clinics"][thing["clinic_id"]]


def _plan(world, store, plan):
    return {
        "plan": plan,
        "patient": store["patients"][plan["patient_id"]],
        "clinic": _clinic(store, plan),
        "lines": [
            {
                "units": line["units_to_purchase"],
                "name": products.variant(world, line["variant_id"])["product"]["name"],
            }
            for line in plan["recommendations"]
        ],
    }


def _deliveries(store):
    events = {event["id"]: event for event in store["events"]}
    return [
        {"delivery": d, "event": events[d["event_id"]]} for d in store["deliveries"][::-1][:LATEST]
    ]
