"""Lab orders and their results (reference 10). Tests and results do not line up, on purpose."""

from __future__ import annotations

from tests.simulators.fullscript import events, ids, labcatalogue, orders, results
from tests.simulators.fullscript.rest import Call, page

STATES = (
    "not_purchased",
    "purchased",
    "schedule_appointment",
    "upcoming_appointment",
    "processing",
    "partial_results",
    "results_ready",
    "results_amended",
    "interpretation_ready",
    "interpretation_shared",
)
# The only states a webhook tells of, in the webhook's own words.
TOLD = {
    "partial_results": "results_received",
    "results_ready": "all_results_received",
    "results_amended": "results_amended",
}
WRAPPERS = ("order", "lab_order", "root")


def listing(call: Call):
    call.need("patients:order_history")
    rows = [o for o in call.store["lab_orders"].values() if o["clinic_id"] == call.clinic_id]
    if call.query.get("patient_id"):
        rows = [o for o in rows if o["patient_id"] == call.query["patient_id"]]
    keys = ("id", "state", "treatment_plan_id", "patient_id")
    plural = "lab_orders" if call.knobs["lab_wrapper"] == "lab_order" else "orders"
    return page(call, plural, rows, lambda o: {key: o[key] for key in keys})


def show(call: Call, id):
    """A result's `pdf_url` is made for this answer and dies after ten minutes."""
    call.need("patients:order_history")
    order = call.find("lab_orders", id)
    hidden = ("clinic_id", "practitioner_id", "panel_id")
    shown = {k: v for k, v in order.items() if k not in hidden}
    shown |= results.represent(call.world, order)
    wrapper = call.knobs["lab_wrapper"]
    return shown if wrapper == "root" else {wrapper: shown}


def recommend(world, plan):
    """Each panel of a plan that was just activated becomes an order nobody bought yet."""
    patient = world.store["fullscript"]["patients"][plan["patient_id"]]
    for panel in plan["lab_recommendations"]:
        _add(world, patient, plan["practitioner_id"], plan["id"], panel)


def buy(world, patient: dict, practitioner_id: str, plan_id: str | None, panel_id=None) -> dict:
    """The patient buys a panel: one a plan recommends, or any. `order.placed` is the only
    word of it."""
    order = _recommended(world, patient, plan_id, panel_id)
    if order is None:
        panel = labcatalogue.panel(world, panel_id) or labcatalogue.panels(world)[0]
        order = _add(world, patient, practitioner_id, plan_id, panel)
    order["state"] = "purchased"
    line = {"variant_id": order["panel_id"], "quantity": 1, "type": "labs"}
    plans = [order["treatment_plan_id"]] if order["treatment_plan_id"] else []
    same_id = world.knobs["fullscript"]["lab_order_is_order"]
    own_id = order["id"] if same_id else None
    orders.complete(world, patient, order["practitioner_id"], plans, [line], own_id)
    return order


def move(world, order: dict, state: str):
    """Put the lab order in a state, with the results that go with it."""
    order["state"] = state
    results.come(world, order, state)
    if state in TOLD:
        patient = world.store["fullscript"]["patients"][order["patient_id"]]
        told = {key: order[key] for key in ("id", "practitioner_id", "patient_id")}
        told |= {key: patient[key] for key in ("first_name", "last_name", "email")}
        told["status"] = TOLD[state]
        events.record(world, order["clinic_id"], "lab_order.updated", {"lab_order": told})


def _recommended(world, patient, plan_id, panel_id):
    """The order a plan left open for this patient, where the wishes name one."""
    for order in world.store["fullscript"]["lab_orders"].values():
        if (
            order["patient_id"] == patient["id"]
            and order["state"] == "not_purchased"
            and plan_id in (None, "", order["treatment_plan_id"])
            and panel_id in (None, "", order["panel_id"])
        ):
            return order
    return None


def _add(world, patient, practitioner_id, plan_id, panel):
    order = {
        "id": ids.new(world, "lab-order"),
        "clinic_id": patient["clinic_id"],
        "patient_id": patient["id"],
        "practitioner_id": practitioner_id,
        "treatment_plan_id": plan_id or None,
        "state": "not_purchased",
        "name": panel["name"],
        "panel_id": panel["id"],
        "tests": panel["tests"],
        "results": [],
    }
    world.store["fullscript"]["lab_orders"][order["id"]] = order
    return order
