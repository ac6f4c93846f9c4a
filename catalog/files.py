"""Pictures and data sheets of products: fetched by a worker, kept, and served from here.

A page that finds none nudges `tasks.fetch_files`; the row is its own queue entry from then on.
The vendor's own site is never linked to: it would learn which products somebody looks at. Only
listings that all practices share have files, asked for with the operator's credentials.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.db.models import F

from catalog.models import Listing, ListingFile
from practice import connect, tenancy
from practice.vendors import registry
from practice.vendors.contract import (
    AccessRevoked,
    BadAnswer,
    FetchedFile,
    Refused,
    Unavailable,
    VendorError,
)

log = logging.getLogger("regimen.catalogue")

READ_AGAIN = dt.timedelta(days=30)
NONE_WAITS = dt.timedelta(days=7)
FIRST_WAIT, LONGEST_WAIT = dt.timedelta(minutes=1), dt.timedelta(days=1)
# So often it is tried without anybody looking; then again when somebody looks.
ATTEMPTS = 8
IN_WORDS = {
    Unavailable: "The vendor did not answer.",
    BadAnswer: "The vendor's answer cannot be used as this file.",
    AccessRevoked: "The vendor did not accept the operator's credentials.",
}


@dataclass(frozen=True)
class Files:
    """What is here of one listing, without the bytes. `is_asked` where some of it was never
    answered, `is_due` where a worker should look."""

    image: ListingFile | None = None
    document: ListingFile | None = None
    is_asked: bool = False
    has_failed: bool = False
    is_due: bool = False


def of(practice, listings: Iterable[Listing], now: dt.datetime) -> dict[int, Files]:
    """By listing id, for those whose vendor gives files. One query."""
    able = [row for row in listings if has_any(row)]
    rows: dict[int, dict[str, ListingFile]] = {row.pk: {} for row in able}
    held = ListingFile.objects.seen_by(practice).filter(listing__in=list(rows)).defer("content")
    for row in held if rows else ():
        rows[row.listing_id][row.kind] = row
    return {row.pk: _shown(row, rows[row.pk], now) for row in able}


def has_any(listing: Listing) -> bool:
    shared = listing.practice_id is None and listing.connection_id is None
    return shared and bool(registry.VENDORS[listing.vendor].files)


def _shown(listing: Listing, rows: dict[str, ListingFile], now: dt.datetime) -> Files:
    wanted = registry.VENDORS[listing.vendor].files
    here = {kind: row for kind, row in rows.items() if row.content_type}
    unanswered = [kind for kind in wanted if kind not in rows or rows[kind].fetched_at is None]
    return Files(
        image=here.get(ListingFile.Kind.IMAGE),
        document=here.get(ListingFile.Kind.DOCUMENT),
        is_asked=bool(unanswered),
        has_failed=any(kind in rows and rows[kind].last_error for kind in unanswered),
        is_due=any(kind not in rows or _is_due(rows[kind], now) for kind in wanted),
    )


def _is_due(row: ListingFile, now: dt.datetime) -> bool:
    held = row.lease_until is not None and row.lease_until >= now
    return not held and (row.not_before_at is None or row.not_before_at <= now)


def fetch(listing_id: int, now: dt.datetime) -> None:
    """Fetches what is due of one shared listing. In the all-practices scope, never in a unit."""
    with tenancy.unit():
        listing = Listing.objects.filter(pk=listing_id, practice=None, connection=None).first()
        if listing is None or not has_any(listing):
            return
        for kind in registry.VENDORS[listing.vendor].files:
            ListingFile.objects.get_or_create(listing=listing, kind=kind, practice=None)
    for kind, ask in registry.VENDORS[listing.vendor].files.items():
        row = _claimed(listing, kind, now)
        if row is not None:
            _fetch(row, listing, ask, now)


def _claimed(listing: Listing, kind: str, now: dt.datetime) -> ListingFile | None:
    lease = now + dt.timedelta(seconds=settings.LEASE_SECONDS)
    with tenancy.unit():
        mine = ListingFile.objects.to_fetch(now).filter(listing=listing, kind=kind)
        if not mine.update(lease_until=lease, attempts=F("attempts") + 1):
            return None
        return ListingFile.objects.defer("content").get(listing=listing, kind=kind)


def _fetch(row: ListingFile, listing: Listing, ask, now: dt.datetime) -> None:
    try:
        found = ask(connect.operator_client(listing.vendor), listing.sku)
    except Refused:
        _keep(row, None, now)
    except (Unavailable, BadAnswer, AccessRevoked) as error:
        _later(row, error, now)
    else:
        _keep(row, found, now)


def _keep(row: ListingFile, found: FetchedFile | None, now: dt.datetime) -> None:
    _write(
        row,
        content=found.content if found else None,
        content_type=found.content_type if found else "",
        fetched_at=now,
        attempts=0,
        last_error="",
        not_before_at=now + (READ_AGAIN if found else NONE_WAITS),
    )


def _later(row: ListingFile, error: VendorError, now: dt.datetime) -> None:
    """What was here before stays."""
    log.warning("file_not_fetched", extra={"file": row.pk, "error": type(error).__name__})
    is_held_back = getattr(error, "held_back", False)
    attempts = row.attempts - is_held_back
    wait = min(FIRST_WAIT * 2 ** min(max(attempts - 1, 0), 12), LONGEST_WAIT)
    wait = max(wait, dt.timedelta(seconds=getattr(error, "retry_after", None) or 0))
    why = "" if is_held_back else IN_WORDS[type(error)]
    if error.request_id and why:
        why = f"{why} Reference: {error.request_id}."
    _write(row, attempts=attempts, last_error=why, not_before_at=now + wait)


def _write(row: ListingFile, **values) -> None:
    """Only while the row is ours."""
    with tenancy.unit():
        ours = ListingFile.objects.filter(pk=row.pk, lease_until=row.lease_until)
        ours.update(lease_until=None, **values)


def again(rows: Iterable[ListingFile]) -> list[int]:
    """Has files that did not come asked for anew; gives the ids of their listings. In the
    caller's unit."""
    chosen = [row for row in rows if row.last_error]
    ListingFile.objects.filter(pk__in=[row.pk for row in chosen]).update(
        attempts=0, not_before_at=None
    )
    return sorted({row.listing_id for row in chosen})


def due(now: dt.datetime, limit: int = 200) -> list[int]:
    """Ids of listings of which a file was asked for and has not come. In the all-practices
    scope."""
    with tenancy.unit():
        rows = ListingFile.objects.to_fetch(now).filter(
            practice=None, fetched_at=None, attempts__lt=ATTEMPTS
        )
        return list(rows.order_by("pk").values_list("listing", flat=True)[:limit])
