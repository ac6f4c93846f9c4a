"""How far the lists are read, and reading them again."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from catalog import readings, tasks
from practice.roles import allow


@require_safe
@allow("see")
def sync_progress(request):
    """How far each list is read. Asks for itself every second while one is open."""
    reading = readings.of(request.practice)
    context = {"reading": reading, "says_empty": True}
    response = render(request, "catalog/_sync_progress.html", context)
    if request.htmx and not reading.is_open:
        # The list below waits for this to show what has come.
        response["HX-Trigger"] = "catalogue-read"
    return response


@require_POST
@allow("connect_own_account")
def sync_request(request):
    """Reads the lists of the member's own accounts again."""
    runs = [
        run
        for connection in readings.own(request.membership).select_related("practice")
        for run in tasks.ask(connection)
    ]
    if any(run.is_open for run in runs):
        messages.success(request, "The catalogues are being read again.")
    elif runs:
        messages.info(request, "The catalogue was read within the hour. It is up to date.")
    else:
        messages.warning(request, "You have no connected account whose catalogue can be read.")
    return redirect("catalog:product-list", request.practice.slug)
