"""The desk of laboratory results: those that were given up, first. The documents themselves are
not shown to staff, and no list says what a patient was tested for."""

from collections import Counter

from django.contrib import admin, messages
from django.db.models import Case, Count, IntegerField, Q, Value, When
from django.urls import reverse

from practice import attention
from practice.admin import ClinicalAdmin, confirm
from practice.admin.lights import light
from practice.tasking import nudge
from recommendations import tasks
from recommendations.models import LabResult

GIVEN_UP = Q(given_up=True, fetched_at__isnull=True)


@admin.register(LabResult)
class LabResultAdmin(ClinicalAdmin):
    list_display = ["id", "practice", "order_number", "shown_state", "version", "attempts", "why"]
    list_filter = ["given_up", "order__vendor"]
    list_select_related = ["practice", "order"]
    search_fields = ["vendor_result_id", "order__vendor_lab_order_id"]
    fields = [
        *("practice", "order_number", "vendor_result_id", "version", "name", "shown_state"),
        *("attempts", "not_before_at", "lease_until", "last_error", "fetched_at", "withdrawn_at"),
        *("opened_at", "opened_by"),
    ]
    readonly_fields = ["order_number", "shown_state"]
    deeds = ("fetch_again",)

    def patient_of(self, result):
        return result.order.patient_id

    def get_queryset(self, request):
        return super().get_queryset(request).defer("content")

    def get_ordering(self, request):
        waits = When(fetched_at__isnull=True, then=Value(1))
        trouble = Case(
            When(GIVEN_UP, then=Value(0)), waits, default=Value(2), output_field=IntegerField()
        )
        return [trouble.asc(), "-id"]

    @admin.display(description="Laboratory order there")
    def order_number(self, result):
        return f"{result.order.vendor} {result.order.vendor_lab_order_id}"

    @admin.display(description="Why")
    def why(self, result):
        return result.last_error or "—"

    @admin.display(description="State", ordering="given_up")
    def shown_state(self, result):
        if result.fetched_at:
            return light("green", "Here")
        return light("red", "Given up") if result.given_up else light("amber", "To be fetched")

    @confirm.deed(
        "Fetch again",
        explain="A worker reads the laboratory order for a fresh address and fetches each document "
        "that is not here yet. Nobody is told.",
        watches=("given_up",),
    )
    def fetch_again(self, request, rows, given):
        outcomes = Counter()
        for result in rows:
            if result.fetched_at:
                outcomes[confirm.Outcome("Here already", messages.WARNING)] += 1
                continue
            result.ask_again()
            nudge(tasks.fetch_result, result.practice_id, result.pk)
            outcomes[confirm.Outcome("Will be fetched by a worker")] += 1
        return outcomes


def given_up(practice, now):
    rows = LabResult.objects.for_practice(practice) if practice else LabResult.objects.all()
    count = rows.aggregate(count=Count("pk", filter=GIVEN_UP))["count"]
    page = reverse("admin:recommendations_labresult_changelist")
    return [
        attention.Figure(
            "Laboratory results given up", count, f"{page}?given_up__exact=1", attention.AMBER
        )
    ]


attention.add(given_up)
