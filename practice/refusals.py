"""What a vendor refuses to let our application do, whoever asks: a 403 on an endpoint that it
opens on request only.

The right then counts as not held for a day, so that plans and catalogues take the road that
needs none; after that it is tried again. The operator's staff may lift it earlier.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterable

from django.db.models import F, Q
from django.utils import timezone

from practice.models import VendorRefusal
from practice.vendors import registry

STANDS = dt.timedelta(days=1)
# What another process noted is known here after so many seconds.
REMEMBERED = 10

_known: tuple[float, frozenset[tuple[str, str]]] | None = None


def rights(vendor_key: str, held: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the rights we hold that the vendor does not refuse at present."""
    if not held:
        return ()
    restricted = registry.VENDORS[vendor_key].restricted
    refused = {restricted.get(name) for vendor, name in _standing() if vendor == vendor_key}
    return tuple(right for right in held if right not in refused)


def standing(now: dt.datetime):
    """The refusals that count at `now`."""
    lifted = Q(lifted_at__isnull=False, lifted_at__gte=F("last_at"))
    return VendorRefusal.objects.filter(last_at__gt=now - STANDS).exclude(lifted)


def stands(refusal: VendorRefusal, now: dt.datetime) -> bool:
    lifted = refusal.lifted_at is not None and refusal.lifted_at >= refusal.last_at
    return refusal.last_at > now - STANDS and not lifted


def lift(rows: Iterable[VendorRefusal], now: dt.datetime) -> None:
    VendorRefusal.objects.filter(pk__in=[row.pk for row in rows]).update(lifted_at=now)
    forget()


def note(vendor_key: str, operation: str, request_id: str, now: dt.datetime) -> None:
    """The vendor refused `operation`; outside the restricted ones that says nothing of us."""
    if operation not in registry.VENDORS[vendor_key].restricted:
        return
    row, is_new = VendorRefusal.objects.get_or_create(
        vendor=vendor_key,
        operation=operation,
        defaults={"first_at": now, "last_at": now, "request_id": request_id},
    )
    if not is_new:
        VendorRefusal.objects.filter(pk=row.pk).update(
            times=F("times") + 1, last_at=now, request_id=request_id
        )
    forget()


def worked(vendor_key: str, operation: str, now: dt.datetime) -> None:
    """It did let us: a refusal that was noted is over."""
    if operation not in registry.VENDORS[vendor_key].restricted:
        return
    rows = VendorRefusal.objects.filter(vendor=vendor_key, operation=operation)
    if rows.exclude(lifted_at__gte=F("last_at")).update(lifted_at=now):
        forget()


def forget() -> None:
    """Asks the database again at the next need."""
    global _known
    _known = None


def remember(found: frozenset[tuple[str, str]]) -> None:
    global _known
    _known = (time.monotonic() + REMEMBERED, found)


def _standing() -> frozenset[tuple[str, str]]:
    """(vendor, operation) of what is refused, as known for some seconds."""
    if _known is None or _known[0] < time.monotonic():
        rows = standing(timezone.now()).values_list("vendor", "operation")
        remember(frozenset(rows))
    return _known[1]
