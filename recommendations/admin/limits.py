"""The desk of upper limits: the published ones, and what staff put in their place."""

from django import forms
from django.contrib import admin
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from unfold.widgets import UnfoldAdminSelectWidget

from practice.admin.base import KeptAdmin
from recommendations import limits, nutrients
from recommendations.models import UpperLimit


class LimitForm(forms.ModelForm):
    nutrient = forms.ChoiceField(
        choices=lambda: [(one.key, f"{one.label} ({one.unit})") for one in nutrients.NUTRIENTS],
        widget=UnfoldAdminSelectWidget,
    )

    class Meta:
        model = UpperLimit
        fields = ["nutrient", "amount", "source", "published"]

    def clean_published(self):
        year = self.cleaned_data["published"]
        if not 1940 <= year <= timezone.now().year:
            raise forms.ValidationError("Write the year in which the report was published.")
        return year


@admin.register(UpperLimit)
class UpperLimitAdmin(KeptAdmin):
    """A row is never changed: another value is another row, and the newest stands."""

    list_display = ["label", "shown_amount", "source", "published", "set_by", "set_at"]
    list_select_related = ["set_by"]
    search_fields = ["nutrient", "source"]
    form = LimitForm
    fields = ["nutrient", "amount", "source", "published"]

    def has_change_permission(self, request, obj=None):
        return False

    def get_fieldsets(self, request, obj=None):
        [(title, options)] = super().get_fieldsets(request, obj)
        return [(title, options if obj else options | {"description": published()})]

    def save_model(self, request, obj, form, change):
        obj.set_by, obj.set_at = request.user, timezone.now()
        super().save_model(request, obj, form, change)

    @admin.display(description="Nutrient", ordering="nutrient")
    def label(self, row):
        return (
            nutrients.BY_KEY[row.nutrient].label
            if row.nutrient in nutrients.BY_KEY
            else row.nutrient
        )

    @admin.display(description="A day", ordering="amount")
    def shown_amount(self, row):
        return amount(row.nutrient, row.amount)


def amount(key: str, value) -> str:
    unit = nutrients.BY_KEY[key].unit if key in nutrients.BY_KEY else ""
    return "No limit" if value is None else f"{value.normalize():,f} {unit}"


def published():
    """What stands where nobody set anything."""
    rows = format_html_join(
        "",
        "<li>{}: {} ({}, {})</li>",
        (
            (nutrients.BY_KEY[key].label, amount(key, one.amount), one.source, one.published)
            for key, one in limits.PUBLISHED.items()
        ),
    )
    return format_html(
        "<p>The published limits, which stand until they are replaced:</p><ul>{}</ul>", rows
    )
