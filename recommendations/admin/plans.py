"""The operator's desk of plans: what was drafted and signed. Nobody changes it here."""

from django.contrib import admin
from unfold.admin import TabularInline

from practice.admin import ClinicalAdmin
from recommendations.models import Plan, PlanItem


class PlanItemInline(TabularInline):
    model = PlanItem
    fields = ["position", "listing", "units", "duration_days", "as_needed", "sig", "notes"]
    extra = 0
    can_delete = False

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("listing")

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False


@admin.register(Plan)
class PlanAdmin(ClinicalAdmin):
    list_display = ["id", "practice", "clinician", "state", "revision", "updated_at", "signed_at"]
    list_filter = ["state"]
    list_select_related = ["practice", "clinician"]
    inlines = [PlanItemInline]
    show_full_result_count = False
