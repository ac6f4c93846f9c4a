"""Connections of a practice's clinicians to the vendors."""

from django.http import Http404
from django.shortcuts import render

from practice.roles import allow


@allow("see")
def connection_list(request):
    return render(request, "practice/connection_list.html")


def finish_connection(request, vendor):
    raise Http404("No connection was begun.")
