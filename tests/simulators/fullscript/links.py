"""Dynamic links: a plan editor in a tab of its own (reference 9), and the page behind them.

The three requests put `redirect_url` in three places; that is the vendor's doing.
"""

from __future__ import annotations

from django.http import HttpResponseRedirect
from django.shortcuts import render

from tests.simulators import world as worlds
from tests.simulators.fullscript import editors, patients, planstore
from tests.simulators.fullscript.rest import Call, Problem


def start(call: Call):
    """GET: a generic start; the practitioner picks the patient."""
    call.need("clinic:write")
    return {"redirect_url": _open(call, practitioner_id=_own_id(call))}


def draft(call: Call):
    """POST: finds or makes the patient by e-mail and starts a draft of its own."""
    call.need("clinic:write")
    practitioner_id = _practitioner(call)
    given = call.body.get("patient")
    if given is None:
        url = _open(call, practitioner_id=practitioner_id)
        return {"dynamic_links": {"redirect_url": url}}
    patient = _by_email(call, given)
    plan = planstore.add(
        call.world,
        patient_id=patient["id"],
        practitioner_id=practitioner_id,
        recommendations=[],
        source="app",
    )
    url = _open(call, practitioner_id=practitioner_id, patient_id=patient["id"], plan_id=plan["id"])
    return {"dynamic_links": {"redirect_url": url}, "patient": {"id": patient["id"]}}


def gateway(call: Call):
    """POST: opens on the patient where id, our id or e-mail finds one, else on a choice."""
    call.need("clinic:write")
    given = call.body.get("patient") or {}
    found = _match(call, given)
    url = _open(
        call,
        practitioner_id=_practitioner(call, required=False),
        patient_id=found["id"] if found else None,
        suggestion=given,
    )
    return {"redirect_url": url} | ({"patient": {"id": found["id"]}} if found else {})


def edit(call: Call, id):
    """GET: a link to one draft or active plan."""
    call.need("clinic:write")
    plan = call.find("plans", id)
    if plan["state"] == "cancelled":
        raise Problem(404, {"status": 404, "error": "Not Found"})
    url = _open(
        call,
        practitioner_id=plan["practitioner_id"],
        patient_id=plan["patient_id"],
        plan_id=plan["id"],
    )
    return {"redirect_url": url}


def visit(request, key):
    """The page behind a link: sign in, then the editor. A draft link re-opens its plan."""
    world = worlds.current()
    link = world.store["fullscript"]["links"].get(key)
    if link is None:
        return render(request, "fullscript/not_found.html", {"why": "No such link."}, status=404)
    practitioners = [
        person
        for person in world.store["fullscript"]["practitioners"].values()
        if person["clinic_id"] == link["clinic_id"]
    ]
    chosen = request.POST.get("person")
    if chosen in [person["id"] for person in practitioners]:
        keep = ("clinic_id", "patient_id", "plan_id", "suggestion")
        kept = {key: link[key] for key in keep}
        editor = editors.begin(world, practitioner_id=chosen, **kept)
        return HttpResponseRedirect(f"/editor/{editor['key']}")
    context = {"people": practitioners, "chosen": link["practitioner_id"]}
    return render(request, "fullscript/sign_in.html", context)


def _open(call, *, practitioner_id, patient_id=None, plan_id=None, suggestion=None):
    key = call.world.new_token("link")
    call.store["links"][key] = {
        "clinic_id": call.clinic_id,
        "practitioner_id": practitioner_id,
        "patient_id": patient_id,
        "plan_id": plan_id,
        "suggestion": suggestion or {},
    }
    return f"{call.world.origin('fullscript')}/plans/{key}"


def _own_id(call):
    return call.token["owner_id"] if call.token["owner_type"] == "Practitioner" else None


def _practitioner(call, *, required=True):
    given = (call.body.get("treatment_plan") or {}).get("practitioner_id")
    if not given:
        if required:
            raise Problem(400, {"error": "treatment_plan.practitioner_id is missing"})
        return _own_id(call)
    person = call.store["practitioners"].get(given)
    if person is None or person["clinic_id"] != call.clinic_id:
        call.refuse("Practitioner must exist")
    return given


def _match(call, given):
    """By Fullscript's id, then our id, then an e-mail that only one person has."""
    rows = patients.of_clinic(call.store, call.clinic_id)
    for field, key in (("id", given.get("id")), ("metadata", given.get("external_id"))):
        for patient in rows:
            held = patient["metadata"]["id"] if field == "metadata" else patient["id"]
            if key and held == key:
                return patient
    email = (given.get("email") or "").lower()
    hits = [p for p in rows if email and p["email"].lower() == email]
    return hits[0] if len(hits) == 1 else None


def _by_email(call, given):
    """The patient of that e-mail, or a new one (with its welcome e-mail)."""
    email = (given.get("email") or "").lower()
    for patient in patients.of_clinic(call.store, call.clinic_id):
        # No dependent accounts here: the guardian is meant.
        if email and patient["email"].lower() == email and not patient["guardian_patient_id"]:
            return patient
    call.need("patients:write")
    return patients.add(call.world, call.clinic_id, given, refuse=call.refuse, by="draft_link")
