"""Clinics that a vendor tells nothing any more: nobody's tokens work there, so its webhooks have
stopped without a word, or nothing that happens comes by webhook (Fullscript reference 6.1, 7).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Max
from django.urls import reverse
from django.utils import timezone
from django.utils.timesince import timesince

from practice import connect
from practice.desk import Card, Line, Urgency
from practice.models import Connection, EventSweep, Practice
from practice.vendors import registry
from practice.vendors.contract import Ability

A_DAY = dt.timedelta(hours=24)


@dataclass(frozen=True)
class Silence:
    """One account of a practice, and since when it is silent. `overdue` counts the events that
    should have come by webhook; 0 where it is nobody's token that works."""

    practice_id: int
    vendor: str
    account: str
    since: dt.datetime | None
    overdue: int = 0

    @property
    def label(self) -> str:
        return registry.VENDORS[self.vendor].label


def without_token(practices: Sequence[Practice] | None, now: dt.datetime) -> list[Silence]:
    """Accounts in use of which nobody's token has worked for a day. One query; of all
    practices for None."""
    State = Connection.State
    rows = Connection.objects.filter(
        vendor__in=_vendors(),
        state__in=[State.ACTIVE, State.NEEDS_RECONNECT],
        membership__deactivated_at=None,
        practice__suspended_at=None,
    ).exclude(account_id="")
    if practices is not None:
        rows = rows.filter(practice__in=practices)
    accounts = (
        rows.order_by("practice_id", "vendor", "account_id")
        .values("practice_id", "vendor", "account_id")
        .annotate(
            name=Max("account_name"), worked=Max("last_success_at"), refreshed=Max("token_at")
        )
    )
    found = []
    for row in accounts:
        since = max(filter(None, (row["worked"], row["refreshed"])), default=None)
        if since is None or since <= now - A_DAY:
            name = row["name"] or row["account_id"]
            found.append(Silence(row["practice_id"], row["vendor"], name, since))
    return found


def of_endpoint(practices: Sequence[Practice] | None) -> list[Silence]:
    """Accounts whose events were found by asking, three or more in a row. One query."""
    rows = EventSweep.objects.silent().filter(practice__suspended_at=None)
    if practices is not None:
        rows = rows.filter(practice__in=practices)
    return [
        Silence(sweep.practice_id, sweep.vendor, sweep.account_id, since, sweep.overdue)
        for sweep in rows.order_by("practice_id", "vendor", "account_id", "-overdue").distinct(
            "practice_id", "vendor", "account_id"
        )
        for since in [sweep.overdue_since]
    ]


def card(request) -> Card | None:
    """On Today, for whoever answers for the practice."""
    if not request.membership.may("manage_practice"):
        return None
    now = timezone.now()
    url = reverse("practice:connection-list", args=[request.practice.slug])
    lines = [
        Line(
            text=f"No connection to {one.account} at {one.label} has worked {_since(one, now)}",
            url=url,
            note="Orders, plans and results there are not noticed here. A clinician of that "
            "account connects again.",
            state="needs_reconnect",
            label="Needs reconnect",
        )
        for one in without_token([request.practice], now)
    ]
    lines += [
        Line(
            text=f"{one.label} does not tell us by itself what happens",
            note=f"We ask once an hour instead, so news comes late: {one.overdue} so far. Your "
            "operator can see it and looks after it.",
            state="unknown",
            label="Late",
        )
        for one in of_endpoint([request.practice])
    ]
    if not lines:
        return None
    return Card(
        title="News that does not reach us",
        lines=tuple(lines),
        urgency=Urgency.NOW,
        icon="connections",
        count=len(lines),
    )


def _since(one: Silence, now: dt.datetime) -> str:
    return f"for {timesince(one.since, now, depth=1)}" if one.since else "yet"


def _vendors() -> list[str]:
    return [vendor.key for vendor in connect.offering(Ability.EVENTS)]
