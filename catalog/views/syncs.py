"""How far the lists are read, and reading them again."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from catalog import readings, report, tasks
from catalog.models import SyncRun
from practice.roles import allow, may

A_PAGE = 50
SHOWS = {
    "changed": ("Changed", report.changes),
    "new": ("New", report.new),
    "missing": ("Missing", report.missing),
}


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


@require_safe
@allow("see")
def sync_report(request, run_id):
    """What one reading found; `?show=` is changed, new or missing."""
    begun = SyncRun.objects.seen_by(request.practice).filter(started_at__isnull=False)
    run = get_object_or_404(begun, pk=run_id)
    show = request.GET.get("show")
    show = show if show in SHOWS else "changed"
    page = Paginator(SHOWS[show][1](run), A_PAGE).get_page(request.GET.get("page"))
    if show == "changed":
        with_wholesale = may(request.membership, "see_wholesale_prices")
        for change in page:
            change.differences = report.differences(change, with_wholesale=with_wholesale)
    tabs = [(name, label) for name, (label, _) in SHOWS.items()]
    context = {"run": run, "show": show, "tabs": tabs, "page": page}
    return render(request, "catalog/sync_report.html", context)
