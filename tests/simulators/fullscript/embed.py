"""Embed (reference 8): session grants, tokenize, and the entry page of the frame."""

from __future__ import annotations

import datetime as dt
import json
import re

from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render

from tests.simulators import world as worlds
from tests.simulators.fullscript import editors, effects
from tests.simulators.fullscript.rest import Call, stamp

GRANT_SECONDS = 120
BAD_SECRET = "INVALID_SECRET_TOKEN: The secret_token was invalid or missing."
BAD_PATIENT = "INVALID_PATIENT_ID: The patient_id was invalid or missing."
UNKNOWN_PATIENTS = ("selector", "error")
FRAME_ID = re.compile(r"[0-9a-fA-F-]{36}")


def grant(call: Call):
    """POST: a single-use secret for one mount, good for 120 seconds. No wrapper."""
    call.need("clinic:read", "clinic:write")
    held = {
        "id": call.world.new_id("grant"),
        "secret_token": call.world.new_token("secret"),
        "claimed_at": None,
        "expires_at": stamp(call.world.now() + dt.timedelta(seconds=GRANT_SECONDS)),
        "user": {"type": call.token["owner_type"], "id": call.token["owner_id"]},
        "clinic_id": call.clinic_id,
    }
    call.store["session_grants"][held["secret_token"]] = held
    effects.note(call.world, "grants_issued", id=held["id"], person_id=call.token["owner_id"])
    shown = {key: value for key, value in held.items() if key != "clinic_id"}
    return 201 if call.knobs["grant_status_201"] else 200, shown


def tokenize(request):
    """The SDK's cross-origin call with the patient's data; answers a one-time name for it."""
    world = worlds.current()
    origin = request.headers.get("Origin", "")
    headers = {"Vary": "Origin"}
    if is_allowed(world.config["fullscript"]["origins"], origin):
        headers |= {
            "Access-Control-Allow-Origin": origin,
            "Access-Control-Allow-Methods": "POST",
            "Access-Control-Allow-Headers": "content-type",
        }
    if request.method == "OPTIONS":
        return HttpResponse(status=204, headers=headers)
    try:
        data = json.loads(request.body)["data"]
    except (ValueError, KeyError, TypeError):
        return JsonResponse({"error": "data is missing"}, status=400, headers=headers)
    # `+`, `/` and `=` as in the vendor's own tokens, which the SDK must percent-encode.
    name = f"{world.new_token('data')}+/="
    world.store["fullscript"]["data_tokens"][name] = data
    return JsonResponse({"data_token": name}, headers=headers)


def entry(request, has_entrypoint):
    """The page inside the frame. Claims the grant, then goes on to the editor.

    Only the newer of the two addresses knows an `entrypoint`.
    """
    world = worlds.current()
    store, config, given = world.store["fullscript"], world.config["fullscript"], request.GET
    origin = given.get("target_origin", "")
    if given.get("public_key") != config["public_key"] or not is_allowed(config["origins"], origin):
        return editors.framed_by(HttpResponse("Refused to frame."), None)
    frame = {"id": given.get("frame_id", ""), "origin": origin}
    held = store["session_grants"].get(given.get("secret_token", ""))
    if not FRAME_ID.fullmatch(frame["id"]) or not _is_open(held, world.now()):
        return _oops(request, frame, BAD_SECRET)
    held["claimed_at"] = stamp(world.now())
    effects.note(world, "grants_claimed", id=held["id"], person_id=held["user"]["id"])
    data = store["data_tokens"].pop(given.get("data_token", ""), {}) or {}
    known = store["patients"].get(data.get("id"))
    if known and known["clinic_id"] != held["clinic_id"]:
        known = None
    unknown = data.get("id") and not known
    if unknown and world.knobs["fullscript"]["unknown_patient"] == "error":
        return _oops(request, frame, BAD_PATIENT)
    asked = given.get("entrypoint") if has_entrypoint else None
    is_staff = held["user"]["type"] != "Practitioner"
    editor = editors.begin(
        world,
        clinic_id=held["clinic_id"],
        practitioner_id=None if is_staff else held["user"]["id"],
        patient_id=known["id"] if known else None,
        suggestion={key: str(value) for key, value in data.items() if value},
        entrypoint=asked if asked in editors.ENTRYPOINTS else editors.ENTRYPOINTS[0],
        frame=frame,
    )
    response = HttpResponseRedirect(f"/editor/{editor['key']}")
    if world.knobs["fullscript"]["frame_cookie"]:
        # The only kind a browser sends to a frame on somebody else's page, where it does.
        response.set_cookie(editors.COOKIE, editor["key"], samesite="None", secure=True)
    return editors.framed_by(response, frame)


def _is_open(held, now):
    if held is None or held["claimed_at"]:
        return False
    return dt.datetime.fromisoformat(held["expires_at"]) > now


def _oops(request, frame, *lines):
    post = {
        "origin": frame["origin"],
        "messages": [{"type": "serverError", "payload": list(lines)}],
    }
    return editors.framed_by(render(request, "fullscript/oops.html", {"post": post}), frame)


def is_allowed(listed: list[str], origin: str) -> bool:
    """Whether the dashboard's Origin URI list lets this origin in; `/*` after one is fine."""
    return bool(origin) and origin in {entry.rstrip("*").rstrip("/") for entry in listed}
