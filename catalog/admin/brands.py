"""Other spellings of brands. Staff add and remove them; the next matching reads labels anew."""

from django import forms
from django.contrib import admin
from django.utils import timezone
from unfold.widgets import UnfoldAdminTextInputWidget

from catalog import aliases, keys
from catalog.models import BrandAlias
from practice import tenancy
from practice.admin import DeskAdmin


class BrandAliasForm(forms.ModelForm):
    class Meta:
        model = BrandAlias
        fields = ["alias", "brand"]
        widgets = {"alias": UnfoldAdminTextInputWidget, "brand": UnfoldAdminTextInputWidget}
        help_texts = {
            "alias": "As a dispensary writes it: GARDENS OF LIFE.",
            "brand": "The brand it means. Capitals, signs and Inc. make no difference.",
        }

    def clean(self):
        cleaned = super().clean()
        folded, means = (keys.brand_key(cleaned.get(name, "")) for name in ("alias", "brand"))
        if not self.errors and (not folded or not means or folded == means):
            raise forms.ValidationError("The two are read alike already, or one says nothing.")
        if BrandAlias.objects.filter(folded=folded).exists():
            self.add_error("alias", "This spelling has a meaning already. Remove it first.")
        return cleaned


@admin.register(BrandAlias)
class BrandAliasAdmin(DeskAdmin):
    list_display = ["alias", "brand", "added_by", "added_at"]
    search_fields = ["alias", "brand"]
    ordering = ["brand", "alias", "id"]
    form = BrandAliasForm
    fields = ["alias", "brand"]

    def has_change_permission(self, request, obj=None):
        return False

    def save_model(self, request, obj, form, change):
        added = aliases.add(obj.alias, obj.brand, tenancy.actor().who, timezone.now())
        obj.pk = added.pk

    def delete_model(self, request, obj):
        aliases.remove(obj)

    def delete_queryset(self, request, queryset):
        for row in queryset:
            aliases.remove(row)
