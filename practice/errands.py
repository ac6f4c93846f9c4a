"""Errands at a vendor that the operator's staff ask for on one clinician's connection.

The row is the queue (decision 003): the errand stands on the connection until a worker ran
it, and its outcome stands there afterwards. No function here but `ask` may run in a unit.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse

from practice import connect, tenancy
from practice.models import Connection
from practice.vendors.contract import AccessRevoked, BadAnswer, Refused, Unavailable, VendorError

Errand = Connection.Errand
IN_WORDS = {
    AccessRevoked: "it no longer accepts this connection; the clinician has to connect again",
    Unavailable: "it did not answer; try again later",
    Refused: "it said no",
    BadAnswer: "it answered something that cannot be read",
}


def ask(connections: Sequence[Connection], errand: Errand) -> list[Connection]:
    """Those that now have this errand. One that has another still, or that needs tokens and
    has none, is left alone. The caller's unit holds the rows locked."""
    needs_tokens = errand != Errand.REMIND
    chosen = [
        connection
        for connection in connections
        if not connection.errand and (connection.access_token or not needs_tokens)
    ]
    rows = Connection.objects.filter(pk__in=[connection.pk for connection in chosen])
    rows.update(errand=errand, errand_until=None, errand_outcome="", errand_done_at=None)
    return chosen


def run(connection_id: int, now: dt.datetime) -> None:
    """Runs the errand of a connection, unless somebody else does."""
    lease = now + dt.timedelta(seconds=settings.LEASE_SECONDS)
    with tenancy.unit():
        if not _open(now).filter(pk=connection_id).update(errand_until=lease):
            return
        connection = Connection.objects.select_related("practice", "membership__user").get(
            pk=connection_id
        )
    errand, before, told = connection.errand, connection.state, connection.errand_outcome
    try:
        outcome = DO[errand](connection)
    except VendorError as error:
        outcome = f"{type(error).__name__}: {why(error)}"
    with tenancy.unit():
        Connection.objects.filter(pk=connection_id, errand=errand, errand_until=lease).update(
            errand=_next(connection, before),
            errand_until=None,
            errand_done_at=now,
            errand_outcome=f"{told} {Errand(errand).label}: {outcome}".strip()[-200:],
        )


def why(error: VendorError) -> str:
    """Why, for staff: what stopped a call of our own, or what the vendor's answer means."""
    if isinstance(error, AccessRevoked) and error.status is None:
        return error.message
    return f"{IN_WORDS[type(error)]}."


def _next(connection: Connection, before: str) -> str:
    """Who has just lost their connection is written to, once."""
    lost = connection.state == Connection.State.NEEDS_RECONNECT != before
    return Errand.REMIND if lost else ""


def due(now: dt.datetime, limit: int = 500) -> list[tuple[int, int]]:
    """(practice id, connection id) of errands that nobody runs. In the all-practices scope."""
    with tenancy.unit():
        return list(_open(now).order_by("pk").values_list("practice_id", "pk")[:limit])


def _open(now: dt.datetime):
    free = Q(errand_until__isnull=True) | Q(errand_until__lt=now)
    return Connection.objects.exclude(errand="").filter(free)


def _test(connection: Connection) -> str:
    connect.test(connection)
    return "it works."


def _refresh(connection: Connection) -> str:
    connect.refresh(connection)
    return "new tokens are here."


def _revoke(connection: Connection) -> str:
    return connect.disconnect(connection) or "disconnected there and here."


def _remind(connection: Connection) -> str:
    membership = connection.membership
    if not membership.is_active:
        return "not sent, this person no longer works there."
    page = reverse("practice:connection-list", args=[connection.practice.slug])
    words = {
        "name": membership.name,
        "practice": connection.practice.name,
        "vendor": connection.label,
        "url": settings.SITE_URL + page,
    }
    text = render_to_string("practice/reconnect_mail.txt", words)
    try:
        send_mail(f"Connect {connection.label} again", text, None, [membership.user.email])
    except (SMTPException, OSError) as error:
        return f"not sent, our mail server failed ({type(error).__name__})."
    return "sent."


DO = {
    Errand.TEST: _test,
    Errand.REFRESH: _refresh,
    Errand.REVOKE: _revoke,
    Errand.REMIND: _remind,
}
