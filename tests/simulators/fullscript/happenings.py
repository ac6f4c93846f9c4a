"""What people do in Fullscript's own pages with plans, orders and labs.

Every one of these fires its event. Each takes `(world, fields)`, as actions do.
"""

from __future__ import annotations

from tests.simulators.fullscript import labs, orders, planstore, products
from tests.simulators.fullscript.rest import stamp
from tests.simulators.registry import ActionError


def order(world, fields):
    """The patient orders a plan: `plan_id`, or `patient_id` for their newest active one."""
    with world.lock:
        plan = _active_plan(world, fields)
        return {"message": "The patient ordered.", "order": orders.place(world, plan)}


def cancel_plan(world, fields):
    """The practitioner cancels `plan_id` in Fullscript; `treatment_plan.updated` fires."""
    with world.lock:
        plan = _active_plan(world, fields)
        plan["state"] = "cancelled"
        planstore.touch(world, plan)
        planstore.fire(world, plan, "treatment_plan.updated")
    return {"message": "The plan is cancelled.", "plan_id": plan["id"]}


def change_plan(world, fields):
    """The practitioner changes the first line of `plan_id` to `units_to_purchase`."""
    with world.lock:
        plan = _active_plan(world, fields)
        plan["recommendations"][0]["units_to_purchase"] = int(fields.get("units_to_purchase", 2))
        planstore.touch(world, plan)
        planstore.fire(world, plan, "treatment_plan.recommendation.updated")
    return {"message": "The plan is changed.", "plan_id": plan["id"]}


def make_plan(world, fields):
    """A plan made in Fullscript's own pages and activated: `patient_id`, `practitioner_id`
    (the clinic's first when absent) and `recommendations` as REST takes them (one product
    when absent); `panel_ids` are the labs it recommends."""
    with world.lock:
        store = world.store["fullscript"]
        patient = held(store, "patients", fields)
        first = products.every(world)[0]["variants"][0]["id"]
        given = fields.get("recommendations") or [{"variant_id": first}]
        lines, wrong = planstore.read_lines(world, given)
        labs_of_plan, more = planstore.read_labs(world, fields.get("panel_ids") or [])
        wrong += more
        if wrong:
            raise ActionError(". ".join(wrong))
        plan = planstore.add(
            world,
            patient_id=patient["id"],
            practitioner_id=fields.get("practitioner_id") or _first_practitioner(world, patient),
            recommendations=lines,
            source="app",
        )
        plan["lab_recommendations"] = labs_of_plan
        planstore.activate(world, plan)
        planstore.fire(world, plan, "treatment_plan.created")
    return {"message": "A plan was made in Fullscript.", "plan_id": plan["id"]}


def buy_lab(world, fields):
    """`patient_id` buys a lab panel, one of `plan_id` or `panel_id` where these are named;
    `order.placed` says so with the type "labs"."""
    with world.lock:
        patient = held(world.store["fullscript"], "patients", fields)
        practitioner_id = fields.get("practitioner_id") or _first_practitioner(world, patient)
        wishes = (fields.get("plan_id"), fields.get("panel_id"))
        order = labs.buy(world, patient, practitioner_id, *wishes)
    return {"message": "The patient bought a lab panel.", "lab_order_id": order["id"]}


def move_lab(world, fields):
    """`lab_order_id` goes to `state`; the states with results fire `lab_order.updated`."""
    with world.lock:
        order = world.store["fullscript"]["lab_orders"].get(fields["lab_order_id"])
        if order is None or fields.get("state") not in labs.STATES:
            raise ActionError("There is no such lab order or state.")
        labs.move(world, order, fields["state"])
    return {"message": f"The lab order is {order['state']}."}


def refund(world, fields):
    """`order_id` is paid back. No webhook tells it (reference 5.7)."""
    with world.lock:
        order = world.store["fullscript"]["orders"].get(fields["order_id"])
        if order is None:
            raise ActionError("There is no such order.")
        order["refunded_at"] = stamp(world.now())
    return {"message": "The order is refunded.", "order_id": order["id"]}


def _first_practitioner(world, patient):
    people = world.store["fullscript"]["practitioners"].values()
    return next(p["id"] for p in people if p["clinic_id"] == patient["clinic_id"])


def held(store, collection, fields):
    """The patient or plan an action names."""
    field = {"patients": "patient_id", "plans": "plan_id"}[collection]
    try:
        return store[collection][fields[field]]
    except KeyError:
        raise ActionError(f"There is no such {field.removesuffix('_id')}.") from None


def _active_plan(world, fields):
    store = world.store["fullscript"]
    if fields.get("plan_id"):
        plan = held(store, "plans", fields)
        if plan["state"] != "active":
            raise ActionError(f"The plan is {plan['state']}, not active.")
        return plan
    patient = held(store, "patients", fields)
    active = [
        plan
        for plan in store["plans"].values()
        if plan["patient_id"] == patient["id"] and plan["state"] == "active"
    ]
    if not active:
        raise ActionError("The patient has no active plan.")
    return active[-1]
