"""The steps of a practice's set-up that this app knows of: plans that arrived, and those of
which nobody knows whether they did."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db.models import Count, Min
from django.urls import reverse

from practice import checklist
from practice.checklist import AMBER, GREEN, RED, Finding
from practice.models import Practice
from recommendations.models import Sending

State = Sending.State
ARRIVED = (State.SENT, State.CONFIRMED)
UNRESOLVED = (State.UNKNOWN, State.NEEDS_REVIEW)


def first_plan(practices: Sequence[Practice], now: dt.datetime) -> dict[int, Finding]:
    arrived = dict(
        Sending.objects.filter(practice__in=practices, state__in=ARRIVED)
        .order_by()
        .values_list("practice_id")
        .annotate(Min("settled_at"))
    )
    none_yet = Finding(
        AMBER, "No plan has arrived at a dispensary", "A clinician signs and sends the first one."
    )
    return {
        practice.pk: Finding(GREEN, f"{arrived[practice.pk]:%-d %B %Y}")
        if arrived.get(practice.pk)
        else Finding(GREEN, "Sent")
        if practice.pk in arrived
        else none_yet
        for practice in practices
    }


def unresolved(practices: Sequence[Practice], now: dt.datetime) -> dict[int, Finding]:
    counts = dict(
        Sending.objects.filter(practice__in=practices, state__in=UNRESOLVED)
        .order_by()
        .values_list("practice_id")
        .annotate(Count("pk"))
    )
    return {
        practice.pk: _unresolved(practice, counts.get(practice.pk, 0)) for practice in practices
    }


def _unresolved(practice, count: int) -> Finding:
    if not count:
        return Finding(GREEN, "None")
    states = "%2C".join(UNRESOLVED)
    page = reverse("admin:recommendations_sending_changelist")
    fix = "Have them looked up, or look yourself and say what you found."
    url = f"{page}?practice={practice.slug}&state__in={states}"
    return Finding(RED, f"{count} with an outcome nobody knows", fix, url)


checklist.add(80, "First plan sent", first_plan)
checklist.add(90, "Sendings of unknown outcome", unresolved)
