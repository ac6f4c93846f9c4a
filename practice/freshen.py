"""Keeping tokens fresh where the vendor tells us things: whether an expired one still keeps its
webhooks coming is not documented (Fullscript reference 6.1), so none gets older than a day.
It is also how a connection that was ended there is noticed without anybody calling.
"""

from __future__ import annotations

import datetime as dt
import logging

from django.db.models import Q

from practice import connect, tenancy
from practice.models import Connection
from practice.vendors.contract import Ability, VendorError

log = logging.getLogger("regimen.connections")

OLD = dt.timedelta(hours=23)  # looked at hourly, so refreshed within a day


def due(now: dt.datetime, limit: int = 500) -> list[tuple[int, int]]:
    """(practice id, connection id) of tokens that are old. In the all-practices scope."""
    with tenancy.unit():
        rows = _old(now).filter(
            membership__deactivated_at__isnull=True,
            membership__user__is_active=True,
            practice__suspended_at__isnull=True,
        )
        return list(rows.order_by("token_at", "pk").values_list("practice_id", "pk")[:limit])


def run(connection_id: int, now: dt.datetime) -> None:
    """New tokens for one connection, unless somebody was faster. What fails is noted on the
    connection and tried again."""
    with tenancy.unit():
        connection = _old(now).filter(pk=connection_id).first()
    if connection is None:
        return
    try:
        connect.refresh(connection)
    except VendorError as error:
        log.warning(
            "not_freshened", extra={"connection": connection_id, "error": type(error).__name__}
        )


def _old(now: dt.datetime):
    keys = [
        vendor.key
        for vendor in connect.dispensaries()
        if connect.offers(vendor.key, Ability.WEBHOOKS)
    ]
    old = Q(token_at__isnull=True) | Q(token_at__lte=now - OLD)
    return Connection.objects.active().filter(old, vendor__in=keys)
