"""What the editor's forms do: choose people, keep the draft, activate the plan.

Each answers with the editor's page again, which posts what the embedding page should know.
"""

from __future__ import annotations

from django.http import HttpResponseRedirect

from tests.simulators import world as worlds
from tests.simulators.fullscript import messages, patients, planstore, shapes
from tests.simulators.fullscript.editors import colleagues, found, gone

LINE_FIELDS = (
    "variant_id",
    "units_to_purchase",
    "amount",
    "frequency",
    "duration",
    "format",
    "time_of_day",
    "take_with",
    "additional_info",
)


def choose_practitioner(request, key):
    world = worlds.current()
    editor = found(world, key)
    if editor is None:
        return gone(request)
    known = {p["id"] for p in colleagues(world.store["fullscript"], editor)}
    if request.POST.get("person") in known:
        editor["practitioner_id"] = request.POST["person"]
    return HttpResponseRedirect(f"/editor/{key}")


def choose_patient(request, key):
    """One of the clinic's patients, or a new one from the form's fields."""
    world = worlds.current()
    editor, store = found(world, key), world.store["fullscript"]
    if editor is None:
        return gone(request)
    chosen = request.POST.get("patient")
    if chosen:
        known = {p["id"] for p in patients.of_clinic(store, editor["clinic_id"])}
        patient = store["patients"][chosen] if chosen in known else None
    else:
        given = {k: v for k, v in request.POST.dict().items() if v}
        editor["suggestion"] = given
        editor["problems"] = patients.problems(store, editor["clinic_id"], given)
        patient = None
        if not editor["problems"]:
            patient = patients.add(world, editor["clinic_id"], given, refuse=None, by="page")
    if patient:
        editor["patient_id"] = patient["id"]
        _post(world, editor, "patient.selected", messages.patient_selected(world, patient))
    return HttpResponseRedirect(f"/editor/{key}")


def _post(world, editor, type, data):
    if editor["frame"]:
        message = messages.envelope(world, editor, type, data)
        if world.knobs["fullscript"]["extra_keys"]:
            message = shapes.with_extra_keys(message)
        editor["messages"].append({"type": f"{editor['frame']['id']}.{type}", "payload": message})


def save(request, key):
    """Keep the draft, activate it, or change an active plan; the last two fire their event."""
    world = worlds.current()
    editor = found(world, key)
    if editor is None or not editor["patient_id"]:
        return gone(request)
    panel_ids = request.POST.getlist("panel")
    labs, problems = planstore.read_labs(world, panel_ids)
    rows = _posted_lines(request.POST)
    lines, more = planstore.read_lines(world, rows) if rows or not panel_ids else ([], [])
    problems += more
    if problems:
        editor["problems"] = problems
        return HttpResponseRedirect(f"/editor/{key}")
    store = world.store["fullscript"]
    plan = store["plans"].get(editor["plan_id"]) or _new_draft(world, editor)
    changed = (plan["recommendations"], plan["lab_recommendations"]) != (lines, labs)
    plan["recommendations"], plan["lab_recommendations"] = lines, labs
    plan["personal_message"] = request.POST.get("personal_message") or None
    planstore.touch(world, plan)
    if plan["state"] == "active":
        editor["is_done"] = True
        if changed:
            planstore.fire(world, plan, "treatment_plan.recommendation.updated")
    elif plan["state"] == "draft" and request.POST.get("then") == "activate":
        editor["is_done"] = True
        planstore.activate(world, plan)
        planstore.fire(world, plan, "treatment_plan.created")
        _post(world, editor, "treatmentPlan.activated", messages.plan_activated(world, plan))
    return HttpResponseRedirect(f"/editor/{key}")


def _new_draft(world, editor):
    plan = planstore.add(
        world,
        patient_id=editor["patient_id"],
        practitioner_id=editor["practitioner_id"],
        recommendations=[],
        source="app",
    )
    editor["plan_id"] = plan["id"]
    link = world.store["fullscript"]["links"].get(editor["link"])
    if link:
        link |= {"plan_id": plan["id"], "patient_id": plan["patient_id"]}
    return plan


def _posted_lines(form):
    """The draft's lines: every field is repeated once a line, in the lines' order.

    `time_of_day` holds the line's times in one comma-separated value.
    """
    columns = [form.getlist(field) for field in LINE_FIELDS]
    rows = [dict(zip(LINE_FIELDS, row, strict=True)) for row in zip(*columns, strict=True)]
    return [
        {
            "variant_id": row["variant_id"],
            "units_to_purchase": row["units_to_purchase"],
            "refill": "false",
            "take_with": row["take_with"],
            "dosage": {
                **{field: row[field] for field in planstore.DOSAGE_FIELDS},
                "time_of_day": [time for time in row["time_of_day"].split(",") if time],
            },
        }
        for row in rows
    ]
