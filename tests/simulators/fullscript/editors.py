"""An open plan editor: who works in it, for whom, on which plan, framed by which page.

Embed opens one for each claimed session grant, a dynamic link one for each sign-in.
Steps: choose the practitioner (staff only), choose the patient, edit, activate.
"""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render

from tests.simulators import world as worlds
from tests.simulators.fullscript import messages, patients, planstore, products

MOST_PRODUCTS_SHOWN = 24


def open(world, *, clinic_id, practitioner_id, patient_id=None, plan_id=None,
         suggestion=None, frame=None) -> dict:  # fmt: skip
    """A new editor. `frame` is `{"id", "origin"}` of the embedding page, None in a tab."""
    editor = {
        "key": world.new_token("editor"),
        "clinic_id": clinic_id,
        "practitioner_id": practitioner_id,
        "patient_id": patient_id,
        "plan_id": plan_id,
        "suggestion": suggestion or {},
        "frame": frame,
        "messages": [],  # to post to the embedding page when the next page shows
    }
    world.store["fullscript"]["editors"][editor["key"]] = editor
    return editor


def show(request, key):
    """The step that is due, with any messages for the embedding page."""
    world = worlds.current()
    editor = _found(world, key)
    if editor is None:
        return _gone(request)
    request.environ["simulator.account"] = editor["practitioner_id"] or ""
    waiting, editor["messages"] = editor["messages"], []
    store = world.store["fullscript"]
    context = {
        "editor": editor,
        "clinic": store["clinics"][editor["clinic_id"]],
        "post": {"origin": editor["frame"]["origin"], "messages": waiting}
        if editor["frame"]
        else None,
    }
    if not editor["practitioner_id"]:
        template, more = "choose_practitioner.html", _practitioner_step(store, editor)
    elif not editor["patient_id"]:
        template, more = "choose_patient.html", _patient_step(store, editor)
    else:
        template, more = "plan.html", _plan_step(world, editor)
    response = render(request, f"fullscript/{template}", context | more)
    return framed_by(response, editor["frame"])


def framed_by(response, frame):
    """Only the page that opened the frame may show it."""
    allowed = frame["origin"] if frame else "'none'"
    response["Content-Security-Policy"] = f"frame-ancestors {allowed}"
    response["Cache-Control"] = "no-store"
    return response


def _practitioner_step(store, editor):
    return {"people": _colleagues(store, editor)}


def _patient_step(store, editor):
    known = patients.of_clinic(store, editor["clinic_id"])
    wanted = editor["suggestion"]
    return {
        "likely": [p for p in known if _is_like(p, wanted)],
        "others": [p for p in known if not _is_like(p, wanted)],
        "wanted": wanted,
        "problems": editor.pop("problems", []),
    }


def _is_like(patient, wanted):
    same_email = wanted.get("email") and wanted["email"].lower() == patient["email"].lower()
    names = (wanted.get("first_name") or "", wanted.get("last_name") or "")
    same_name = any(names) and names == (patient["first_name"], patient["last_name"])
    return bool(same_email or same_name)


def _plan_step(world, editor):
    store = world.store["fullscript"]
    plan = store["plans"].get(editor["plan_id"])
    return {
        "patient": store["patients"][editor["patient_id"]],
        "practitioner": store["practitioners"][editor["practitioner_id"]],
        "plan": plan,
        "is_done": plan is not None and plan["state"] != "draft",
        "lines": [
            {**line, "product": _product_of(world, line["variant_id"])}
            for line in (plan["recommendations"] if plan else [])
        ],
        "found": [_row(p) for p in products.matching(world, "", MOST_PRODUCTS_SHOWN)],
        "vocabulary": {
            "frequencies": planstore.FREQUENCIES,
            "formats": [f for f in planstore.FORMATS if f != "drop"],
            "times": planstore.TIMES_OF_DAY,
        },
        "problems": editor.pop("problems", []),
    }


def _product_of(world, variant_id):
    variant = products.variant(world, variant_id)
    product = products.product(world, variant["product"]["id"])
    return {"name": product["name"], "brand": product["brand"]["name"], "variant": variant}


def _row(product):
    """What the editor's list shows of one product: its variants, its dosage as advice."""
    dosage = product["dosage"] or {}
    return {
        "name": product["name"],
        "brand": product["brand"]["name"],
        "variants": [
            {
                "id": v["id"],
                "size": f"{v['units'] or ''} {v['unit_of_measure'] or ''}".strip(),
                "msrp": v["msrp"],
                "availability": v["availability"],
            }
            for v in product["variants"]
        ],
        "dosage": {
            "amount": dosage.get("recommended_amount") or "",
            "frequency": dosage.get("recommended_frequency") or "",
            "format": dosage.get("format") or "",
            "additional_info": dosage.get("additional_info") or "",
        },
    }


def find_products(request, key):
    """What the search field asks for: `?q=magnesium`."""
    world = worlds.current()
    if _found(world, key) is None:
        return JsonResponse({"error": "gone"}, status=404)
    found = products.matching(world, request.GET.get("q", ""), MOST_PRODUCTS_SHOWN)
    return JsonResponse({"products": [_row(p) for p in found]})


def choose_practitioner(request, key):
    world = worlds.current()
    editor = _found(world, key)
    if editor is None:
        return _gone(request)
    known = {p["id"] for p in _colleagues(world.store["fullscript"], editor)}
    if request.POST.get("person") in known:
        editor["practitioner_id"] = request.POST["person"]
    return HttpResponseRedirect(f"/editor/{key}")


def _colleagues(store, editor):
    return [p for p in store["practitioners"].values() if p["clinic_id"] == editor["clinic_id"]]


def choose_patient(request, key):
    """One of the clinic's patients, or a new one from the form's fields."""
    world = worlds.current()
    editor, store = _found(world, key), world.store["fullscript"]
    if editor is None:
        return _gone(request)
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
            patient = patients.add(world, editor["clinic_id"], given, refuse=None, by_rest=False)
    if patient:
        editor["patient_id"] = patient["id"]
        _post(world, editor, "patient.selected", messages.patient_selected(store, patient))
    return HttpResponseRedirect(f"/editor/{key}")


def _post(world, editor, type, data):
    if editor["frame"]:
        message = messages.envelope(world, editor, type, data)
        editor["messages"].append({"type": f"{editor['frame']['id']}.{type}", "payload": message})


def save(request, key):
    """Keep the draft or activate it. Activation fires `treatment_plan.created`."""
    world = worlds.current()
    editor = _found(world, key)
    if editor is None or not editor["patient_id"]:
        return _gone(request)
    lines, problems = planstore.read_lines(world, _posted_lines(request.POST))
    if problems:
        editor["problems"] = problems
        return HttpResponseRedirect(f"/editor/{key}")
    plan = _kept(world, editor, lines, request.POST.get("personal_message"))
    if request.POST.get("then") == "activate" and plan["state"] == "draft":
        planstore.activate(world, plan)
        planstore.fire(world, plan, "treatment_plan.created")
        activated = messages.plan_activated(world, plan)
        _post(world, editor, "treatmentPlan.activated", activated)
    return HttpResponseRedirect(f"/editor/{key}")


def _kept(world, editor, lines, message):
    plan = world.store["fullscript"]["plans"].get(editor["plan_id"])
    if plan is None:
        plan = planstore.add(
            world,
            patient_id=editor["patient_id"],
            practitioner_id=editor["practitioner_id"],
            recommendations=lines,
            source="app",
            message=message,
        )
        editor["plan_id"] = plan["id"]
        return plan
    if plan["state"] == "active" and plan["recommendations"] != lines:
        plan["recommendations"] = lines
        planstore.fire(world, plan, "treatment_plan.recommendation.updated")
    plan["recommendations"] = lines
    plan["personal_message"] = message or None
    planstore.touch(world, plan)
    return plan


def _posted_lines(form):
    """The draft's lines: every field is repeated once a line, in the lines' order.

    `time_of_day` holds the line's times in one comma-separated value.
    """
    fields = ("variant_id", "units_to_purchase", "amount", "frequency", "duration", "format",
              "time_of_day", "take_with", "additional_info")  # fmt: skip
    columns = [form.getlist(field) for field in fields]
    return [
        {
            "variant_id": variant_id,
            "units_to_purchase": units,
            "refill": "false",
            "take_with": take_with,
            "dosage": {
                "amount": amount,
                "frequency": frequency,
                "duration": duration,
                "format": format,
                "time_of_day": [time for time in times.split(",") if time],
                "additional_info": info,
            },
        }
        for variant_id, units, amount, frequency, duration, format, times, take_with, info in zip(
            *columns, strict=True
        )
    ]


def _found(world, key):
    return world.store["fullscript"]["editors"].get(key)


def _gone(request):
    response: HttpResponse = render(
        request, "fullscript/not_found.html", {"why": "This editor is closed."}, status=404
    )
    return response
