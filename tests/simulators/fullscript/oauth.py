"""OAuth 2.0: the consent page, codes, tokens, refresh and revoke (reference 3)."""

from __future__ import annotations

import datetime as dt
import json
from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render

from tests.simulators import world as worlds
from tests.simulators.fullscript import effects, limit, shapes, tokens
from tests.simulators.fullscript.rest import Problem, admit, stamp

CODE_MINUTES = 10
SCOPE_WORDS = {
    "catalog:read": "See brands and products",
    "clinic:read": "See your clinic and its practitioners",
    "clinic:write": "Act for the clinic's practitioners",
    "patients:read": "See your patients",
    "patients:write": "Add and change patients",
    "patients:treatment_plan_history": "See plans made in Fullscript",
    "patients:order_history": "See what patients ordered",
}


def authorize(request):
    """GET shows who may sign in and what is asked; POST goes back with a code or without."""
    world = worlds.current()
    config, given = world.config["fullscript"], request.GET
    if given.get("client_id") != config["client_id"] or not config["redirect_uri"]:
        return _not_found(request, "This application is not registered.")
    if given.get("redirect_uri") not in config["redirect_uri"].split():
        return _not_found(request, "The redirect address is not the registered one.")
    if given.get("response_type") != "code":
        return _go_back(given, {"error": "unsupported_response_type"})
    if request.method == "POST":
        if request.POST.get("answer") != "authorize":
            return _cancel(request, world)
        person_id = request.POST.get("person", "")
        if not _is_registered(world, person_id):
            return _not_found(request, "Nobody of that name is registered.")
        return _go_back(given, {"code": _code_for(world, person_id, given["redirect_uri"])})
    return render(request, "fullscript/authorize.html", _choices(world, config))


def _choices(world, config):
    store = world.store["fullscript"]
    people = [
        (person, "Practitioner" if kind == "practitioners" else "Staff")
        for kind in ("practitioners", "staff")
        for person in store[kind].values()
    ]
    clinics = [
        {
            "name": clinic["name"],
            "people": [(p, role) for p, role in people if p["clinic_id"] == clinic["id"]],
        }
        for clinic in store["clinics"].values()
    ]
    return {"clinics": clinics, "scopes": [SCOPE_WORDS.get(s, s) for s in config["scopes"]]}


def _is_registered(world, person_id):
    store = world.store["fullscript"]
    return person_id in store["practitioners"] or person_id in store["staff"]


def _code_for(world, person_id, redirect_uri):
    store = world.store["fullscript"]
    kind = "Practitioner" if person_id in store["practitioners"] else "Staff"
    person = store["practitioners"].get(person_id) or store["staff"][person_id]
    code = world.new_token("code")
    store["codes"][code] = {
        "owner_id": person["id"],
        "owner_type": kind,
        "clinic_id": person["clinic_id"],
        "scope": " ".join(world.config["fullscript"]["scopes"]),
        "redirect_uri": redirect_uri,
        "expires_at": (world.now() + dt.timedelta(minutes=CODE_MINUTES)).isoformat(),
    }
    return code


def _cancel(request, world):
    """Undocumented: back with an error, or no callback at all (knob `cancel`)."""
    if world.knobs["fullscript"]["cancel"] == "silent":
        return render(request, "fullscript/cancelled.html")
    return _go_back(request.GET, {"error": "access_denied"})


def _go_back(given, answer):
    if given.get("state"):
        answer["state"] = given["state"]
    joint = "&" if "?" in given["redirect_uri"] else "?"
    return HttpResponseRedirect(f"{given['redirect_uri']}{joint}{urlencode(answer)}")


def _not_found(request, why):
    return render(request, "fullscript/not_found.html", {"why": why}, status=404)


def token(request):
    """Exchange a code or refresh; JSON is documented, a form is what one public client sends."""
    world = worlds.current()
    try:
        given = _asked(request, world)
        grants = {"authorization_code": _exchange, "refresh_token": _refresh}
        grant = grants.get(given.get("grant_type"))
        if grant is None:
            raise _problem(400, "unsupported_grant_type", "The grant type is not supported.")
        pair = grant(world, given)
        if pair is None:
            why = "The grant is invalid, expired, revoked or was issued elsewhere."
            raise _problem(_refused_status(world), "invalid_grant", why)
    except Problem as problem:
        return shapes.refusal(world, problem.status, problem.body, problem.headers)
    request.environ["simulator.account"] = pair["owner_id"]
    return shapes.answer(world, "", 200, {"oauth": represent(world, pair)})


def _exchange(world, given):
    store = world.store["fullscript"]
    # Taken out at once: a second exchange finds nothing, whatever became of the first.
    code = store["codes"].pop(given.get("code", ""), None)
    if code is None or dt.datetime.fromisoformat(code["expires_at"]) <= world.now():
        return None
    if given.get("redirect_uri") != code["redirect_uri"]:
        return None
    keep = ("owner_id", "owner_type", "clinic_id", "scope")
    return tokens.issue(world, **{key: code[key] for key in keep})


def _refresh(world, given):
    old = tokens.refreshable(world.store["fullscript"], given.get("refresh_token", ""))
    if old is None:
        return None
    keep = ("owner_id", "owner_type", "clinic_id", "scope")
    kept = {key: old[key] for key in keep}
    effects.refreshed(world, old["owner_id"])
    return tokens.issue(world, **kept, grant=old["grant"])


def represent(world, pair) -> dict:
    owner = {"id": pair["owner_id"], "type": pair["owner_type"]}
    if world.knobs["fullscript"]["token_names_clinic"]:
        owner["clinic_id"] = pair["clinic_id"]
    return {
        "access_token": pair["access_token"],
        "token_type": "Bearer",
        "expires_in": tokens.LIFETIME_SECONDS,
        "refresh_token": pair["refresh_token"],
        "scope": pair["scope"],
        "created_at": stamp(dt.datetime.fromisoformat(pair["created_at"])),
        "resource_owner": owner,
    }


def revoke(request):
    """200 with an empty body, whether or not the token was known (RFC 7009)."""
    world = worlds.current()
    try:
        given = _asked(request, world)
    except Problem as problem:
        return shapes.refusal(world, problem.status, problem.body, problem.headers)
    ended = tokens.revoke(
        world.store["fullscript"],
        given.get("token", ""),
        whole_pair=world.knobs["fullscript"]["revoke_ends"] == "pair",
    )
    if ended:
        effects.note(world, "revocations", person_id=ended["owner_id"], by="api")
    if world.knobs["fullscript"]["revoke_answers"] == "object":
        return JsonResponse({})
    return HttpResponse(status=200)


def _asked(request, world) -> dict:
    """What our app sent, counted as one of its calls; a stranger is refused."""
    limit.note(world)
    admit(world)
    given = _given(request)
    if given is None or request.method != "POST":
        raise _problem(400, "invalid_request", "The request is malformed.")
    if not _is_our_app(world, given):
        raise _problem(401, "invalid_client", "Client authentication failed.")
    return given


def _given(request):
    if request.content_type != "application/json":
        return request.POST.dict()
    try:
        given = json.loads(request.body)
    except ValueError:
        return None
    return given if isinstance(given, dict) else None


def _is_our_app(world, given):
    config = world.config["fullscript"]
    return (given.get("client_id"), given.get("client_secret")) == (
        config["client_id"],
        config["client_secret"],
    )


def _refused_status(world) -> int:
    """No error of the token endpoint is documented; RFC 6749 says 400."""
    return int(world.knobs["fullscript"]["oauth_refusal"])


def _problem(status, error, description):
    return Problem(status, {"error": error, "error_description": description})
