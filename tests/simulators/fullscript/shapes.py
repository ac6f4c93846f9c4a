"""How answers look from outside, where the vendor's documents leave it open (reference 4, 14)."""

from __future__ import annotations

import re

from django.http import HttpResponse, JsonResponse

WRAPPERS = ("documented", "none", "data")
ERROR_BODIES = ("documented", "empty", "html", "errors", "object")
HTML = "<!doctype html><title>Error</title><h1>Something went wrong</h1>"


def answer(world, path: str, status: int, body) -> HttpResponse:
    """A good answer: wrapped as the knobs say, with keys nobody documented."""
    if body is None:
        return HttpResponse(status=status)
    knobs = world.knobs["fullscript"]
    if re.search(knobs["wrapper_path"], path):
        body = wrapped(body, knobs["wrapper"])
    if knobs["extra_keys"]:
        body = with_extra_keys(body)
    return JsonResponse(body, status=status)


def refusal(world, status: int, body: dict, headers: dict) -> HttpResponse:
    """A refusal: the documented body, none, a page, or another spelling of the words."""
    form = world.knobs["fullscript"]["error_body"]
    if form == "empty":
        return HttpResponse(status=status, headers=headers)
    if form == "html":
        return HttpResponse(HTML, status=status, headers=headers)
    if form == "errors":
        body = {"errors": body.get("error")}
    elif form == "object":
        body = {"error": {"base": body.get("error")}}
    return JsonResponse(body, status=status, headers=headers)


def wrapped(body: dict, form: str):
    """The one object or list of `body` without its key, or under `data` instead."""
    keys = [key for key in body if key != "meta"]
    if form == "documented" or len(keys) != 1 or not isinstance(body[keys[0]], dict | list):
        return body
    if form == "data":
        return {("data" if key == keys[0] else key): value for key, value in body.items()}
    # A list without its key would lose its meta: only single objects go bare.
    return body if "meta" in body else body[keys[0]]


def with_extra_keys(value):
    """The same answer with keys nobody documented, which a client must not mind."""
    if isinstance(value, list):
        return [with_extra_keys(item) for item in value]
    if isinstance(value, dict):
        shown = {key: with_extra_keys(item) for key, item in value.items()}
        return shown | {"x_new_key": {"beta": True}}
    return value
