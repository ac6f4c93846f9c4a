"""Dynamic links: a plan editor in a tab of its own (reference 9), and the page behind them.

The requests put `redirect_url` and the patient's id in different places; that is the
vendor's doing, or, where the documents say nothing, a knob's.
"""

from __future__ import annotations

from django.http import HttpResponseRedirect
from django.shortcuts import render

from tests.simulators import world as worlds
from tests.simulators.fullscript import editors, effects, patients, planstore
from tests.simulators.fullscript.rest import Call, Problem, missing

PATIENT_ID_PLACES = ("patient.id", "dynamic_links.patient_id", "patient_id", "nowhere")
URL_PLACES = ("top", "nested")
# Opened again, these lead to the plan that was begun the first time.
TIED = ("draft", "gateway")


def start(call: Call):
    """GET: a generic start; the practitioner picks the patient."""
    call.need("clinic:write")
    return {"redirect_url": _open(call, "start", practitioner_id=_own_id(call))}


def draft(call: Call):
    """POST: finds or makes the patient by e-mail and starts a draft of its own."""
    call.need("clinic:write")
    practitioner_id = _practitioner(call)
    given = call.body.get("patient")
    if given is None:
        url = _open(call, "draft", practitioner_id=practitioner_id)
        return {"dynamic_links": {"redirect_url": url}}
    patient = _by_email(call, given)
    plan = planstore.add(
        call.world,
        patient_id=patient["id"],
        practitioner_id=practitioner_id,
        recommendations=[],
        source="app",
    )
    people = {"practitioner_id": practitioner_id, "patient_id": patient["id"]}
    url = _open(call, "draft", **people, plan_id=plan["id"])
    return _with_patient_id(call, {"dynamic_links": {"redirect_url": url}}, patient["id"])


def gateway(call: Call):
    """POST: opens on the patient where id, our id or e-mail finds one, else on a choice."""
    call.need("clinic:write")
    given = call.body.get("patient") or {}
    found = _match(call, given)
    url = _open(
        call,
        "gateway",
        practitioner_id=_practitioner(call, required=False),
        patient_id=found["id"] if found else None,
        suggestion=given,
    )
    answer = _placed(call, url)
    return _with_patient_id(call, answer, found["id"]) if found else answer


def edit(call: Call, id):
    """GET: a link to one draft or active plan."""
    call.need("clinic:write")
    plan = call.find("plans", id)
    if plan["state"] == "cancelled":
        raise missing()
    people = {"practitioner_id": plan["practitioner_id"], "patient_id": plan["patient_id"]}
    return _placed(call, _open(call, "edit", **people, plan_id=plan["id"]))


def visit(request, key):
    """The page behind a link: sign in, then the editor. A draft link re-opens its plan."""
    world = worlds.current()
    store = world.store["fullscript"]
    link = store["links"].get(key)
    if link is None:
        return render(request, "fullscript/not_found.html", {"why": "No such link."}, status=404)
    people = [p for p in store["practitioners"].values() if p["clinic_id"] == link["clinic_id"]]
    chosen = request.POST.get("person")
    if chosen in [person["id"] for person in people]:
        told = {"kind": link["kind"], "key": key, "person_id": chosen, "plan_id": link["plan_id"]}
        effects.note(world, "links_opened", **told)
        keep = ("clinic_id", "patient_id", "plan_id", "suggestion", "entrypoint")
        kept = {name: link[name] for name in keep}
        tied = key if link["kind"] in TIED else None
        editor = editors.begin(world, practitioner_id=chosen, link=tied, **kept)
        return HttpResponseRedirect(f"/editor/{editor['key']}")
    context = {"people": people, "chosen": link["practitioner_id"]}
    return render(request, "fullscript/sign_in.html", context)


def _open(call, kind, *, practitioner_id, patient_id=None, plan_id=None, suggestion=None):
    key = call.world.new_token("link")
    asked = call.body.get("entrypoint") or call.query.get("entrypoint")
    call.store["links"][key] = {
        "kind": kind,
        "clinic_id": call.clinic_id,
        "practitioner_id": practitioner_id,
        "patient_id": patient_id,
        "plan_id": plan_id,
        "suggestion": suggestion or {},
        "entrypoint": asked if asked in editors.ENTRYPOINTS else editors.ENTRYPOINTS[0],
    }
    told = {"kind": kind, "key": key, "patient_id": patient_id, "plan_id": plan_id}
    effects.note(call.world, "links_made", person_id=call.token["owner_id"], **told)
    return f"{call.world.origin('fullscript')}/plans/{key}"


def _placed(call, url) -> dict:
    """Where the documents show no answer at all: at the top, or as a draft's."""
    if call.knobs["link_url"] == "nested":
        return {"dynamic_links": {"redirect_url": url}}
    return {"redirect_url": url}


def _with_patient_id(call, answer, patient_id) -> dict:
    place = call.knobs["link_patient_id"]
    if place == "patient.id":
        return answer | {"patient": {"id": patient_id}}
    if place == "patient_id":
        return answer | {"patient_id": patient_id}
    if place == "dynamic_links.patient_id":
        held = answer.get("dynamic_links", {})
        return answer | {"dynamic_links": held | {"patient_id": patient_id}}
    return answer


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
