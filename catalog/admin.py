"""The operator's desk of the catalogue: what was read, and what a person must look at."""

from django.contrib import admin, messages
from django.utils import timezone

from catalog import sync
from catalog.models import Listing, Product, SyncRun
from practice.admin import ReadOnlyAdmin


@admin.register(SyncRun)
class SyncRunAdmin(ReadOnlyAdmin):
    list_display = [
        "id",
        "vendor",
        "part",
        "practice",
        "state",
        "seen",
        "added",
        "changed",
        "missing",
        "skipped",
        "finished_at",
        "last_error",
    ]
    list_filter = ["state", "vendor", "part"]
    list_select_related = ["practice"]
    show_full_result_count = False
    actions = ["agree_that_missing_is_gone"]

    @admin.action(description="Agree: retire what was missing", permissions=["view"])
    def agree_that_missing_is_gone(self, request, queryset):
        done = sum(sync.agree(run, timezone.now()) for run in queryset)
        messages.success(request, f"{done} readings agreed to; what was missing is retired.")


@admin.register(Listing)
class ListingAdmin(ReadOnlyAdmin):
    list_display = [
        "sku",
        "vendor",
        "kind",
        "name",
        "practice",
        "matched_by",
        "stock",
        "seen_at",
        "retired_at",
    ]
    list_filter = ["vendor", "kind", "matched_by", ("retired_at", admin.EmptyFieldListFilter)]
    list_select_related = ["practice"]
    raw_id_fields = ["product", "bottle", "connection", "practice"]
    search_fields = ["sku", "upc", "name"]
    ordering = ["-id"]
    show_full_result_count = False


@admin.register(Product)
class ProductAdmin(ReadOnlyAdmin):
    list_display = ["id", "name", "brand", "form", "count", "practice"]
    list_filter = ["form"]
    list_select_related = ["practice"]
    search_fields = ["name", "brand"]
    ordering = ["-id"]
    exclude = ["search"]
    show_full_result_count = False
