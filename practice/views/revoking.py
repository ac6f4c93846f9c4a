"""Ending every connection of a practice: an owner's page, and how far it is."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from practice import revoke
from practice.desk import Setting
from practice.models import Connection
from practice.roles import allow
from practice.tasking import nudge
from practice.tasks import run_errand


@allow("manage_practice")
@require_http_methods(["GET", "POST"])
def connection_all(request):
    """Workers end them one by one; the page asks again while they do."""
    if request.method == "POST" and "sure" in request.POST:
        rows = revoke.everyone(request.practice)
        for connection in rows:
            nudge(run_errand, connection.practice_id, connection.pk)
        if rows:
            messages.info(request, "They are being ended now. This page shows how far it is.")
        return redirect("practice:connection-all", request.practice.slug)
    problem = "Tick the box to say that you mean it." if request.method == "POST" else ""
    part = "#report" if request.htmx else ""
    return render(
        request,
        f"practice/connection_all.html{part}",
        {"standing": revoke.standing(request.practice), "problem": problem},
        status=422 if problem else 200,
    )


def connections_setting(request) -> Setting | None:
    if not request.membership.may("manage_practice"):
        return None
    held = Connection.objects.for_practice(request.practice).exclude(access_token="").count()
    return Setting(
        title="Everyone's connections",
        text="Who is connected to which dispensary, and ending all of it at once.",
        url=reverse("practice:connection-all", args=[request.practice.slug]),
        state="connected" if held else "not_connected",
        label=f"{held} connected" if held else "None",
    )
