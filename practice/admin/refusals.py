"""The desk of refused rights: what a vendor does not let our application do, whoever asks."""

from collections import Counter

from django.contrib import admin
from django.urls import reverse
from django.utils import timezone

from practice import attention, refusals
from practice.admin import confirm
from practice.admin.base import ReadOnlyAdmin
from practice.admin.lights import light
from practice.models import VendorRefusal
from practice.vendors import registry


@admin.register(VendorRefusal)
class VendorRefusalAdmin(ReadOnlyAdmin):
    list_display = ["operation", "vendor", "right", "counts", "times", "first_at", "last_at"]
    list_filter = ["vendor"]
    ordering = ["-last_at"]
    fields = [
        *("vendor", "operation", "right", "counts", "times", "first_at", "last_at"),
        *("request_id", "lifted_at"),
    ]
    readonly_fields = ["right", "counts"]
    deeds = ("lift",)

    @admin.display(description="Right")
    def right(self, refusal):
        return registry.VENDORS[refusal.vendor].restricted.get(refusal.operation, "—")

    @admin.display(description="Counts")
    def counts(self, refusal):
        if refusals.stands(refusal, timezone.now()):
            return light("amber", "Not used until a day after")
        return light("green", "Tried again")

    @confirm.deed(
        "Lift",
        explain="The right counts as held again at once, and the next plan or catalogue tries "
        "it. Do so once the vendor has granted it.",
        form=confirm.Reason,
        watches=("last_at", "lifted_at"),
    )
    def lift(self, request, rows, given):
        refusals.lift(rows, timezone.now())
        return Counter({confirm.Outcome("Tried again from now on"): len(rows)})


def refused(practice, now):
    """The same whichever practice is chosen: the rights are the application's."""
    page = reverse("admin:practice_vendorrefusal_changelist")
    count = refusals.standing(now).count()
    return [attention.Figure("Rights that a vendor refuses", count, page, attention.AMBER)]


attention.add(refused)
