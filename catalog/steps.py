"""The step of a practice's set-up that this app knows of: the catalogue, and its age."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db.models import Max, Q
from django.urls import reverse
from django.utils.timesince import timesince

from catalog import sources
from catalog.models import SyncRun
from practice import checklist, connect
from practice.checklist import AMBER, GREEN, RED, Finding
from practice.models import Connection, Practice
from practice.vendors.contract import Ability

OLD = dt.timedelta(hours=36)  # read daily
TOO_OLD = dt.timedelta(days=7)


def catalogue(practices: Sequence[Practice], now: dt.datetime) -> dict[int, Finding]:
    """Every dispensary's list that the practice can have: the oldest decides."""
    vendors = connect.offering(Ability.CATALOGUE)
    runs = SyncRun.objects.filter(
        Q(practice__in=practices) | Q(practice=None),
        part=SyncRun.Part.CATALOGUE,
        finished_at__isnull=False,
    ).exclude(state=SyncRun.State.FAILED)
    read = {
        (practice_id, vendor): at
        for practice_id, vendor, at in runs.order_by()
        .values_list("practice_id", "vendor")
        .annotate(Max("finished_at"))
    }
    connected = set(
        Connection.objects.filter(practice__in=practices, state=Connection.State.ACTIVE)
        .values_list("practice_id", "vendor")
        .distinct()
    )
    found = {}
    for practice in practices:
        times = [
            (vendor.label, read.get((None if shared else practice.pk, vendor.key)))
            for vendor in vendors
            for shared in [sources.is_shared(vendor.key, SyncRun.Part.CATALOGUE)]
            if shared or (practice.pk, vendor.key) in connected
        ]
        found[practice.pk] = _finding(practice, times, now)
    return found


def _finding(practice, times, now) -> Finding:
    url = f"{reverse('admin:catalog_syncrun_changelist')}?practice={practice.slug}"
    missing = [label for label, at in times if at is None]
    if missing or not times:
        fix = "It is read within minutes of the first connection: see the sync runs."
        return Finding(RED, f"{', '.join(missing) or 'Nothing'} was never read", fix, url)
    label, oldest = min(times, key=lambda pair: pair[1])
    words = f"{label} was read {timesince(oldest, now)} ago"
    if now - oldest <= OLD:
        return Finding(GREEN, words)
    fix = "It should be read daily: see the last sync runs and the periodic jobs."
    return Finding(RED if now - oldest > TOO_OLD else AMBER, words, fix, url)


def register() -> None:
    checklist.add(50, "Catalogue read", catalogue)
