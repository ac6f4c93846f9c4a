"""Treatment plans over REST (reference 5.4). Nothing done here fires an event."""

from __future__ import annotations

from tests.simulators.fullscript import effects, metadata, planstore
from tests.simulators.fullscript.rest import Call, ordered, page


def of_patient(call: Call, patient_id):
    """Plans made by API need `patients:read`, those made in Fullscript the plan history."""
    call.find("patients", patient_id)
    if not call.may("patients:read"):
        call.need("patients:treatment_plan_history")
    rows = [
        plan
        for plan in call.store["plans"].values()
        if plan["patient_id"] == patient_id
        and _may_see(call, plan)
        and planstore.in_lists(call.world, plan)
    ]
    rows = ordered(call, rows, "created_at", "updated_at")
    return page(call, "treatment_plans", rows, lambda p: planstore.represent(call.world, p))


def show(call: Call, id):
    plan = call.find("plans", id)
    call.need("patients:read" if plan["source"] == "api" else "patients:treatment_plan_history")
    return {"treatment_plan": planstore.represent(call.world, plan)}


def create(call: Call, patient_id):
    """Restricted. An absent or null state means active."""
    call.need_right("plans")
    call.need("clinic:write", "patients:read")
    call.find("patients", patient_id)
    state = call.body.get("state") or "active"
    wrong = [] if state in ("draft", "active") else ["State is not included in the list"]
    wrong += _practitioner_problems(call)
    lines, more = planstore.read_lines(call.world, call.body.get("recommendations"))
    asked = [lab.get("lab_test_id") for lab in call.body.get("labs") or []]
    labs, worse = planstore.read_labs(call.world, asked)
    our_id = metadata.given(call.body)
    wrong += more + worse + metadata.problems(call.world, call.clinic_id, "plans", our_id)
    if wrong:
        call.refuse(*wrong)
    plan = planstore.add(
        call.world,
        patient_id=patient_id,
        practitioner_id=call.body.get("practitioner_id") or call.token["owner_id"],
        recommendations=lines,
        source="api",
        message=call.body.get("personal_message"),
        our_id=our_id,
    )
    plan["lab_recommendations"] = labs
    if state == "active":
        planstore.activate(call.world, plan)
    return 201, {"treatment_plan": planstore.represent(call.world, plan)}


def change(call: Call, id):
    call.need("clinic:write")
    plan = call.find("plans", id)
    if plan["state"] == "cancelled":
        call.refuse("Treatment plan is cancelled")
    if "recommendations" in call.body:
        lines, wrong = planstore.read_lines(call.world, call.body["recommendations"])
        if wrong:
            call.refuse(*wrong)
        plan["recommendations"] = lines
    if "resource_ids" in call.body:
        plan["resource_ids"] = [
            call.find("resources", id)["id"] for id in call.body["resource_ids"]
        ]
    if "personal_message" in call.body:
        plan["personal_message"] = call.body["personal_message"]
    if "metadata" in call.body:
        plan["metadata"] = {"id": call.body["metadata"].get("id")}
    planstore.touch(call.world, plan)
    return {"treatment_plan": planstore.represent(call.world, plan)}


def activate(call: Call, id):
    call.need_right("plans")
    call.need("clinic:write")
    plan = call.find("plans", id)
    if plan["state"] != "draft":
        call.refuse(f"Treatment plan is {plan['state']}")
    planstore.activate(call.world, plan)
    return {"treatment_plan": planstore.represent(call.world, plan)}


def cancel(call: Call, id):
    call.need("clinic:write")
    plan = call.find("plans", id)
    if plan["state"] == "cancelled":
        call.refuse("Treatment plan is already cancelled")
    plan["state"] = "cancelled"
    planstore.touch(call.world, plan)
    return {"treatment_plan": planstore.represent(call.world, plan)}


def in_office_checkout(call: Call, id):
    """Empties the patient's cart, fills it from the plan, and says where to pay."""
    call.need("clinic:write")
    plan = call.find("plans", id)
    if plan["state"] != "active":
        call.refuse("Treatment plan is not active")
    lost = call.store["carts"].get(plan["patient_id"], [])
    call.store["carts"][plan["patient_id"]] = [
        {"variant_id": line["variant_id"], "quantity": line["units_to_purchase"]}
        for line in plan["recommendations"]
    ]
    told = {"patient_id": plan["patient_id"], "plan_id": plan["id"], "lost": lost}
    effects.note(call.world, "carts_emptied", **told)
    url = f"{call.world.origin('fullscript')}/checkout/{plan['id']}"
    return 201, {"in_office_checkout": {"url": url}}


def _may_see(call, plan):
    by_api = plan["source"] == "api"
    return call.may("patients:read" if by_api else "patients:treatment_plan_history")


def _practitioner_problems(call):
    given = call.body.get("practitioner_id")
    if not given:
        is_staff = call.token["owner_type"] != "Practitioner"
        return ["Practitioner can't be blank"] if is_staff else []
    person = call.store["practitioners"].get(given)
    if person is None or person["clinic_id"] != call.clinic_id:
        return ["Practitioner must exist"]
    return []
