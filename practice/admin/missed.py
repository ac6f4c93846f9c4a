"""The desk of missed events: what each clinic's vendor was asked again for, what no webhook had
brought, and whether webhooks still come at all."""

import datetime as dt
from collections import Counter

from django.contrib import admin, messages
from django.db.models import Count, Q
from django.db.models.functions import TruncDate
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from practice import attention, catch_up, silence
from practice.admin import confirm
from practice.admin.base import ReadOnlyAdmin
from practice.admin.lights import light
from practice.models import EventSweep, Receipt
from practice.tasking import nudge
from practice.tasks import catch_up_with

DAYS = 30


@admin.register(EventSweep)
class EventSweepAdmin(ReadOnlyAdmin):
    list_display = [
        *("practice", "vendor", "span", "state_shown", "seen", "missed", "overdue"),
        *("skipped_shown", "finished_at", "not_before_at"),
    ]
    list_filter = ["span", "vendor"]
    list_select_related = ["practice"]
    search_fields = ["account_id", "practice__name"]
    ordering = ["-overdue", "-missed", "-id"]
    fields = [
        *("practice", "vendor", "account_id", "span", "state_shown", "seen", "missed"),
        *("overdue", "overdue_since", "skipped_shown", "last_error"),
        *("started_at", "finished_at", "not_before_at", "by_day", "failures"),
    ]
    readonly_fields = ["state_shown", "skipped_shown", "by_day", "failures"]
    deeds = ("run_now",)

    @admin.display(description="State", ordering="last_error")
    def state_shown(self, sweep):
        if sweep.is_silent:
            return light("red", "No webhooks come: see whether the endpoint is switched off")
        if sweep.last_error:
            return light("amber", sweep.last_error)
        if sweep.is_running:
            return light("amber", "Running")
        if sweep.finished_at is None:
            return light("amber", "Has not run yet")
        return light("green", "Good")

    @admin.display(description="Not let to list")
    def skipped_shown(self, sweep):
        return ", ".join(sweep.skipped) or "—"

    @admin.display(description="How events came, day by day")
    def by_day(self, sweep):
        """Of the last thirty days; what was found and came by webhook later is late."""
        rows = _days(sweep) if sweep.pk else []
        return render_to_string("admin/missed_days.html", {"rows": rows})

    @admin.display(description="What the vendor says of webhooks that failed")
    def failures(self, sweep):
        return render_to_string("admin/missed_failures.html", {"rows": sweep.failed_deliveries})

    @confirm.deed(
        "Run now",
        explain="A worker asks the vendor for this clinic's events again and takes in what is "
        "missing. Nothing is done twice.",
        button="Run",
        watches=("lease_until",),
        most=200,
    )
    def run_now(self, request, rows, given):
        chosen = catch_up.ask(rows, timezone.now())
        for sweep in chosen:
            nudge(catch_up_with, sweep.practice_id, sweep.pk)
        left = confirm.Outcome("Left alone, running already", messages.WARNING)
        asked = confirm.Outcome("Asked of a worker")
        return +Counter({asked: len(chosen), left: len(rows) - len(chosen)})


def _days(sweep: EventSweep) -> list[dict]:
    since = timezone.now() - dt.timedelta(days=DAYS)
    mine = Q(practice=sweep.practice_id) | Q(practice=None, account_id=sweep.account_id)
    found = Receipt.FoundBy.SWEEP
    counts = (
        Receipt.objects.filter(mine, endpoint=sweep.vendor, received_at__gte=since)
        .annotate(day=TruncDate("received_at"))
        .order_by("-day")
        .values("day")
        .annotate(
            by_webhook=Count("pk", filter=~Q(found_by=found)),
            late=Count("pk", filter=Q(found_by=found, repeats__gt=0)),
            missed=Count("pk", filter=Q(found_by=found, repeats=0)),
        )
    )
    return list(counts)


def silent(practice, now):
    """Clinics that a vendor tells nothing any more, by what mends it."""
    practices = None if practice is None else [practice]
    connections = reverse("admin:practice_connection_changelist")
    missed = reverse("admin:practice_eventsweep_changelist")
    return [
        attention.Figure(
            "Clinics without a working token for a day",
            len(silence.without_token(practices, now)),
            connections,
        ),
        attention.Figure(
            "Clinics whose events no longer come by webhook",
            len(silence.of_endpoint(practices)),
            missed,
        ),
    ]


attention.add(silent)
