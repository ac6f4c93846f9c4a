"""Results of lab orders and their files (reference 10): late, partial, amended, or no PDF."""

from __future__ import annotations

import datetime as dt

from django.http import HttpResponse, HttpResponseRedirect

from tests.simulators import world as worlds
from tests.simulators.fullscript import effects, ids, tokens

PDF_MINUTES = 10
PDF_HEAD = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n"
HTML = b"<!doctype html><title>Sign in</title><p>Your session has ended.</p>"
FILES = ("pdf", "html", "not_pdf", "redirect", "too_large", "other_host")
PLACES = ("results", "aggregated", "both")
LARGE_BYTES = 40 * 1024 * 1024


def come(world, order, state):
    """The results a state brings: one, then two of them however many tests there are; an
    amendment changes the last, under its id or a new one (knob)."""
    wanted = {"partial_results": 1, "results_ready": 2, "results_amended": 2}.get(state, 0)
    while len(order["results"]) < wanted:
        order["results"].append({"id": ids.new(world, "lab-result"), "version": 1})
    if state == "results_amended":
        last = order["results"][-1]
        last["version"] += 1
        if world.knobs["fullscript"]["amended_gets_new_id"]:
            last["id"] = ids.new(world, "lab-result")


def represent(world, order) -> dict:
    """`results` and `latest_aggregated_result`, with the files where the knob puts them."""
    place = world.knobs["fullscript"]["lab_pdf_in"]
    rows = [
        {"id": r["id"]} | ({"pdf_url": _url(world, r)} if place != "aggregated" else {})
        for r in order["results"]
    ]
    latest = None
    if order["results"] and place != "results":
        last = order["results"][-1]
        latest = {"artifact_id": last["id"], "pdf_url": _url(world, last)}
    return {"results": rows, "latest_aggregated_result": latest}


def _url(world, result):
    until = int((world.now() + dt.timedelta(minutes=PDF_MINUTES)).timestamp())
    origin = world.origin("fullscript")
    if world.knobs["fullscript"]["lab_pdf"] == "other_host":
        origin = origin.replace("127.0.0.1", "localhost")
    return f"{origin}/lab_results/{result['id']}/{result['version']}/{until}.pdf"


def file(request, result, version, until):
    """The file itself, or what the knob says instead; 403 once its address is old."""
    world = worlds.current()
    store, knobs, now = world.store["fullscript"], world.knobs["fullscript"], world.now()
    bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if knobs["lab_pdf_needs_bearer"] and tokens.use(store, bearer, now) is None:
        return HttpResponse("Unauthorized", status=401, content_type="text/plain")
    if now.timestamp() > until:
        return HttpResponse("Expired", status=403, content_type="text/plain")
    effects.note(world, "downloads", what="lab_result", id=result)
    pdf = PDF_HEAD + f"% result {result}, version {version}\n%%EOF\n".encode()
    kind = knobs["lab_pdf"]
    if kind == "html":
        return HttpResponse(HTML)
    if kind == "redirect":
        return HttpResponseRedirect(request.path.replace(f"{until}", f"{until + 1}"))
    if kind == "not_pdf":
        pdf = b"PK\x03\x04 this is no PDF"
    elif kind == "too_large":
        pdf += bytes(LARGE_BYTES)
    return HttpResponse(pdf, content_type="application/pdf")
