"""What a reading of a list found: what is new, what changed and how, and what is missing."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from catalog import upsert
from catalog.models import Listing, ListingChange, SyncRun

# Of each list, how many readings keep their changes one by one.
KEPT = 10
BULKY = ("raw", "description_html", "facts_html", "facts")
WORDS = {
    "name": "Name",
    "retail_price": "Price",
    "wholesale_price": "Wholesale price",
    "stock": "Stock",
    "in_stock": "In stock",
    "availability": "In the vendor's words",
    "retired": "Offered",
}
PRICES = {"retail_price", "wholesale_price"}
SAID = {True: "yes", False: "no", None: "not given", "": "nothing"}


@dataclass(frozen=True)
class Difference:
    """One field of one listing, before and after, in words."""

    label: str
    before: str
    after: str


def changes(run: SyncRun):
    """Rows of `ListingChange` with their listings, in the order in which they were found."""
    rows = ListingChange.objects.owned_by(run.practice_id).filter(run=run).order_by("pk")
    return rows.select_related("listing").defer(*(f"listing__{name}" for name in BULKY))


def new(run: SyncRun):
    """Listings that this reading saw first."""
    found = upsert.line(run).filter(first_seen_at__gte=run.started_at)
    return _within(run, found, "first_seen_at").order_by("name", "pk").defer(*BULKY)


def missing(run: SyncRun):
    """Listings that it retired, or that a person is asked about."""
    asked = Q(pk__in=[])
    if run.state == SyncRun.State.NEEDS_REVIEW:
        asked = Q(retired_at=None, seen_at__lt=run.started_at)
    retired = _within(run, Listing.objects.filter(retired_at__gte=run.started_at), "retired_at")
    found = upsert.line(run).filter(Q(pk__in=retired.values("pk")) | asked)
    return found.order_by("name", "pk").defer(*BULKY)


def differences(change: ListingChange, *, with_wholesale: bool) -> list[Difference]:
    """What `change` tells, without wholesale prices for who must not see them."""
    return [
        Difference(WORDS[name], _words(name, was), _words(name, change.after[name]))
        for name, was in change.before.items()
        if name in WORDS and (with_wholesale or name != "wholesale_price")
    ]


def prune(run: SyncRun) -> None:
    """Forgets the single changes of older readings of the same list. Inside a unit."""
    same = SyncRun.objects.owned_by(run.practice_id).filter(
        vendor=run.vendor, part=run.part, connection_id=run.connection_id
    )
    kept = list(same.order_by("-pk").values_list("pk", flat=True)[:KEPT])
    old = ListingChange.objects.owned_by(run.practice_id).filter(run__in=same)
    old.exclude(run__in=kept).delete()


def _within(run: SyncRun, rows, name: str):
    return rows.filter(**{f"{name}__lte": run.finished_at}) if run.finished_at else rows


def _words(name: str, value) -> str:
    if name == "retired":
        return "no" if value else "yes"
    if isinstance(value, bool) or value is None or value == "":
        return SAID[value]
    return f"${value}" if name in PRICES else str(value)
