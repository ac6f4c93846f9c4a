"""Orders patients placed (reference 5.7). Only completed ones exist; carts never show."""

from __future__ import annotations

import datetime as dt

from tests.simulators.fullscript import events, filters, ids
from tests.simulators.fullscript.rest import Call, ordered, page

EASTERN = dt.timezone(dt.timedelta(hours=-5))
LAB_LINES = ("type labs", "lab_type labs", "type lab")
SORTS = ("completed_at", "patient_id", "treatment_plan_id", "order_number")


def listing(call: Call):
    call.need("patients:order_history")
    rows = [o for o in call.store["orders"].values() if o["clinic_id"] == call.clinic_id]
    wanted = call.query
    if wanted.get("patient_id"):
        rows = [o for o in rows if o["patient_id"] == wanted["patient_id"]]
    if wanted.get("treatment_plan_id"):
        rows = [o for o in rows if wanted["treatment_plan_id"] in o["treatment_plan_ids"]]
    if wanted.get("order_number"):
        rows = [o for o in rows if o["order_number"] == wanted["order_number"]]
    if wanted.get("type") == "labs":
        rows = [o for o in rows if any(i["type"] == "labs" for i in o["line_items"])]
    rows = filters.by_day(call, rows, "completed_at")
    return page(call, "orders", ordered(call, rows, *SORTS), lambda o: represent(call.world, o))


def of_patient(call: Call, patient_id):
    call.need("patients:order_history")
    call.find("patients", patient_id)
    rows = [o for o in call.store["orders"].values() if o["patient_id"] == patient_id]
    return page(call, "orders", ordered(call, rows, *SORTS), lambda o: represent(call.world, o))


def show(call: Call, id):
    call.need("patients:order_history")
    return {"order": represent(call.world, call.find("orders", id))}


def represent(world, order) -> dict:
    """The documented subset; the knob adds money, refunds and parcels as somebody might."""
    hidden = ("clinic_id", "refunded_at")
    shown = {key: value for key, value in order.items() if key not in hidden}
    knobs = world.knobs["fullscript"]
    shown["line_items"] = [_line(line, knobs["lab_line"]) for line in order["line_items"]]
    if knobs["order_details"]:
        is_refunded = order["refunded_at"] is not None
        shown |= {
            "state": "refunded" if is_refunded else "completed",
            "total": "59.97",
            "currency": "USD",
            "refunds": [{"amount": "59.97", "created_at": order["refunded_at"]}]
            if is_refunded
            else [],
            "shipments": [{"state": "shipped", "tracking_number": "MADEUP0001"}],
        }
    return shown


def _line(line, spelling):
    """The vendor's words and samples disagree on how a lab's line is marked (reference 6.6)."""
    key, _, word = spelling.partition(" ")
    if line["type"] != "labs":
        return line
    return {**{k: v for k, v in line.items() if k != "type"}, key: word}


def _in_event(world, order):
    """What a webhook tells: the documented subset, whatever REST shows beyond it."""
    shown = represent(world, order)
    keys = ("state", "total", "currency", "refunds", "shipments")
    return {key: value for key, value in shown.items() if key not in keys}


def place(world, plan) -> dict:
    """The patient orders everything of one active plan."""
    lines = [
        {
            "variant_id": line["variant_id"],
            "quantity": line["units_to_purchase"],
            "type": "supplement",
        }
        for line in plan["recommendations"]
    ]
    patient = world.store["fullscript"]["patients"][plan["patient_id"]]
    return complete(world, patient, plan["practitioner_id"], [plan["id"]], lines)


def complete(world, patient, practitioner_id, plan_ids, lines, own_id=None) -> dict:
    """A paid order of these lines, kept; `order.placed` is fired."""
    store = world.store["fullscript"]
    order = {
        "id": own_id or ids.new(world, "order"),
        "clinic_id": patient["clinic_id"],
        "order_number": f"R{len(store['orders']) + 1:09d}",
        # With an offset, unlike the vendor's other times (reference 4).
        "completed_at": world.now().astimezone(EASTERN).isoformat(timespec="milliseconds"),
        "treatment_plan_ids": plan_ids,
        "practitioner_ids": [practitioner_id],
        "patient_id": patient["id"],
        "line_items": lines,
        "refunded_at": None,
    }
    store["orders"][order["id"]] = order
    events.record(world, order["clinic_id"], "order.placed", _in_event(world, order))
    return order
