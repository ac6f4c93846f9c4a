"""The way in for machines: what vendors post is answered ahead of all that is there for people.

A webhook has no session, no form and no page. Sessions, sign-in, messages and the like would
cost several times what verifying and storing an event does (docs/decisions/018-hooks-first.md).
"""

import logging
import uuid

import structlog
from django.conf import settings
from django.core.handlers.exception import convert_exception_to_response
from django.http import Http404, HttpResponse
from django.urls import resolve

from config.logs import route_of
from practice import tenancy

log = logging.getLogger("regimen.machines")

PREFIX = "/hooks/"
# There is no page, so nothing is allowed one.
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def machines_first(get_response):
    machine = convert_exception_to_response(serve)

    def answer(request):
        if not request.path_info.startswith(PREFIX):
            return get_response(request)
        request.is_machine = True
        with structlog.contextvars.bound_contextvars(request_id=str(uuid.uuid4())):
            response = machine(request)
            if log.isEnabledFor(logging.INFO):
                told = {"code": response.status_code, "route": route_of(request)}
                log.info("hook_answered %(code)s %(route)s", told, extra=told)
        for name, value in HEADERS.items():
            response.headers[name] = value
        return response

    return answer


def serve(request) -> HttpResponse:
    if settings.SECURE_SSL_REDIRECT and not request.is_secure():
        # Who posts does not follow a redirect, and has sent in the open what it should not.
        return HttpResponse(status=403)
    try:
        request.resolver_match = match = resolve(request.path_info)
        with tenancy.declare(tenancy.NOTHING):
            return match.func(request, *match.args, **match.kwargs)
    except Http404:
        return HttpResponse(status=404)
