"""What a request's log line says: ids and the route, never an address as it was asked for.

Addresses hold hook paths, authorization codes and searched names.
"""

from django.urls import Resolver404, resolve
from django_structlog import middlewares


class RequestMiddleware(middlewares.RequestMiddleware):
    def format_request(self, request) -> str:
        """`GET <slug:practice_slug>/patients/<int:patient_id>/`."""
        try:
            route = resolve(request.path_info).route
        except Resolver404:
            route = "(no such address)"
        return f"{request.method} {route}"
