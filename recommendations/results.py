"""Results of laboratory orders: each document fetched at once from an address that was just
read, and kept sealed.

Which tests a result answers is not said, and never guessed. A changed document does not replace
the one before: it is the next version. A result that is no PDF is tried again, then given up
until a person asks for it.
"""

from __future__ import annotations

import datetime as dt
import hashlib

from django.conf import settings
from django.db.models import F

from practice import connect, tenancy, timeline
from practice.models import Connection, PatientEvent
from practice.vendors import registry
from practice.vendors.contract import (
    AccessRevoked,
    BadAnswer,
    FetchedFile,
    HeldLabOrder,
    HeldLabResult,
    Refused,
    Unavailable,
    VendorError,
)
from recommendations import accounts
from recommendations.models import LabOrder, LabResult

FIRST_WAIT, LONGEST_WAIT = dt.timedelta(minutes=1), dt.timedelta(hours=6)
NOBODY_WAITS = dt.timedelta(hours=1)
NO_FILE_WAITS = dt.timedelta(days=1)
NO_FILE = "It is listed without a document so far."
ELSEWHERE = "Its document is kept at an address that Regimen does not fetch from."
NO_PDF = "What came was no PDF of a size that Regimen takes."
NOT_GIVEN = "The document was not handed out."
NO_ANSWER = "There was no answer."
NOT_CONNECTED = "No connected account may read it. Connect the account again."
NOT_THERE = "It is not listed any more."


def take_in(order: LabOrder, held: HeldLabOrder, now: dt.datetime, *, amended: bool) -> None:
    """Makes a row for each result that is new, in the caller's unit, which holds the order; the
    sweep has it fetched. With `amended` those that are here are fetched once more, to be
    compared."""
    rows: dict[str, LabResult] = {}
    for row in order.results.order_by("version"):
        rows[row.vendor_result_id] = row
    listed = [result for result in held.results if len(result.id) <= 120]
    for result in listed:
        last = rows.get(result.id)
        if last is not None and not (amended and last.fetched_at):
            continue
        LabResult.objects.create(
            practice_id=order.practice_id,
            order=order,
            vendor_result_id=result.id,
            version=last.version + 1 if last else 1,
            name=result.name[:300],
        )
    if listed:
        here = [result.id for result in listed]
        gone = order.results.exclude(vendor_result_id__in=here)
        gone.filter(withdrawn_at__isnull=True).update(withdrawn_at=now)
        order.results.filter(vendor_result_id__in=here, withdrawn_at__isnull=False).update(
            withdrawn_at=None
        )
        with_file = [result.id for result in listed if result.url]
        waiting = order.results.filter(vendor_result_id__in=with_file, last_error=NO_FILE)
        waiting.filter(fetched_at__isnull=True, given_up=False).update(not_before_at=None)


def fetch(result_id: int, now: dt.datetime) -> None:
    """Fetches one document unless it is here, given up, or held by another worker."""
    result = _claimed(result_id, now)
    if result is None:
        return
    order = result.order
    readers = accounts.connections(order.vendor, order.account_id, order.connection_id)
    try:
        listed = _listed(order, readers)
    except AccessRevoked:
        _put_off(result, NOT_CONNECTED, now + NOBODY_WAITS)
    except (Unavailable, BadAnswer) as error:
        _later(result, NO_ANSWER, error, now)
    else:
        _fetch_listed(result, listed, readers[0], now)


def _claimed(result_id: int, now: dt.datetime) -> LabResult | None:
    lease = now + dt.timedelta(seconds=settings.LEASE_SECONDS)
    with tenancy.unit():
        mine = LabResult.objects.to_fetch(now).filter(pk=result_id)
        if not mine.update(lease_until=lease, attempts=F("attempts") + 1):
            return None
        return LabResult.objects.select_related("order__patient").get(pk=result_id)


def _listed(order: LabOrder, readers: list[Connection]) -> dict[str, HeldLabResult]:
    """The order's results as they are listed now, with addresses that are fresh."""
    if not readers:
        raise AccessRevoked("Nobody is connected.", vendor=order.vendor, operation="token")
    number = order.vendor_lab_order_id
    try:
        held = connect.call_as_any(readers, lambda client: client.lab_order(number))
    except Refused:
        return {}
    return {row.id: row for row in held.results} if held else {}


def _fetch_listed(result: LabResult, listed, reader: Connection, now: dt.datetime) -> None:
    found = listed.get(result.vendor_result_id)
    if found is None:
        _give_up(result, NOT_THERE)
    elif found.url:
        _fetch_from(result, found.url, reader, now)
    elif result.order.not_before_at is None:
        _give_up(result, NO_FILE)
    else:
        _put_off(result, NO_FILE, now + NO_FILE_WAITS)


def _fetch_from(result: LabResult, url: str, reader: Connection, now: dt.datetime) -> None:
    vendor = result.order.vendor
    origins = settings.VENDOR_FILE_ORIGINS.get(vendor, ())
    try:
        client = connect.client_for(reader)
        document = registry.VENDORS[vendor].fetch_result(client, url, origins)
    except Unavailable as error:
        _later(result, NO_ANSWER, error, now)
    except BadAnswer as error:
        _later(result, NO_PDF, error, now)
    except Refused as error:
        if error.status is None:
            _give_up(result, ELSEWHERE)
        else:
            _later(result, NOT_GIVEN, error, now)
    except AccessRevoked as error:
        _later(result, NOT_GIVEN, error, now)
    else:
        with tenancy.unit():
            _hold(result, document, now)


def _hold(result: LabResult, document: FetchedFile, now: dt.datetime) -> None:
    """Keeps the document; where it is the one that is here already, nothing was amended in it."""
    before = (
        LabResult.objects.shown()
        .filter(
            practice_id=result.practice_id,
            order=result.order,
            vendor_result_id=result.vendor_result_id,
            version__lt=result.version,
        )
        .order_by("-version")
        .first()
    )
    if before is not None and before.sha256 == hashlib.sha256(document.content).hexdigest():
        result.delete()
        return
    result.hold(document.content, document.content_type, now)
    words = "Result amended" if before else "Result arrived"
    timeline.note(
        result.order.patient,
        PatientEvent.Kind.LAB,
        f"{words}: {(result.name or result.order.title)[:200]}",
        source=f"lab-result:{result.pk}",
        happened_at=now,
        detail=f"From {result.order.label}",
        view_name="recommendations:lab-detail",
        object_id=result.order_id,
    )


def _later(result: LabResult, why: str, error: VendorError, now: dt.datetime) -> None:
    wait = min(FIRST_WAIT * 2 ** min(result.attempts - 1, 10), LONGEST_WAIT)
    wait = max(wait, dt.timedelta(seconds=getattr(error, "retry_after", None) or 0))
    with tenancy.unit():
        if getattr(error, "held_back", False):
            result.put_off(why, now + wait)
        else:
            result.try_later(why, now + wait)


def _put_off(result: LabResult, why: str, until: dt.datetime) -> None:
    with tenancy.unit():
        result.put_off(why, until)


def _give_up(result: LabResult, why: str) -> None:
    with tenancy.unit():
        result.give_up(why)


def due(now: dt.datetime, limit: int = 500) -> list[tuple[int, int]]:
    """(practice id, result id) of those to be fetched. In the all-practices scope."""
    with tenancy.unit():
        rows = LabResult.objects.to_fetch(now).filter(
            practice__suspended_at__isnull=True,
            order__in=LabOrder.objects.of_linked(),
        )
        return list(rows.order_by("pk").values_list("practice_id", "pk")[:limit])
