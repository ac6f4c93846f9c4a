"""The desk of vendors' words: which may be written beside the documented ones, who verified
each, when and how."""

from collections import Counter

from django import forms
from django.contrib import admin, messages
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from practice import vocabulary
from practice.admin import confirm
from practice.admin.base import KeptAdmin
from practice.admin.lights import light
from practice.models import VendorWord
from practice.vendors import registry

State = VendorWord.State
LIGHTS = {State.CLOSED: "grey", State.OPEN: "green", State.WITHDRAWN: "amber"}


class Verified(confirm.Reason):
    reason = forms.CharField(
        label="How it was verified",
        max_length=300,
        help_text="Who of the vendor said so and when, or which document. Anybody of the staff "
        "can read it here.",
        widget=UnfoldAdminTextInputWidget,
    )


def vocabularies() -> list[tuple[str, str]]:
    return [
        (f"{vendor.key}:{one.term}", f"{vendor.label}, {one.label}")
        for vendor in registry.VENDORS.values()
        for one in vendor.vocabularies
    ]


class WordForm(forms.ModelForm):
    """A word that waits to be verified."""

    vocabulary = forms.ChoiceField(choices=vocabularies, widget=UnfoldAdminSelectWidget)
    word = forms.CharField(
        max_length=60,
        strip=False,
        help_text="Exactly as the vendor spells it, capitals and blanks included.",
        widget=UnfoldAdminTextInputWidget,
    )
    meaning = forms.CharField(
        max_length=60,
        help_text="A time of day: waking, breakfast, mid-morning, midday, afternoon, evening or "
        "bedtime, with “with food” or “without food” behind it where the word says so. A "
        "duration: the number of days. An amount or how often a day: the number. A form: one "
        "of it, as in softgel.",
        widget=UnfoldAdminTextInputWidget,
    )

    class Meta:
        model = VendorWord
        fields = ["word", "meaning"]

    def clean(self):
        cleaned = super().clean()
        if self.errors:
            return cleaned
        self.instance.vendor, self.instance.term = cleaned["vocabulary"].split(":")
        spec = registry.VENDORS[self.instance.vendor].vocabulary(self.instance.term)
        try:
            cleaned["meaning"] = vocabulary.checked(spec, cleaned["word"], cleaned["meaning"])
        except vocabulary.NotAWord as wrong:
            self.add_error(wrong.field, str(wrong))
        return cleaned


@admin.register(VendorWord)
class VendorWordAdmin(KeptAdmin):
    """A row is never changed: another spelling or meaning is another word, to be verified anew."""

    list_display = ["word", "label", "said", "shown_state", "witness", "verified_at"]
    list_filter = ["state", "vendor", "term"]
    list_select_related = ["verified_by"]
    search_fields = ["word", "meaning", "evidence"]
    ordering = ["vendor", "term", "word", "id"]
    form = WordForm
    add_fieldsets = [(None, {"fields": ["vocabulary", "word", "meaning"]})]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    *("label", "word", "said", "shown_state", "witness", "verified_at"),
                    *("evidence", "withdrawn_at", "created_at"),
                ]
            },
        )
    ]
    deeds = ("open_for_writing", "withdraw")

    def has_change_permission(self, request, obj=None):
        return False

    def get_fieldsets(self, request, obj=None):
        if obj is not None:
            return self.fieldsets
        [(title, options)] = self.add_fieldsets
        return [(title, options | {"description": documented()})]

    def get_readonly_fields(self, request, obj=None):
        return self.fieldsets[0][1]["fields"] if obj else []

    def has_act_permission(self, request) -> bool:
        return request.user.has_perm("practice.change_vendorword")

    @admin.display(description="Vocabulary", ordering="term")
    def label(self, row):
        return row.label

    @admin.display(description="Means", ordering="meaning")
    def said(self, row):
        return row.said

    @admin.display(description="State", ordering="state")
    def shown_state(self, row):
        return light(LIGHTS[row.state], row.get_state_display())

    @admin.display(description="Verified by", ordering="verified_by__email")
    def witness(self, row):
        return (row.verified_by.email or row.verified_by.username) if row.verified_by else "—"

    @confirm.deed(
        "Open for writing",
        explain="Plans of every practice are written to the vendor with this word from now on, "
        "where it says what the clinician means. You answer for it: a wrong word is a wrong dose. "
        "Your name, the moment and how you verified it stand in the row.",
        button="Open",
        form=Verified,
    )
    def open_for_writing(self, request, rows, given):
        now = timezone.now()
        found = Counter()
        for row in rows:
            if row.state == State.OPEN:
                found[confirm.Outcome("Left alone, open already", messages.WARNING)] += 1
            elif vocabulary.open_word(row, request.user, given["reason"], now):
                found[confirm.Outcome("Open for writing")] += 1
            else:
                same = "Left closed, another is open that is spelt like it or means the same"
                found[confirm.Outcome(same, messages.WARNING)] += 1
        return found

    @confirm.deed(
        "Withdraw",
        explain="The word is closed at once: plans are written without it, those that wait to be "
        "sent as well. What was sent with it stays as it is.",
        form=confirm.Reason,
    )
    def withdraw(self, request, rows, given):
        held = [row for row in rows if row.state == State.OPEN]
        for row in held:
            row.withdraw(timezone.now())
        left = confirm.Outcome("Left alone, not open", messages.WARNING)
        return +Counter({confirm.Outcome("Closed"): len(held), left: len(rows) - len(held)})


def documented():
    """What needs no opening, a line a vocabulary."""
    lines = (
        (f"{vendor.label}, {one.label}", ", ".join(f"“{word}”" for word in one.documented))
        for vendor in registry.VENDORS.values()
        for one in vendor.vocabularies
    )
    return format_html(
        "<p>A new word is closed until somebody opens it from its own page. "
        "Documented, and always written:</p><ul>{}</ul>",
        format_html_join("", "<li>{}: {}</li>", lines),
    )
