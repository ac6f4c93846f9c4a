"""The way in for machines: what vendors post is answered ahead of all that is there for people.

A webhook has no session, no form and no page. Sessions, sign-in, messages and the like would
cost several times what verifying and storing an event does (docs/decisions/018-hooks-first.md).
"""

from django.http import Http404, HttpResponse
from django.urls import resolve

from practice import tenancy

PREFIX = "/hooks/"


def machines_first(get_response):
    def answer(request):
        is_machine = request.path_info.startswith(PREFIX)
        return serve(request) if is_machine else get_response(request)

    return answer


def serve(request) -> HttpResponse:
    try:
        view, args, kwargs = resolve(request.path_info)
        with tenancy.declare(tenancy.NOTHING):
            return view(request, *args, **kwargs)
    except Http404:
        return HttpResponse(status=404)
