"""What is answered when an error was caught by nobody."""

import sys

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.views import defaults
from redis.exceptions import ConnectionError, TimeoutError


def server_error(request):
    """503 while Valkey is away, which counts attempts to sign in: nobody may try passwords
    uncounted. Everything else that was not expected is our fault: 500."""
    if isinstance(sys.exc_info()[1], ConnectionError | TimeoutError):
        page = render_to_string("503.html")
        return HttpResponse(page, status=503, headers={"Retry-After": "30"})
    return defaults.server_error(request)
