"""Forms about people: opening a practice, inviting, a member's place, cover."""

from __future__ import annotations

import datetime as dt

from django import forms
from django.core.exceptions import ValidationError

from practice.forms import time_zone_choices
from practice.models import Cover, Invitation, Membership
from practice.roles import Role

AS_READ = "As patients read it, with title: “Nora Lindqvist, ND”."


class StartForm(forms.Form):
    name = forms.CharField(label="Name of the practice", max_length=120)
    time_zone = forms.ChoiceField(
        label="Time zone", help_text="Days and times on every page are those of this zone."
    )
    own_name = forms.CharField(label="Your name", max_length=120, help_text=AS_READ)
    is_clinician = forms.BooleanField(
        label="I am a clinician",
        required=False,
        help_text="You sign plans and connect vendor accounts of your own.",
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        zone = self.fields["time_zone"]
        zone.choices = time_zone_choices()
        if not self.is_bound:
            zone.widget.attrs["data-guesses-zone"] = ""


class _Place(forms.ModelForm):
    """Name, role, clinician: a practitioner is one."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["name"].help_text = AS_READ
        self.fields["role"].choices = [("", "Choose a role"), *Role.choices]
        self.fields["role"].help_text = (
            "Owners manage the practice. Practitioners sign plans. Assistants prepare plans and "
            "book deliveries. “Read only” looks."
        )
        self.fields["is_clinician"].label = "Is a clinician"
        self.fields[
            "is_clinician"
        ].help_text = (
            "Signs plans and connects vendor accounts. Every practitioner is one; an owner may be."
        )

    def clean(self):
        given = super().clean()
        if given.get("role") == Role.PRACTITIONER:
            given["is_clinician"] = True
        elif given.get("role") in (Role.ASSISTANT, Role.READ_ONLY) and given.get("is_clinician"):
            self.add_error("is_clinician", "Only owners and practitioners can be clinicians.")
        return given


class InvitationForm(_Place):
    class Meta:
        model = Invitation
        fields = ["email", "name", "role", "is_clinician"]
        labels = {"email": "E-mail"}
        error_messages = {
            "email": {"invalid": "Enter an e-mail address, for example name@clinic.example."}
        }

    def clean_email(self):
        return self.cleaned_data["email"].lower()


class MemberForm(_Place):
    class Meta:
        model = Membership
        fields = ["name", "role", "is_clinician"]


class CoverForm(forms.ModelForm):
    """`today` is the practice's day; `absent` is fixed for who arranges their own absence."""

    class Meta:
        model = Cover
        fields = ["absent", "by", "first_date", "last_date"]
        labels = {
            "absent": "Who is away",
            "by": "Who covers",
            "first_date": "From",
            "last_date": "Until, that day included",
        }
        widgets = {
            name: forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
            for name in ("first_date", "last_date")
        }

    def __init__(self, *args, practice, today: dt.date, absent: Membership | None, **kwargs):
        super().__init__(*args, **kwargs)
        self.practice, self.today, self.own = practice, today, absent
        clinicians = Membership.objects.for_practice(practice).clinicians()
        for name in ("absent", "by"):
            self.fields[name].queryset = clinicians
            self.fields[name].empty_label = "Choose a clinician"
        if absent is not None:
            del self.fields["absent"]
            self.fields["by"].queryset = clinicians.exclude(pk=absent.pk)

    def clean(self):
        given = super().clean()
        absent = self.own or given.get("absent")
        first, last, by = (given.get(name) for name in ("first_date", "last_date", "by"))
        if absent and absent == by:
            self.add_error("by", "Nobody covers for themselves. Choose a colleague.")
        if last and last < self.today:
            self.add_error("last_date", "This day is over. Choose today or a later day.")
        elif first and last and last < first:
            self.add_error("last_date", "This day lies before the first one.")
        if not self.errors and self._is_arranged(absent, by, first, last):
            raise ValidationError("This cover is arranged already for some of these days.")
        self.instance.practice = self.practice
        if absent:
            self.instance.absent = absent
        return given

    def _is_arranged(self, absent, by, first, last) -> bool:
        others = Cover.objects.for_practice(self.practice).filter(
            absent=absent, by=by, ended_at__isnull=True, first_date__lte=last, last_date__gte=first
        )
        return others.exists()
