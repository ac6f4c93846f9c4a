"""What a patient sees: the invitation to a plan, where one orders, and the counter's checkout."""

from __future__ import annotations

from django.shortcuts import render

from tests.simulators import world as worlds
from tests.simulators.fullscript import orders, shelf
from tests.simulators.fullscript.editors import framed_by


def invite(request, id):
    """The plan; a press on the button orders all of it."""
    return _plan_page(request, id, "invite")


def checkout(request, id):
    """The cart a plan was put into at the counter; paying orders it."""
    return _plan_page(request, id, "checkout")


def welcome(request, key):
    """A clinic's dispensary, where patients sign up."""
    clinics = worlds.current().store["fullscript"]["clinics"].values()
    clinic = next((c for c in clinics if c["key"] == key), None)
    return _shown(request, {"clinic": clinic} if clinic else None)


def _plan_page(request, id, kind):
    world = worlds.current()
    store = world.store["fullscript"]
    plan = store["plans"].get(id)
    if plan is None or plan["state"] == "draft":
        return _shown(request, None)
    is_ordered = request.method == "POST" and plan["state"] == "active"
    if is_ordered:
        orders.place(world, plan)
    lines = [
        {**line, "product": shelf.product_of(world, line["variant_id"])}
        for line in plan["recommendations"]
    ]
    context = {"plan": plan, "clinic": store["clinics"][plan["clinic_id"]], "lines": lines}
    return _shown(request, context | {"kind": kind, "is_ordered": is_ordered})


def _shown(request, context):
    if context is None:
        why = {"why": "There is nothing at this address."}
        return render(request, "fullscript/not_found.html", why, status=404)
    return framed_by(render(request, "fullscript/patient.html", context), None)
