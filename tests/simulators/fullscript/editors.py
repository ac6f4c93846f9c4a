"""An open plan editor: who works in it, for whom, on which plan, framed by which page.

Embed opens one for each claimed session grant, a dynamic link one for each sign-in.
Steps: choose the practitioner (staff only), choose the patient, edit, activate.
"""

from __future__ import annotations

from django.shortcuts import render

from tests.simulators import world as worlds
from tests.simulators.fullscript import labcatalogue, patients, planstore, shelf

ENTRYPOINTS = ("catalog", "labs")
COOKIE = "fullscript_frame"
COOKIES_NEEDED = ("", "silent", "told")
COOKIES_BLOCKED = "COOKIES_BLOCKED: The frame's cookie did not come back."


def begin(
    world,
    *,
    clinic_id,
    practitioner_id,
    patient_id=None,
    plan_id=None,
    suggestion=None,
    entrypoint=ENTRYPOINTS[0],
    frame=None,
    link=None,
) -> dict:
    """A new editor. `frame` is `{"id", "origin"}` of the embedding page, None in a tab; `link`
    the key of the link that goes on leading to the plan begun here."""
    editor = {
        "key": world.new_token("editor"),
        "clinic_id": clinic_id,
        "practitioner_id": practitioner_id,
        "patient_id": patient_id,
        "plan_id": plan_id,
        "suggestion": suggestion or {},
        "entrypoint": entrypoint,
        "frame": frame,
        "link": link,
        "is_done": False,  # activated, or changed while active
        "messages": [],  # to post to the embedding page when the next page shows
    }
    world.store["fullscript"]["editors"][editor["key"]] = editor
    return editor


def show(request, key):
    """The step that is due, with any messages for the embedding page."""
    world = worlds.current()
    editor = found(world, key)
    if editor is None:
        return gone(request)
    request.environ["simulator.account"] = editor["practitioner_id"] or ""
    if editor["frame"] and _lacks_cookie(request, world, key):
        return _cookies_blocked(request, world, editor["frame"])
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


def _lacks_cookie(request, world, key) -> bool:
    """Whether the frame needs third-party cookies is not documented (knob `frame_cookie`)."""
    return bool(world.knobs["fullscript"]["frame_cookie"]) and request.COOKIES.get(COOKIE) != key


def _cookies_blocked(request, world, frame):
    """The frame gives up: it says so on its page, and to the page around it or to nobody."""
    told = world.knobs["fullscript"]["frame_cookie"] == "told"
    messages = [{"type": "serverError", "payload": [COOKIES_BLOCKED]}] if told else []
    post = {"origin": frame["origin"], "messages": messages}
    return framed_by(render(request, "fullscript/cookies.html", {"post": post}), frame)


def framed_by(response, frame):
    """Only the page that opened the frame may show it."""
    allowed = frame["origin"] if frame else "'none'"
    response["Content-Security-Policy"] = f"frame-ancestors {allowed}"
    response["Cache-Control"] = "no-store"
    return response


def _practitioner_step(store, editor):
    return {"people": colleagues(store, editor)}


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
        "is_done": editor["is_done"] or bool(plan and plan["state"] == "cancelled"),
        "lines": [
            {**line, "product": shelf.product_of(world, line["variant_id"])}
            for line in (plan["recommendations"] if plan else [])
        ],
        "found": shelf.rows(world, ""),
        "panels": _panels(world, plan),
        "vocabulary": {
            "frequencies": planstore.FREQUENCIES,
            "formats": [f for f in planstore.FORMATS if f != "drop"],
            "times": planstore.TIMES_OF_DAY,
        },
        "problems": editor.pop("problems", []),
    }


def _panels(world, plan):
    """The labs that can be added, those of the plan ticked."""
    held = {lab["id"] for lab in plan["lab_recommendations"]} if plan else set()
    found = [p for p in labcatalogue.panels(world) if p["active"]]
    return [{**panel, "is_held": panel["id"] in held} for panel in found]


def colleagues(store, editor):
    return [p for p in store["practitioners"].values() if p["clinic_id"] == editor["clinic_id"]]


def found(world, key):
    return world.store["fullscript"]["editors"].get(key)


def gone(request):
    why = {"why": "This editor is closed."}
    return render(request, "fullscript/not_found.html", why, status=404)
