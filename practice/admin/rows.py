"""What belongs to practices.

What belongs to a practice is read here and changed in the portal, by its members. Secrets
and the bodies of webhooks are not shown; neither are patients' contact details in lists.
"""

from collections import Counter

from django.contrib import admin

from practice.admin import confirm
from practice.admin.base import ReadOnlyAdmin
from practice.admin.clinical import ClinicalAdmin
from practice.admin.lights import light
from practice.models import (
    CourierAccount,
    Patient,
    PatientEvent,
)


@admin.register(Patient)
class PatientAdmin(ClinicalAdmin):
    list_display = ["id", "name", "practice", "birth_date", "archived_at", "updated_at"]
    list_filter = [("archived_at", admin.EmptyFieldListFilter)]
    list_select_related = ["practice"]
    search_fields = ["last_name", "first_name", "record_number"]
    ordering = ["-id"]

    def patient_of(self, row):
        return row.pk


@admin.register(PatientEvent)
class PatientEventAdmin(ClinicalAdmin):
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
        "shown_state",
        "sends_events",
        "last_event_at",
        "last_success_at",
        "last_error",
    ]
    list_filter = ["state", "vendor", "sends_events"]
    list_select_related = ["practice"]
    search_fields = ["practice__name"]
    exclude = ["state", "api_key", "hook_secret", "former_hook_secret", "hook_path"]
    readonly_fields = ["shown_state"]
    ordering = ["-id"]
    deeds = ("resume",)

    @admin.display(description="State", ordering="state")
    def shown_state(self, account):
        paused = account.state == CourierAccount.State.PAUSED
        return light("red" if paused else "green", account.get_state_display())

    @confirm.deed(
        "Resume booking",
        explain="The courier stopped us (a limit of the plan, or the key). Once that is mended, "
        "what waits is booked within a minute. A key is entered by the practice itself.",
        button="Resume",
        form=confirm.Reason,
        most=100,
    )
    def resume(self, request, rows, given):
        paused = [account for account in rows if account.state == CourierAccount.State.PAUSED]
        for account in paused:
            account.resume()
        return +Counter(
            {
                confirm.Outcome("Booking goes on"): len(paused),
                confirm.Outcome("Left alone, not paused"): len(rows) - len(paused),
            }
        )
