"""The desk of products' pictures and data sheets: which did not come, why, and asking again."""

from collections import Counter

from django.contrib import admin, messages
from django.urls import reverse

from catalog import files, tasks
from catalog.models import ListingFile
from practice import attention
from practice.admin import ReadOnlyAdmin, confirm
from practice.admin.lights import light
from practice.tasking import nudge


class Came(admin.SimpleListFilter):
    title = "came"
    parameter_name = "came"

    def lookups(self, request, model_admin):
        return [("no", "No: it could not be fetched")]

    def queryset(self, request, queryset):
        return queryset.failed() if self.value() == "no" else queryset


@admin.register(ListingFile)
class ListingFileAdmin(ReadOnlyAdmin):
    """The bytes are not shown: the product's page shows them."""

    list_display = [
        *("name", "vendor", "kind", "shown_state", "attempts", "fetched_at", "not_before_at"),
        "last_error",
    ]
    list_filter = [Came, "kind", "listing__vendor"]
    list_select_related = ["listing"]
    search_fields = ["listing__sku", "listing__name"]
    ordering = ["-id"]
    fields = [
        *("name", "sku", "vendor", "kind", "shown_state", "content_type", "fetched_at"),
        *("attempts", "not_before_at", "last_error"),
    ]
    readonly_fields = ["name", "sku", "vendor", "shown_state"]
    deeds = ("fetch_again",)

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("listing").defer("content")

    @admin.display(description="Product", ordering="listing__name")
    def name(self, row):
        return row.listing.name

    @admin.display(description="SKU")
    def sku(self, row):
        return row.listing.sku

    @admin.display(description="Vendor", ordering="listing__vendor")
    def vendor(self, row):
        return row.listing.vendor

    @admin.display(description="State")
    def shown_state(self, row):
        if row.last_error:
            return light("red", "Did not come")
        if row.fetched_at is None:
            return light("amber", "On its way")
        return light("green", "Here") if row.content_type else light("grey", "The vendor has none")

    @confirm.deed(
        "Fetch again",
        explain="A worker asks the vendor for each of these that did not come. The first tries "
        "count anew.",
        watches=("last_error",),
        most=500,
    )
    def fetch_again(self, request, rows, given):
        asked = [row for row in rows if row.last_error]
        for listing_id in files.again(asked):
            nudge(tasks.fetch_files, None, listing_id)
        left = confirm.Outcome("Left alone, nothing failed", messages.WARNING)
        return +Counter(
            {confirm.Outcome("Asked for again"): len(asked), left: len(rows) - len(asked)}
        )


def not_come(practice, now):
    """The same whichever practice is chosen: these files are everybody's."""
    page = reverse("admin:catalog_listingfile_changelist")
    count = ListingFile.objects.owned_by(None).failed().count()
    return [
        attention.Figure(
            "Pictures and data sheets that did not come", count, f"{page}?came=no", attention.AMBER
        )
    ]


attention.add(not_come)
