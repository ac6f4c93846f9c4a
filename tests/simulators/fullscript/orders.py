"""Orders patients placed (reference 5.7). Only completed ones exist; carts never show."""

from __future__ import annotations

import datetime as dt

from tests.simulators.fullscript import events, filters
from tests.simulators.fullscript.rest import Call, ordered, page

EASTERN = dt.timezone(dt.timedelta(hours=-5))
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
    return page(call, "orders", ordered(call, rows, *SORTS), represent)


def of_patient(call: Call, patient_id):
    call.need("patients:order_history")
    call.find("patients", patient_id)
    rows = [o for o in call.store["orders"].values() if o["patient_id"] == patient_id]
    return page(call, "orders", ordered(call, rows, *SORTS), represent)


def show(call: Call, id):
    call.need("patients:order_history")
    return {"order": represent(call.find("orders", id))}


def represent(order) -> dict:
    return {key: value for key, value in order.items() if key != "clinic_id"}


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


def complete(world, patient, practitioner_id, plan_ids, lines) -> dict:
    """A paid order of these lines, kept; `order.placed` is fired."""
    store = world.store["fullscript"]
    order = {
        "id": world.new_id("order"),
        "clinic_id": patient["clinic_id"],
        "order_number": f"R{len(store['orders']) + 1:09d}",
        # With an offset, unlike the vendor's other times (reference 4).
        "completed_at": world.now().astimezone(EASTERN).isoformat(timespec="milliseconds"),
        "treatment_plan_ids": plan_ids,
        "practitioner_ids": [practitioner_id],
        "patient_id": patient["id"],
        "line_items": lines,
    }
    store["orders"][order["id"]] = order
    events.record(world, order["clinic_id"], "order.placed", represent(order))
    return order
