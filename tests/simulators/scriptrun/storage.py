"""Proof files, drawn when asked for; none is kept."""

from django.http import HttpResponse

from tests.simulators.catalogue import pictures


def proof(request, name):
    answer = HttpResponse(pictures.png(name), content_type="image/png")
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
