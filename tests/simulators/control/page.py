"""The page a person uses: what each vendor holds, and everything that can be made to happen.

Plain forms; each does one thing and comes back to the page, which says what was done.
"""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.template.exceptions import TemplateDoesNotExist
from django.template.loader import get_template
from django.views.decorators.http import require_POST

from tests.simulators import world
from tests.simulators.control import api, mail
from tests.simulators.faults import KINDS
from tests.simulators.registry import ActionError

LATEST_CALLS = 8


def home(request):
    here = world.current()
    with here.lock:
        columns = [_column(here, vendor) for vendor in here.vendors.values()]
    return render(
        request,
        "simulators/home.html",
        {
            "columns": columns,
            "now": here.now(),
            "offset": here.clock.offset,
            "faults": here.faults.all(),
            "kinds": KINDS,
            "hanging": here.faults.hanging(),
            "mails": mail.newest_first(),
            "mail_dir": here.mail_dir,
            "site_url": here.site_url,
            "done": request.GET.get("done", ""),
            "failed": request.GET.get("failed", ""),
        },
    )


def _column(here, vendor):
    fragment = f"simulators/_{vendor.name}.html"
    try:
        get_template(fragment)
    except TemplateDoesNotExist:
        fragment = ""
    return {
        "vendor": vendor,
        "origin": here.origins.get(vendor.name, ""),
        "fragment": fragment,
        "panel": vendor.panel(here),
        "holds": here.store[vendor.name],
        "calls": list(here.logs[vendor.name])[-LATEST_CALLS:][::-1],
        "call_count": len(here.logs[vendor.name]),
        "knobs": [
            {
                "name": name,
                "about": knob.about,
                "value": here.knobs[vendor.name][name],
                "choices": knob.choices,
                "group": knob.group,
                "is_switch": isinstance(knob.default, bool),
                "is_set": here.knobs[vendor.name][name] != knob.default,
            }
            for name, knob in vendor.knobs.items()
        ],
    }


def _back(done="", failed="", where=""):
    query = urlencode({k: v for k, v in {"done": done, "failed": failed}.items() if v})
    return HttpResponseRedirect(f"/?{query}" + (f"#{where}" if where else ""))


@require_POST
def reset(request):
    here = world.current()
    here.reset()
    here.save()
    return _back(done="All three vendors are back at their start.")


@require_POST
def clock(request):
    here = world.current()
    if request.POST.get("advance"):
        here.clock.advance(float(request.POST["advance"]))
    else:
        here.clock.offset = 0.0
    for name in here.vendors:
        here.wake(name)
    here.save()
    return _back(done=f"The vendors' clock says {here.now():%-d %B %Y, %H:%M} UTC.")


@require_POST
def add_fault(request):
    form = request.POST
    params = {key: form[key] for key in ("code", "seconds", "retry_after") if form.get(key)}
    try:
        fault = world.current().faults.add(
            {
                "vendor": form["vendor"],
                "method": form.get("method", ""),
                "path": form.get("path", ""),
                "kind": form["kind"],
                "times": form.get("times") or 1,
                "after": form.get("after") or 0,
                "params": params,
            }
        )
    except ValueError as error:
        return _back(failed=str(error), where="faults")
    return _back(done=f"Fault {fault['id']} is set.", where="faults")


@require_POST
def clear_faults(request):
    world.current().faults.clear()
    return _back(done="No faults are set.", where="faults")


@require_POST
def release(request):
    count = world.current().faults.release()
    return _back(done=f"{count} held calls were let go.", where="faults")


@require_POST
def knobs(request, vendor):
    here, kinds = world.current(), api.vendor_named(vendor).knobs
    try:
        values = {name: _value(knob, request.POST.get(name)) for name, knob in kinds.items()}
    except ValueError as error:
        return _back(failed=str(error), where=vendor)
    with here.lock:
        here.knobs[vendor] |= values
        here.save()
    return _back(done=f"{api.vendor_named(vendor).title}'s knobs are saved.", where=vendor)


def _value(knob, text):
    """A form field as the knob's own type; an unticked box is not sent at all."""
    if isinstance(knob.default, bool):
        return text is not None
    return knob.default if text is None else type(knob.default)(text)


@require_POST
def act(request, vendor, action):
    try:
        done = api.perform(vendor, action, request.POST.dict())
    except (ActionError, KeyError, ValueError) as error:
        return _back(failed=str(error), where=vendor)
    return _back(done=done.get("message") or f"Done: {action}.", where=vendor)
