"""The control API: JSON in, JSON out, used through `tests.simulators.client.Simulators`.

GET    /api/origins              the address of each server
POST   /api/reset                back to the seeded start
GET    /api/clock                {"now", "offset"}; POST {"advance": s} or {"set": iso}
GET    /api/faults               POST one fault (see `faults`), DELETE all of them
GET    /api/hangs                calls held now; POST /api/release lets them go
GET    /api/mail                 e-mails the vendors would have sent
GET    /api/knobs/<vendor>       POST {"name": value}
GET    /api/config/<vendor>      POST merges, one level deep ("webhook": {"url": ...})
GET    /api/state/<vendor>       everything the vendor holds
GET    /api/log/<vendor>         every call it got; DELETE empties it
POST   /api/<vendor>/<action>    what its `actions` offer
"""

from __future__ import annotations

import datetime as dt
import functools
import json

from django.http import Http404, JsonResponse

from tests.simulators import world
from tests.simulators.registry import ActionError


def endpoint(*methods):
    """Answer the view's dict as JSON; a wrong method is 405, a bad value 422."""

    def wrap(view):
        @functools.wraps(view)
        def answer(request, **names):
            if request.method not in methods:
                return JsonResponse({"error": f"use {' or '.join(methods)}"}, status=405)
            try:
                body = json.loads(request.body or b"{}")
                return JsonResponse(view(request, body, **names), safe=False)
            except Http404 as error:
                return JsonResponse({"error": str(error)}, status=404)
            except (ActionError, KeyError, ValueError) as error:
                return JsonResponse({"error": _sentence(error)}, status=422)

        return answer

    return wrap


def _sentence(error):
    return f"{error} is missing or unknown" if isinstance(error, KeyError) else str(error)


def vendor_named(name):
    try:
        return world.current().vendors[name]
    except KeyError:
        raise Http404(f"there is no vendor {name}") from None


@endpoint("GET")
def origins(request, body):
    return world.current().origins


@endpoint("POST")
def reset(request, body):
    here = world.current()
    here.reset()
    here.save()
    return {"reset": True}


@endpoint("GET", "POST")
def clock(request, body):
    here = world.current()
    if request.method == "POST":
        if "set" in body:
            moment = dt.datetime.fromisoformat(body["set"])
            here.clock.set(moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC))
        here.clock.advance(float(body.get("advance", 0)))
        for name in here.vendors:
            here.wake(name)
        here.save()
    return {"now": here.now().isoformat(), "offset": here.clock.offset}


@endpoint("GET", "POST", "DELETE")
def faults(request, body):
    switchboard = world.current().faults
    if request.method == "POST":
        vendor_named(body["vendor"])
        return switchboard.add(body)
    if request.method == "DELETE":
        switchboard.clear()
    return {"faults": switchboard.all()}


@endpoint("GET")
def hangs(request, body):
    held = world.current().faults.hanging()
    return {"count": len(held), "hangs": held}


@endpoint("POST")
def release(request, body):
    return {"released": world.current().faults.release()}


@endpoint("GET")
def mails(request, body):
    return {"mail": world.current().outbox}


@endpoint("GET", "POST")
def knobs(request, body, vendor):
    here, kinds = world.current(), vendor_named(vendor).knobs
    unknown = body.keys() - kinds.keys()
    if unknown:
        raise ValueError(f"{vendor} has no knob {', '.join(sorted(unknown))}")
    with here.lock:
        here.knobs[vendor] |= body
        here.save()
    return here.knobs[vendor]


@endpoint("GET", "POST")
def config(request, body, vendor):
    here = world.current()
    vendor_named(vendor)
    with here.lock:
        held = here.config[vendor]
        for key, value in body.items():
            if isinstance(value, dict) and isinstance(held.get(key), dict):
                held[key] |= value
            else:
                held[key] = value
        here.save()
    return held


@endpoint("GET")
def state(request, body, vendor):
    vendor_named(vendor)
    here = world.current()
    with here.lock:
        return json.loads(json.dumps(here.store[vendor]))


@endpoint("GET", "DELETE")
def log(request, body, vendor):
    vendor_named(vendor)
    here = world.current()
    with here.lock:
        if request.method == "DELETE":
            here.logs[vendor].clear()
        return {"calls": list(here.logs[vendor])}


@endpoint("POST")
def act(request, body, vendor, action):
    return perform(vendor, action, body)


def perform(vendor, action, body):
    """Do one of the vendor's actions. Http404 when it has none of that name."""
    actions = vendor_named(vendor).actions
    if action not in actions:
        raise Http404(f"{vendor} has no action {action}")
    here = world.current()
    done = actions[action](here, body) or {}
    here.save()
    return done
