"""Phrases that mean the same in a search. Staff add, change and remove them."""

from django import forms
from django.contrib import admin
from django.contrib.postgres.forms import SimpleArrayField
from unfold.widgets import UnfoldAdminTextareaWidget

from catalog import synonyms
from catalog.models import Synonym
from practice.admin import DeskAdmin


class SynonymForm(forms.ModelForm):
    phrases = SimpleArrayField(
        forms.CharField(max_length=80),
        max_length=12,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text="Separated by commas: vitamin c, ascorbic acid. Who types one of them finds "
        "the products that have any.",
    )

    class Meta:
        model = Synonym
        fields = ["phrases"]

    def clean_phrases(self):
        phrases = synonyms.clean(self.cleaned_data["phrases"])
        if len(phrases) < 2:
            raise forms.ValidationError("Give at least two different phrases.")
        if any(len(phrase.split()) > synonyms.LONGEST for phrase in phrases):
            raise forms.ValidationError(f"A phrase has {synonyms.LONGEST} words at most.")
        return phrases


@admin.register(Synonym)
class SynonymAdmin(DeskAdmin):
    list_display = ["__str__"]
    search_fields = ["phrases"]
    ordering = ["phrases", "id"]
    form = SynonymForm
