"""The steps of a practice's set-up that this app knows of: its people and its connections."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import partial
from zoneinfo import available_timezones

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db.models import Count, Exists, OuterRef
from django.urls import reverse

from practice import connect, refusals, silence
from practice.checklist import AMBER, GREEN, GREY, RED, Finding, add
from practice.models import Connection, EventSweep, Membership, Practice, Receipt
from practice.roles import Role
from practice.vendors import registry

Practices = Sequence[Practice]


def desk(practice: Practice, page: str, query: str = "") -> str:
    """The list of a desk, narrowed to the practice."""
    return f"{reverse(f'admin:{page}_changelist')}?practice={practice.slug}{query}"


def owner(practices: Practices, now: dt.datetime) -> dict[int, Finding]:
    verified = EmailAddress.objects.filter(user=OuterRef("user"), verified=True)
    owners = Membership.objects.filter(
        practice__in=practices, role=Role.OWNER, deactivated_at=None, user__is_active=True
    )
    held = defaultdict(list)
    for practice_id, name, is_verified in owners.values_list(
        "practice_id", "name", Exists(verified)
    ):
        held[practice_id].append((is_verified, name))
    return {practice.pk: _owner(practice, held[practice.pk]) for practice in practices}


def _owner(practice, owners) -> Finding:
    members = desk(practice, "practice_membership")
    if not owners:
        fix = "Add the person who answers for the practice as its owner."
        return Finding(RED, "Nobody owns it", fix, members)
    is_verified, name = max(owners)
    if is_verified:
        return Finding(GREEN, name)
    fix = "Ask them to sign in once and follow the link in the e-mail that they get then."
    return Finding(RED, f"{name} has not verified their e-mail", fix, members)


def second_factor(practices: Practices, now: dt.datetime) -> dict[int, Finding]:
    has = Authenticator.objects.filter(user=OuterRef("user")).exclude(
        type=Authenticator.Type.RECOVERY_CODES
    )
    members = Membership.objects.filter(practice__in=practices, deactivated_at=None)
    without, total = Counter(), Counter()
    for practice_id, is_safe in members.values_list("practice_id", Exists(has)):
        total[practice_id] += 1
        without[practice_id] += not is_safe
    return {
        practice.pk: _second_factor(practice, without[practice.pk], total[practice.pk])
        for practice in practices
    }


def _second_factor(practice, without: int, total: int) -> Finding:
    members = desk(practice, "practice_membership")
    if not practice.requires_second_factor:
        fix = "Ask the owner to require it under Settings. Members are then led to set it up."
        return Finding(AMBER, "Not required", fix, members)
    if without:
        fix = "They can reach nothing else until they set it up at their next sign-in."
        return Finding(AMBER, f"Required; {without} of {total} members have none", fix, members)
    return Finding(GREEN, "Required, and every member has it")


def time_zone(practices: Practices, now: dt.datetime) -> dict[int, Finding]:
    known = available_timezones()
    fix = "Choose the practice's own; days and delivery times are told by it."
    return {
        practice.pk: Finding(GREEN, practice.time_zone)
        if practice.time_zone in known
        else Finding(RED, f"“{practice.time_zone}” is no time zone", fix)
        for practice in practices
    }


def dispensary(vendor_key: str, practices: Practices, now: dt.datetime) -> dict[int, Finding]:
    rows = Connection.objects.filter(
        practice__in=practices, vendor=vendor_key, membership__deactivated_at=None
    )
    held = defaultdict(list)
    for practice_id, state, error in rows.values_list("practice_id", "state", "last_error"):
        held[practice_id].append((state, error))
    return {
        practice.pk: _dispensary(practice, vendor_key, held[practice.pk]) for practice in practices
    }


def _dispensary(practice, vendor_key: str, connections) -> Finding:
    url = desk(practice, "practice_connection", f"&vendor={vendor_key}")
    states = Counter(state for state, _ in connections)
    active, ended = states[Connection.State.ACTIVE], states[Connection.State.NEEDS_RECONNECT]
    failing = sum(bool(error) for state, error in connections if state == "active")
    if not active and not ended:
        fix = "A clinician connects their own account, on the portal's page Connections."
        return Finding(RED, "No clinician connected it", fix, url)
    if ended:
        fix = "Send the reconnect mail: only the clinicians themselves can connect again."
        return Finding(AMBER if active else RED, f"{ended} must be made anew", fix, url)
    if failing:
        fix = "Test the connection: its last call failed."
        return Finding(AMBER, f"{failing} of {active} failed last time", fix, url)
    return Finding(GREEN, f"{active} connected and working")


def rights(vendor_key: str, practices: Practices, now: dt.datetime) -> dict[int, Finding]:
    """The same for all practices: restricted rights are the application's."""
    held = tuple(settings.VENDOR_RIGHTS.get(vendor_key, ()))
    if not held:
        return {}
    restricted = registry.VENDORS[vendor_key].restricted
    names = refusals.standing(now).filter(vendor=vendor_key).values_list("operation", flat=True)
    refused = sorted({restricted[name] for name in names if name in restricted} & set(held))
    if refused:
        fix = "Ask the vendor for the right. Until then plans and products take the other road."
        url = reverse("admin:practice_vendorrefusal_changelist")
        finding = Finding(AMBER, f"Refused: {', '.join(refused)}", fix, url)
    else:
        finding = Finding(GREEN, f"Held: {', '.join(sorted(held))}")
    return {practice.pk: finding for practice in practices}


def receipts(practices: Practices, now: dt.datetime) -> dict[int, Finding]:
    bad = Receipt.objects.filter(
        practice__in=practices, state__in=[Receipt.State.FAILED, Receipt.State.QUARANTINED]
    )
    counts = defaultdict(Counter)
    for practice_id, state, count in (
        bad.order_by().values_list("practice_id", "state").annotate(Count("pk"))
    ):
        counts[practice_id][state] = count
    return {practice.pk: _receipts(practice, counts[practice.pk]) for practice in practices}


def _receipts(practice, counts) -> Finding:
    for state, colour, words, fix in (
        (Receipt.State.FAILED, RED, "failed", "Rehearse them, mend the cause, and replay them."),
        (
            Receipt.State.QUARANTINED,
            AMBER,
            "in quarantine",
            "Free them, or ignore them with a reason.",
        ),
    ):
        if counts[state]:
            url = desk(practice, "practice_receipt", f"&state__exact={state}")
            return Finding(colour, f"{counts[state]} {words}", fix, url)
    return Finding(GREEN, "None failed")


def events(practices: Practices, now: dt.datetime) -> dict[int, Finding]:
    """Whether what happens at the dispensaries reaches us by itself."""
    tokens = {one.practice_id: one for one in silence.without_token(practices, now)}
    endpoints = {one.practice_id: one for one in silence.of_endpoint(practices)}
    asked = set(
        EventSweep.objects.filter(practice__in=practices, finished_at__isnull=False)
        .order_by()
        .values_list("practice_id", flat=True)
    )
    return {
        practice.pk: _events(
            practice, tokens.get(practice.pk), endpoints.get(practice.pk), practice.pk in asked
        )
        for practice in practices
    }


def _events(practice, token, endpoint, is_asked: bool) -> Finding:
    if token:
        fix = (
            "Webhooks stop without one. Send the reconnect mail: only the clinicians themselves "
            "can connect again."
        )
        words = f"No token of {token.account} at {token.label} has worked for a day"
        return Finding(RED, words, fix, desk(practice, "practice_connection"))
    if endpoint:
        fix = (
            f"Open {endpoint.label}'s API dashboard: see that the endpoint is active (it is "
            "switched off after a day of failures), that its address and key are ours and that the "
            "events are ticked. Until then they are asked for hourly."
        )
        words = f"{endpoint.overdue} events of {endpoint.label} came by no webhook"
        return Finding(RED, words, fix, desk(practice, "practice_eventsweep"))
    if not is_asked:
        return Finding(GREY, "Not asked for yet")
    return Finding(GREEN, "They come, and are asked for again hourly")


def register() -> None:
    add(10, "Owner", owner)
    add(20, "Second factor", second_factor)
    add(30, "Time zone", time_zone)
    for vendor in connect.dispensaries():
        add(40, f"{vendor.label} connected", partial(dispensary, vendor.key))
        if vendor.restricted:
            add(45, f"Rights at {vendor.label}", partial(rights, vendor.key))
    add(100, "Webhooks", receipts)
    add(105, "Events arrive", events)
