"""Reading all patients of an account at a dispensary, page by page, in the background.

    queued ─claim→ running ─each page→ running ─the last→ done
                      └──────────no use going on→ failed

The reading is its own queue entry. A worker holds it by a lease and notes the next page in the
same transaction as the rows of the last: whoever takes over goes on there. Reading again
updates what is known and keeps what was decided. No function but `ask` may run in a unit.
"""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone

from practice import connect, known_there, tenancy
from practice.models import Connection, Membership, PatientReading
from practice.vendors.contract import Ability, AccessRevoked, PatientPage, Unavailable, VendorError

State = PatientReading.State
PAGES_AT_ONCE = 50  # then others have their turn, and the sweep comes back
FIRST_WAIT = dt.timedelta(seconds=15)
LONGEST_WAIT = dt.timedelta(minutes=30)
GIVES_UP_AFTER = dt.timedelta(hours=12)
IN_WORDS = {
    "AccessRevoked": "The account did not let Regimen read its patients. Connect it again.",
    "Refused": "The list of patients was refused.",
    "BadAnswer": "The answer could not be read. We have been told.",
    "Unavailable": "There was no answer for half a day.",
}


class NotNow(Exception):
    """Nothing was asked for. `str()` is for the person."""


def ask(connection: Connection, by: Membership, now: dt.datetime) -> PatientReading:
    """Asks for a reading, in the caller's unit; the caller nudges the task. Raises NotNow."""
    if not connection.is_active:
        raise NotNow(f"Connect {connection.label} first.")
    if not connect.offers(connection.vendor, Ability.PATIENT_LIST):
        raise NotNow(f"{connection.label} does not list its patients.")
    reading, is_new = PatientReading.objects.get_or_create(
        practice_id=connection.practice_id,
        connection=connection,
        state__in=PatientReading.OPEN,
        defaults={"state": State.QUEUED, "asked_by": by, "asked_at": now},
    )
    if not is_new:
        raise NotNow("The patients are being read already.")
    return reading


def last(connection: Connection) -> PatientReading | None:
    readings = PatientReading.objects.for_practice(connection.practice_id)
    return readings.filter(connection=connection).first()


def due(now: dt.datetime) -> list[tuple[int, int]]:
    """(practice id, reading id) of those that nobody holds. In the all-practices scope."""
    with tenancy.unit():
        rows = _to_do(now).filter(practice__suspended_at__isnull=True)
        return list(rows.order_by("pk").values_list("practice_id", "pk"))


def run(reading_id: int, now: dt.datetime) -> None:
    """Reads on. Does nothing when another worker holds the reading."""
    with tenancy.unit():
        mine = _to_do(now).filter(pk=reading_id)
        held = {"state": State.RUNNING, "lease_until": _lease(now), "attempts": F("attempts") + 1}
        if not mine.update(**held):
            return
        reading = PatientReading.objects.select_related("connection__practice").get(pk=reading_id)
    for _ in range(PAGES_AT_ONCE):
        if not _read_a_page(reading):
            return
    _change(reading, lease_until=None)


def _read_a_page(reading: PatientReading) -> bool:
    """False once there is nothing more to do, now or for this worker."""
    number = reading.next_page
    try:
        page = connect.call(reading.connection, lambda client: client.patients(number))
    except VendorError as error:
        _put_back(reading, error, timezone.now())
        return False
    with tenancy.unit():
        return _keep(reading, page, timezone.now())


def _keep(reading: PatientReading, page: PatientPage, now: dt.datetime) -> bool:
    if not _mine(reading).select_for_update(of=["self"]).exists():
        return False
    known_there.keep(reading.connection, page.rows, now)
    reading.seen += len(page.rows)
    reading.next_page = page.next or reading.next_page
    # The vendor's total may be missing, or grow while the pages are turned.
    reading.total = None if page.total is None else max(page.total, reading.seen)
    given = {"seen": reading.seen, "next_page": reading.next_page, "total": reading.total}
    if page.next is None:
        given |= {"state": State.DONE, "finished_at": now, "lease_until": None, "last_error": ""}
    else:
        given |= {"lease_until": _lease(now)}
    _mine(reading).update(**given)
    return page.next is not None


def _put_back(reading: PatientReading, error: VendorError, now: dt.datetime) -> None:
    name = type(error).__name__
    is_away = isinstance(error, Unavailable) and not isinstance(error, AccessRevoked)
    if not is_away or now - reading.asked_at > GIVES_UP_AFTER:
        _change(reading, state=State.FAILED, finished_at=now, lease_until=None, last_error=name)
        return
    wait = min(FIRST_WAIT * 2 ** min(reading.attempts, 8), LONGEST_WAIT)
    wait = max(wait, dt.timedelta(seconds=error.retry_after or 0))
    _change(reading, not_before_at=now + wait, lease_until=None, last_error=name)


def _change(reading: PatientReading, **given) -> None:
    with tenancy.unit():
        _mine(reading).update(**given)


def _mine(reading: PatientReading):
    """The row, unless another worker took over."""
    return PatientReading.objects.filter(
        pk=reading.pk, state=State.RUNNING, attempts=reading.attempts
    )


def _to_do(now: dt.datetime):
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    return PatientReading.objects.filter(free, state__in=PatientReading.OPEN).due(now)


def _lease(now: dt.datetime) -> dt.datetime:
    return now + dt.timedelta(seconds=settings.LEASE_SECONDS)
