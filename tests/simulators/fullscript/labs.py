"""Lab orders and their results (reference 10). Tests and results do not line up, on purpose."""

from __future__ import annotations

import datetime as dt

from django.http import HttpResponse

from tests.simulators import world as worlds
from tests.simulators.fullscript import events, orders
from tests.simulators.fullscript.rest import Call, missing, page

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
PANEL = "Made-up Metabolic Panel"
TESTS = ("Glucose", "Creatinine", "Sodium")
PDF_MINUTES = 10
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
HTML = b"<!doctype html><title>Sign in</title><p>Your session has ended.</p>"


def listing(call: Call):
    call.need("patients:order_history")
    rows = [o for o in call.store["lab_orders"].values() if o["clinic_id"] == call.clinic_id]
    if call.query.get("patient_id"):
        rows = [o for o in rows if o["patient_id"] == call.query["patient_id"]]
    keys = ("id", "state", "treatment_plan_id", "patient_id")
    return page(call, "orders", rows, lambda o: {key: o[key] for key in keys})


def show(call: Call, id):
    """A result's `pdf_url` is made for this answer and dies after ten minutes."""
    call.need("patients:order_history")
    order = call.find("lab_orders", id)
    results = [
        {"id": result, "pdf_url": _pdf_url(call.world, result)} for result in order["results"]
    ]
    shown = {k: v for k, v in order.items() if k not in ("clinic_id", "practitioner_id")}
    return {"order": {**shown, "results": results, "latest_aggregated_result": None}}


def show_test(call: Call, id):
    for order in call.store["lab_orders"].values():
        for test in order["tests"]:
            if test["id"] == id:
                return {"test": test}
    raise missing()


def _pdf_url(world, result):
    until = int((world.now() + dt.timedelta(minutes=PDF_MINUTES)).timestamp())
    return f"{world.origin('fullscript')}/lab_results/{result}/{until}.pdf"


def pdf(request, result, until):
    """The file itself; an HTML page instead where the knob says so, 403 once it is old."""
    world = worlds.current()
    if world.now().timestamp() > until:
        return HttpResponse("Expired", status=403, content_type="text/plain")
    if world.knobs["fullscript"]["lab_pdf_is_html"]:
        return HttpResponse(HTML)
    return HttpResponse(PDF, content_type="application/pdf")


def buy(world, patient: dict, practitioner_id: str, plan_id: str | None) -> dict:
    """The patient buys the panel; `order.placed` is the only word of it."""
    order = {
        "id": world.new_id("lab-order"),
        "clinic_id": patient["clinic_id"],
        "patient_id": patient["id"],
        "practitioner_id": practitioner_id,
        "treatment_plan_id": plan_id,
        "state": "purchased",
        "name": PANEL,
        "tests": [{"id": world.seeded_id(f"test:{name}"), "name": name} for name in TESTS],
        "results": [],
    }
    world.store["fullscript"]["lab_orders"][order["id"]] = order
    line = {"variant_id": world.seeded_id(f"lab:{PANEL}"), "quantity": 1, "type": "labs"}
    orders.complete(world, patient, practitioner_id, [plan_id] if plan_id else [], [line])
    return order


def move(world, order: dict, state: str):
    """Put the lab order in a state, with the results that go with it."""
    order["state"] = state
    if state in TOLD:
        wanted = 1 if state == "partial_results" else 2
        while len(order["results"]) < wanted:
            order["results"].append(world.new_id("lab-result"))
        patient = world.store["fullscript"]["patients"][order["patient_id"]]
        told = {key: order[key] for key in ("id", "practitioner_id", "patient_id")}
        told |= {key: patient[key] for key in ("first_name", "last_name", "email")}
        told["status"] = TOLD[state]
        events.record(world, order["clinic_id"], "lab_order.updated", {"lab_order": told})
