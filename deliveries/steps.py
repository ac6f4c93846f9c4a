"""The steps of a practice's set-up that this app knows of: its courier key and what the
courier reports. A practice without a key sends nothing by courier: that is no fault."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db.models import Max
from django.urls import reverse
from django.utils.timesince import timesince

from deliveries import courier
from deliveries.models import Delivery
from practice import checklist, sealing
from practice.checklist import AMBER, GREEN, GREY, RED, Finding
from practice.models import CourierAccount, Practice

SILENT = dt.timedelta(days=3)
OFF = Finding(GREY, "No courier key: only needed to send parcels")


def key(practices: Sequence[Practice], now: dt.datetime) -> dict[int, Finding]:
    held = _accounts(practices)
    return {practice.pk: _key(practice, held.get(practice.pk)) for practice in practices}


def _key(practice, account) -> Finding:
    if account is None or not account.api_key:
        return OFF
    url = _desk(practice)
    if account.state != CourierAccount.State.ACTIVE:
        fix = "The owner settles it with the courier and saves the key again under Settings."
        return Finding(RED, f"Paused: {account.last_error or 'no reason noted'}", fix, url)
    try:
        fits = courier.takes_key(account.key())
    except sealing.CannotOpen:
        fix = "The owner saves it again under Settings."
        return Finding(RED, "Our keys do not open it", fix, url)
    if not fits:
        fix = "Live keys are for production and test keys for everything else: save the other."
        return Finding(RED, "The key belongs to another environment", fix, url)
    if account.last_error:
        fix = "The last call failed. It is tried again with the next parcel."
        return Finding(AMBER, f"Active; last error: {account.last_error}", fix, url)
    return Finding(GREEN, "Active, and of this environment")


def reports(practices: Sequence[Practice], now: dt.datetime) -> dict[int, Finding]:
    """Whether the courier's webhooks come in, measured by the parcels it has of ours."""
    held = _accounts(practices)
    booked = dict(
        Delivery.objects.filter(practice__in=practices, accepted_at__isnull=False)
        .order_by()
        .values_list("practice_id")
        .annotate(Max("accepted_at"))
    )
    return {
        practice.pk: _reports(practice, held.get(practice.pk), booked.get(practice.pk), now)
        for practice in practices
    }


def _reports(practice, account, booked, now) -> Finding:
    if account is None or not account.api_key or not account.sends_events:
        return Finding(GREY, "The courier reports nothing to this practice")
    url, heard = _desk(practice), account.last_event_at
    if not account.hook_secret:
        fix = "The owner copies the hook's address and secret under Settings to the courier."
        return Finding(RED, "No secret: nothing can come in", fix, url)
    if heard is None:
        fix = "Book a parcel. If nothing is heard then, compare address and secret there."
        return Finding(AMBER, "Never heard from", fix, url)
    words = f"Last heard {timesince(heard, now)} ago"
    if booked and booked > heard and now - booked > SILENT:
        fix = "A parcel was booked since and nothing came: compare address and secret there."
        return Finding(RED, words, fix, url)
    return Finding(GREEN, words)


def _accounts(practices) -> dict[int, CourierAccount]:
    rows = CourierAccount.objects.filter(practice__in=practices, vendor=courier.KEY)
    return {account.practice_id: account for account in rows}


def _desk(practice) -> str:
    return f"{reverse('admin:practice_courieraccount_changelist')}?practice={practice.slug}"


def register() -> None:
    checklist.add(60, "Courier key", key)
    checklist.add(70, "Courier's webhooks", reports)
