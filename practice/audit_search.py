"""Searching the audit trail of one practice: by patient, person, action and time."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from django import forms
from django.db.models import Q
from django.http import Http404
from django.utils import timezone

from practice.models import AuditEntry

A_PAGE = 50
STAFF, ITSELF = "staff", "itself"
# What was done from the operator's side: by its staff's desk, a support view or a command.
BY_OPERATOR = (
    Q(via__in=["admin", "support"])
    | Q(via__startswith="command:")
    | Q(action=AuditEntry.Action.LOOKED)
    | ~Q(reason="")
)
PLACE = re.compile(r"([0-9]{1,17})-([0-9]{1,18})")
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
MICROSECOND = dt.timedelta(microseconds=1)


class SearchForm(forms.Form):
    """Bound to the address. Times are in the practice's zone, in which the view cleans it."""

    patient = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)
    lists = forms.BooleanField(
        required=False,
        label="Also lists and searches that showed the patient",
        help_text="Takes longer; choose a time as well.",
    )
    person = forms.ChoiceField(required=False)
    action = forms.ChoiceField(
        required=False, choices=[("", "Everything"), *AuditEntry.Action.choices]
    )
    since = forms.DateTimeField(required=False, label="From")
    until = forms.DateTimeField(required=False, label="To, not included")

    def __init__(self, *args, members=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["person"].choices = [
            ("", "Everybody"),
            *((str(member.user_id), member.name) for member in members),
            (STAFF, "The operator’s staff"),
            (ITSELF, "Regimen itself, in the background"),
        ]
        for name in ("since", "until"):
            # The value of <input type=datetime-local> is ISO, whatever the locale shows.
            self.fields[name].widget = forms.DateTimeInput(
                attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"
            )

    def clean(self):
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if since and until and since >= until:
            self.add_error("until", "Choose a time after the first one.")
        if (self.cleaned_data.get("patient") or 0) > 2**63 - 1:
            raise Http404("No such patient.")
        return self.cleaned_data


@dataclass(frozen=True)
class Wanted:
    """What is asked for. Empty, it is the whole trail of the practice."""

    patient: int | None = None
    lists: bool = False
    person: str = ""
    action: str = ""
    since: dt.datetime | None = None
    until: dt.datetime | None = None

    def entries(self, practice):
        """Newest first."""
        found = AuditEntry.objects.for_practice(practice)
        if self.patient and self.lists:
            listed = Q(detail__patients__contains=self.patient)
            found = found.filter(Q(patient_id=self.patient) | listed)
        elif self.patient:
            found = found.filter(patient_id=self.patient)
        if self.person == STAFF:
            found = found.filter(BY_OPERATOR)
        elif self.person == ITSELF:
            found = found.filter(user_id=None)
        elif self.person:
            found = found.filter(user_id=int(self.person))
        if self.action:
            found = found.filter(action=self.action)
        if self.since:
            found = found.filter(at__gte=self.since)
        if self.until:
            found = found.filter(at__lt=self.until)
        return found.order_by("-at", "-id")

    def told(self) -> dict:
        """As an entry of its own names it."""
        return {
            name: value.isoformat() if isinstance(value, dt.datetime) else value
            for name, value in vars(self).items()
            if value
        }


def of(form: SearchForm) -> Wanted:
    return Wanted(**form.cleaned_data)


def page(entries, before: str) -> tuple[list[AuditEntry], str]:
    """The next entries after the place `before` ('' for the newest), and the place that
    follows them, '' at the end. What is no place is a 404."""
    rows = list(after(entries, before)[: A_PAGE + 1])
    shown = rows[:A_PAGE]
    return shown, place_of(shown[-1]) if len(rows) > A_PAGE else ""


def after(entries, before: str):
    if not before:
        return entries
    found = PLACE.fullmatch(before)
    if found is None:
        raise Http404("No such page.")
    at = EPOCH + int(found[1]) * MICROSECOND
    return entries.filter(Q(at__lt=at) | Q(at=at, id__lt=int(found[2])), at__lte=at)


def place_of(entry: AuditEntry) -> str:
    return f"{(entry.at - EPOCH) // MICROSECOND}-{entry.pk}"


def cleaned(practice, data, members) -> SearchForm:
    """The form, validated with its times read in the practice's zone."""
    form = SearchForm(data, members=members)
    with timezone.override(practice.zone):
        form.full_clean()
    return form
