"""What log lines say of a request: ids and the route, never an address as it was asked for.

Addresses hold hook paths, authorization codes and searched names.
"""

import logging

from django.urls import Resolver404, resolve
from django_structlog import middlewares


def route_of(request) -> str:
    """`<slug:practice_slug>/patients/<int:patient_id>/`."""
    try:
        return resolve(request.path_info).route
    except Resolver404:
        return "(no such address)"


class RequestMiddleware(middlewares.RequestMiddleware):
    def format_request(self, request) -> str:
        return f"{request.method} {route_of(request)}"


class Routes(logging.Filter):
    """Puts the route where Django itself writes the address: its lines about every answer
    from 400 up."""

    def filter(self, record) -> bool:
        request = getattr(record, "request", None)
        if request is not None and isinstance(record.args, tuple):
            asked = {request.path, request.path.encode("unicode_escape").decode("ascii")}
            route = route_of(request)
            record.args = tuple(route if arg in asked else arg for arg in record.args)
        return True
