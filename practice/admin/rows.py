"""Practices and what belongs to them.

What belongs to a practice is read here and changed in the portal, by its members. Secrets
and the bodies of webhooks are not shown; neither are patients' contact details in lists.
"""

from django.contrib import admin

from practice.admin.base import KeptAdmin, ReadOnlyAdmin
from practice.models import (
    CourierAccount,
    Patient,
    PatientEvent,
    Practice,
)


@admin.register(Practice)
class PracticeAdmin(KeptAdmin):
    list_display = ["name", "slug", "time_zone", "prices_on_documents", "suspended_at"]
    list_filter = [("suspended_at", admin.EmptyFieldListFilter), "prices_on_documents"]
    search_fields = ["name", "slug"]
    readonly_fields = ["created_at"]


@admin.register(Patient)
class PatientAdmin(ReadOnlyAdmin):
    list_display = ["id", "name", "practice", "birth_date", "archived_at", "updated_at"]
    list_filter = [("archived_at", admin.EmptyFieldListFilter)]
    list_select_related = ["practice"]
    search_fields = ["last_name", "first_name", "record_number"]
    ordering = ["-id"]
    show_full_result_count = False


@admin.register(PatientEvent)
class PatientEventAdmin(ReadOnlyAdmin):
    list_display = ["happened_at", "practice", "patient", "kind", "text", "by"]
    list_filter = ["kind"]
    list_select_related = ["practice", "patient"]
    search_fields = ["source"]
    ordering = ["-id"]
    show_full_result_count = False


@admin.register(CourierAccount)
class CourierAccountAdmin(ReadOnlyAdmin):
    """The path of the hook is left out too: who knows it may try secrets against it."""

    list_display = [
        "practice",
        "vendor",
        "state",
        "sends_events",
        "last_event_at",
        "last_success_at",
        "last_error",
    ]
    list_filter = ["vendor", "state", "sends_events"]
    list_select_related = ["practice"]
    search_fields = ["practice__name"]
    exclude = ["api_key", "hook_secret", "former_hook_secret", "hook_path"]
    ordering = ["-id"]
