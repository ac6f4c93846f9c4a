"""A patient's timeline as it is read: newest first, by days of the practice, in pages."""

import datetime as dt
from dataclasses import dataclass
from itertools import groupby
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.urls import NoReverseMatch, reverse

from practice.models import Patient, PatientEvent

PAGE = 25

ICONS = {
    PatientEvent.Kind.PATIENT: "person",
    PatientEvent.Kind.PLAN: "plans",
    PatientEvent.Kind.SENDING: "send",
    PatientEvent.Kind.ORDER: "capsule",
    PatientEvent.Kind.DELIVERY: "parcel",
}


@dataclass(frozen=True)
class Entry:
    """One event, ready to be drawn. `url` is '' where it leads nowhere."""

    event: PatientEvent
    icon: str
    url: str


@dataclass(frozen=True)
class Day:
    """The events of one day. `continues` where the page before ended within it."""

    date: dt.date
    entries: tuple[Entry, ...]
    continues: bool = False


@dataclass(frozen=True)
class History:
    """A page of days. `next_before` is the id of its last event where older ones follow."""

    days: tuple[Day, ...]
    next_before: int | None


def read(patient: Patient, *, zone: ZoneInfo, slug: str, before: PatientEvent | None = None):
    """The events older than `before`, PAGE of them, as a History. Two events of the same
    moment keep the order of their ids."""
    events = PatientEvent.objects.for_practice(patient.practice_id).filter(patient=patient)
    if before is not None:
        events = events.filter(
            Q(happened_at__lt=before.happened_at)
            | Q(happened_at=before.happened_at, id__lt=before.pk)
        )
    found = list(events.order_by("-happened_at", "-id")[: PAGE + 1])
    shown = found[:PAGE]
    last_day = before.happened_at.astimezone(zone).date() if before else None
    return History(
        days=tuple(
            Day(date, tuple(_entry(event, slug) for event in group), continues=date == last_day)
            for date, group in groupby(
                shown, key=lambda event: event.happened_at.astimezone(zone).date()
            )
        ),
        next_before=shown[-1].pk if len(found) > PAGE else None,
    )


def _entry(event, slug):
    return Entry(event, ICONS.get(event.kind, "history"), _url(event, slug))


def _url(event, slug) -> str:
    """Where the event leads. A page that a later release took away leads nowhere."""
    if not event.view_name:
        return ""
    arguments = [slug] if event.object_id is None else [slug, event.object_id]
    try:
        return reverse(event.view_name, args=arguments)
    except NoReverseMatch:
        return ""
