"""What happens in Fullscript without us: patients order, practitioners cancel, users revoke.

Every action takes `(world, fields)`; the control page and the control API call them.
"""

from __future__ import annotations

import datetime as dt

from tests.simulators.fullscript import events, orders, patients, planstore, products, tokens
from tests.simulators.fullscript import webhooks as hooks
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
    when absent)."""
    with world.lock:
        store = world.store["fullscript"]
        patient = _held(store, "patients", fields)
        colleagues = (
            p for p in store["practitioners"].values() if p["clinic_id"] == patient["clinic_id"]
        )
        first = products.every(world)[0]["variants"][0]["id"]
        given = fields.get("recommendations") or [{"variant_id": first}]
        lines, wrong = planstore.read_lines(world, given)
        if wrong:
            raise ActionError(". ".join(wrong))
        plan = planstore.add(
            world,
            patient_id=patient["id"],
            practitioner_id=fields.get("practitioner_id") or next(colleagues)["id"],
            recommendations=lines,
            source="app",
        )
        planstore.activate(world, plan)
        planstore.fire(world, plan, "treatment_plan.created")
    return {"message": "A plan was made in Fullscript.", "plan_id": plan["id"]}


def update_patient(world, fields):
    """Fullscript's own pages change `patient_id`; `patient.updated` fires."""
    with world.lock:
        store = world.store["fullscript"]
        patient = _held(store, "patients", fields)
        patient |= {k: v for k, v in fields.items() if k in patients.FIELDS}
        told = {"patient": patients.in_event(store, patient)}
        events.record(world, patient["clinic_id"], "patient.updated", told)
    return {"patient_id": patient["id"]}


def emancipate(world, fields):
    """A dependent becomes independent, with an `email` of their own."""
    with world.lock:
        store = world.store["fullscript"]
        patient = _held(store, "patients", fields)
        patient["guardian_patient_id"] = None
        patient["email"] = fields.get("email") or patient["email"]
        told = patients.in_event(store, patient)
        told |= {"is_dependent": False, "guardian_patient_id": None}
        events.record(world, patient["clinic_id"], "patient.emancipated", {"patient": told})
    return {"patient_id": patient["id"]}


def touch_product(world, fields):
    """`type` (product.updated, product.created or product.description.updated) of
    `product_id`, told to every connected clinic. product.created is flat (reference 6.6)."""
    with world.lock:
        product = products.product(world, fields["product_id"])
        if product is None:
            raise ActionError("There is no such product.")
        type = fields.get("type", "product.updated")
        shown = {k: product[k] for k in ("name", "description_html", "brand", "variants", "dosage")}
        data = shown if type == "product.created" else {"product": shown}
        clinics = {t["clinic_id"] for t in tokens.connected(world.store["fullscript"])}
        for clinic_id in sorted(clinics):
            events.record(world, clinic_id, type, data)
    return {"clinics": len(clinics)}


def custom_dosage(world, fields):
    """`practitioner_id` keeps a dosage of their own for `product_id`: `dosage`, an object
    with the product's `recommended_…` names; without one it is taken back."""
    product_id = fields["product_id"]
    with world.lock:
        own = world.store["fullscript"]["custom_dosages"].setdefault(fields["practitioner_id"], {})
        own.pop(product_id, None)
        if fields.get("dosage"):
            own[product_id] = fields["dosage"]
    return {"product_id": product_id}


def some_variant(world, fields):
    """A `variant_id` of the catalogue: the first, or the first of a product matching `q`."""
    found = products.matching(world, fields.get("q", ""), most=1)
    if not found:
        raise ActionError("No product has that name.")
    return {"variant_id": found[0]["variants"][0]["id"], "name": found[0]["name"]}


def revoke_person(world, fields):
    """A user removes our app in Fullscript: every token of `person_id` ends."""
    with world.lock:
        ended = tokens.revoke_person(world.store["fullscript"], fields["person_id"])
    return {"message": f"{ended} token pairs ended.", "ended": ended}


def expire_tokens(world, fields):
    """Every access token is refused from now on, whatever its lifetime said."""
    with world.lock:
        for token in world.store["fullscript"]["tokens"]:
            token["expires_at"] = (world.now() - dt.timedelta(seconds=1)).isoformat()
    return {"message": "Every access token has expired; refresh tokens still work."}


def expire_codes(world, fields):
    with world.lock:
        world.store["fullscript"]["codes"].clear()
    return {}


def deliver_due(world, fields):
    """Make the attempts that are due, now and in this call."""
    made = hooks.deliver_due(world, by_hand=True)
    return {"message": f"{len(made)} deliveries were attempted.", "attempts": made}


def enable_endpoint(world, fields):
    with world.lock:
        hooks.enable(world)
    return {"message": "The endpoint is active again."}


ACTIONS = {
    "order": order,
    "cancel-plan": cancel_plan,
    "change-plan": change_plan,
    "make-plan": make_plan,
    "update-patient": update_patient,
    "emancipate": emancipate,
    "touch-product": touch_product,
    "custom-dosage": custom_dosage,
    "some-variant": some_variant,
    "revoke-person": revoke_person,
    "expire-tokens": expire_tokens,
    "expire-codes": expire_codes,
    "deliver-due": deliver_due,
    "enable-endpoint": enable_endpoint,
}


def _held(store, collection, fields):
    field = {"patients": "patient_id", "plans": "plan_id"}[collection]
    try:
        return store[collection][fields[field]]
    except KeyError:
        raise ActionError(f"There is no such {field.removesuffix('_id')}.") from None


def _active_plan(world, fields):
    store = world.store["fullscript"]
    if fields.get("plan_id"):
        plan = _held(store, "plans", fields)
        if plan["state"] != "active":
            raise ActionError(f"The plan is {plan['state']}, not active.")
        return plan
    patient = _held(store, "patients", fields)
    active = [
        plan
        for plan in store["plans"].values()
        if plan["patient_id"] == patient["id"] and plan["state"] == "active"
    ]
    if not active:
        raise ActionError("The patient has no active plan.")
    return active[-1]
