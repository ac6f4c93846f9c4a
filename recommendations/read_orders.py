"""Reading what linked patients ordered: every night, when a link is made, and when somebody asks.

A link without a reading gets one, which is due at once. A row is its own queue entry, held by a
lease; whoever takes over from a worker that died simply reads again. No function but `resume`
may run in a unit.
"""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q

from practice import connect, tenancy
from practice.models import Connection, Patient, PatientLink
from practice.vendors import registry
from practice.vendors.contract import Ability, AccessRevoked, BadAnswer, Unavailable, VendorError
from recommendations import accounts, labs, orders
from recommendations.models import LabOrder, LabResult, OrderReading

AT_ONCE = 50  # a sweep; the next one goes on
NIGHT_BEGINS, NIGHT_LASTS = dt.time(1), 4 * 3600  # in the practice's own time
FIRST_WAIT, LONGEST_WAIT = dt.timedelta(minutes=5), dt.timedelta(hours=6)
A_DAY = dt.timedelta(days=1)
WORDS = {
    "Unavailable": "did not answer. Regimen asks again by itself.",
    "BadAnswer": "gave an answer that could not be read. Regimen asks again by itself.",
    "Refused": "does not show the orders of this patient. Check whom the record is linked to.",
    "AccessRevoked": "lets no connected account read orders. Connect the account again.",
}


def adopt(now: dt.datetime) -> None:
    """Gives new links their reading. In the all-practices scope."""
    vendors = [vendor.key for vendor in connect.offering(Ability.ORDERS)]
    mine = OrderReading.objects.filter(practice=OuterRef("practice"), link=OuterRef("pk"))
    with tenancy.unit():
        links = PatientLink.objects.standing().filter(~Exists(mine), vendor__in=vendors)
        rows = links.order_by("pk").values_list("practice_id", "pk")[:500]
        OrderReading.objects.bulk_create(
            [OrderReading(practice_id=practice_id, link_id=pk) for practice_id, pk in rows],
            ignore_conflicts=True,
        )


def due(now: dt.datetime) -> list[tuple[int, int]]:
    """(practice id, reading id) of those whose time has come. In the all-practices scope."""
    with tenancy.unit():
        rows = OrderReading.objects.to_do(now).filter(practice__suspended_at__isnull=True)
        rows = rows.order_by(F("not_before_at").asc(nulls_first=True), "pk")
        return list(rows.values_list("practice_id", "pk")[:AT_ONCE])


def run(reading_id: int, now: dt.datetime) -> None:
    """Reads for one link, unless it is not due or another worker holds it."""
    with tenancy.unit():
        claimed = OrderReading.objects.to_do(now).filter(pk=reading_id).update(**_lease(now))
        if not claimed:
            return
        reading = _load(reading_id)
    _read(reading, now)


def look_again(patient: Patient, now: dt.datetime) -> list[str]:
    """A person asks: reads at once for every link of the patient. Sentences about what could
    not be read."""
    vendors = [vendor.key for vendor in connect.offering(Ability.ORDERS)]
    with tenancy.unit():
        links = PatientLink.objects.for_practice(patient.practice_id).standing()
        links = list(links.filter(patient=patient, vendor__in=vendors).order_by("pk"))
        ids = []
        for link in links:
            row, _ = OrderReading.objects.get_or_create(practice_id=link.practice_id, link=link)
            free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
            if OrderReading.objects.filter(free, pk=row.pk).update(**_lease(now)):
                ids.append(row.pk)
        readings = [_load(pk) for pk in ids]
    for reading in readings:
        _read(reading, now, is_asked=True)
    return [words for reading in readings if (words := problem(reading))]


def problem(reading: OrderReading) -> str:
    """What hinders the reading, for a person; '' for nothing."""
    label = registry.VENDORS[reading.link.vendor].label
    words = WORDS.get(reading.last_error, "could not be read. Regimen asks again by itself.")
    return f"{label} {words}" if reading.last_error else ""


def resume(connection: Connection) -> None:
    """Somebody connected: what could not be read over this account is read now."""
    account = {"vendor": connection.vendor, "account_id": connection.account_id}
    practice = connection.practice_id
    links = PatientLink.objects.for_practice(practice).filter(**account)
    readings = OrderReading.objects.for_practice(practice).filter(link__in=links)
    readings.filter(~Q(last_error="") | Q(labs_refused_at__isnull=False)).update(not_before_at=None)
    found = LabOrder.objects.for_practice(practice).filter(**account)
    found.exclude(last_error="").update(not_before_at=F("read_at"))
    LabResult.objects.for_practice(practice).filter(
        order__in=found, fetched_at__isnull=True, given_up=False
    ).update(not_before_at=None)


def _read(reading: OrderReading, now: dt.datetime, *, is_asked: bool = False) -> None:
    link = reading.link
    try:
        readers = accounts.connections(link.vendor, link.account_id, link.connection_id)
        if not readers:
            raise AccessRevoked("Nobody is connected.", vendor=link.vendor, operation="token")
        orders.read_of_patient(readers, link, now)
        refused_at = _read_labs(reading, readers, now, is_asked)
    except VendorError as error:
        _put_off(reading, error, now)
        return
    reading.last_error, reading.read_at, reading.labs_refused_at = "", now, refused_at
    _settle(
        reading,
        read_at=now,
        labs_refused_at=refused_at,
        attempts=0,
        not_before_at=tonight(reading, now),
        last_error="",
    )


def _read_labs(reading, readers, now, is_asked) -> dt.datetime | None:
    """Since when laboratory orders are refused, None where they are not: orders go on without
    them."""
    try:
        labs.read_of_patient(readers, reading.link, now)
        if is_asked:
            for order in _open_labs(reading.link):
                labs.read(order, now)
    except AccessRevoked as refusal:
        if refusal.status == 401:
            raise
        return reading.labs_refused_at or now
    return None


def _open_labs(link: PatientLink) -> list[LabOrder]:
    with tenancy.unit():
        rows = LabOrder.objects.for_practice(link.practice_id).of_linked()
        rows = rows.filter(patient=link.patient_id, vendor=link.vendor, account_id=link.account_id)
        return list(rows.filter(not_before_at__isnull=False).select_related("connection")[:20])


def _put_off(reading: OrderReading, error: VendorError, now: dt.datetime) -> None:
    name = next(word for word in WORDS if word in [kind.__name__ for kind in type(error).__mro__])
    wait = A_DAY
    attempts = reading.attempts
    if isinstance(error, Unavailable | BadAnswer):
        wait = min(FIRST_WAIT * 2 ** min(reading.attempts, 8), LONGEST_WAIT)
        wait = max(wait, dt.timedelta(seconds=getattr(error, "retry_after", None) or 0))
    if getattr(error, "held_back", False):
        wait, attempts = dt.timedelta(seconds=error.retry_after or 60), attempts - 1
        name = ""
    reading.last_error = name
    _settle(reading, not_before_at=now + wait, attempts=max(0, attempts), last_error=name)


def tonight(reading: OrderReading, now: dt.datetime) -> dt.datetime:
    """Some time in the coming night of the practice, each link at its own."""
    zone = reading.link.practice.zone
    day = now.astimezone(zone).date() + A_DAY
    begins = dt.datetime.combine(day, NIGHT_BEGINS, tzinfo=zone)
    return begins + dt.timedelta(seconds=reading.pk * 7919 % NIGHT_LASTS)


def _settle(reading: OrderReading, **given) -> None:
    with tenancy.unit():
        OrderReading.objects.filter(pk=reading.pk).update(lease_until=None, **given)


def _load(reading_id: int) -> OrderReading:
    rows = OrderReading.objects.select_related("link__patient", "link__practice")
    return rows.get(pk=reading_id)


def _lease(now: dt.datetime) -> dict:
    until = now + dt.timedelta(seconds=settings.LEASE_SECONDS)
    return {"lease_until": until, "attempts": F("attempts") + 1}
