"""Leaving our id with a vendor's patient, so that they are found again without a person.

A link stands without it: this may fail, is tried again for a while, and never undoes anything.
An id that somebody else left there is not written over. Runs outside of units.
"""

from __future__ import annotations

import datetime as dt
import re

from django.conf import settings
from django.db.models import F

from practice import connect, tenancy
from practice.link import our_id
from practice.models import PatientLink
from practice.vendors.contract import AccessRevoked, Unavailable, VendorError

Mark = PatientLink.Mark
OURS = re.compile(r"patient-\d+", re.ASCII)
MAX_ATTEMPTS = 8
FIRST_WAIT = dt.timedelta(seconds=30)
UNTIL_RECONNECTED = dt.timedelta(days=1)


def run(link_id: int, now: dt.datetime) -> None:
    """Leaves our id with one link's patient there, unless somebody else is about it."""
    lease = now + dt.timedelta(seconds=settings.LEASE_SECONDS)
    with tenancy.unit():
        mine = PatientLink.objects.to_mark(now).filter(pk=link_id)
        if not mine.update(lease_until=lease, attempts=F("attempts") + 1):
            return
        link = PatientLink.objects.select_related("patient", "connection__practice").get(pk=link_id)
    try:
        left = _leave(link)
    except VendorError as error:
        _put_back(link, error, now)
    else:
        _done(link, Mark.LEFT if left else Mark.NOT_LEFT, "")


def due(now: dt.datetime, limit: int = 200) -> list[tuple[int, int]]:
    """(practice id, link id) of what is to be left. In the all-practices scope."""
    with tenancy.unit():
        rows = PatientLink.objects.to_mark(now).filter(practice__suspended_at__isnull=True)
        return list(rows.order_by("pk").values_list("practice_id", "pk")[:limit])


def _leave(link: PatientLink) -> bool:
    """False where there is nobody any more, or where an id of somebody else's stands."""
    wanted = our_id(link.patient)

    def act(client):
        held = client.patient(link.vendor_patient_id)
        if held is None or (held.our_id and not OURS.fullmatch(held.our_id)):
            return False
        if held.our_id != wanted:
            client.leave_our_id(link.vendor_patient_id, wanted)
        return True

    return connect.call(link.connection, act)


def _put_back(link: PatientLink, error: VendorError, now: dt.datetime) -> None:
    is_gone = isinstance(error, AccessRevoked) and error.status != 403
    if not (isinstance(error, Unavailable) or is_gone) or link.attempts >= MAX_ATTEMPTS:
        _done(link, Mark.NOT_LEFT, type(error).__name__)
        return
    wait = UNTIL_RECONNECTED if is_gone else FIRST_WAIT * 2**link.attempts
    _done(link, Mark.DUE, type(error).__name__, not_before_at=now + wait)


def _done(link: PatientLink, mark: str, error: str, not_before_at: dt.datetime | None = None):
    with tenancy.unit():
        PatientLink.objects.filter(pk=link.pk).update(
            mark=mark, last_error=error, not_before_at=not_before_at, lease_until=None
        )
