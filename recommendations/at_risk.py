"""Products that are on plans and cannot be had: what is the matter, whom it touches, and the
ways out. Who sees only their own patients is told of those alone.

A draft is touched, and a signed plan for as long as its line runs: a line without an end runs
until the plan is stopped.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import (
    Case,
    DateTimeField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    Value,
    When,
)
from django.urls import reverse
from django.utils import timezone

from catalog import twins
from catalog.beside import Tab
from catalog.models import Listing, Product, SyncRun
from practice import locks
from practice.desk import Card, Line, Urgency
from practice.models import Membership
from practice.vendors import registry
from recommendations.models import PackPill, Plan, PlanItem, Risk, RiskMark

BULKY = ("raw", "description_html", "facts_html", "facts")
SIZES_SHOWN = 4
LINES_SHOWN = 5
MOST_COUNTED = 99  # on Today


@dataclass(frozen=True)
class Touched:
    """One plan on which a listing stands."""

    plan: Plan
    in_pack: str = ""


@dataclass
class AtRisk:
    """One listing in trouble. `others` are offers of the same product, `sizes` the same thing
    in another count; `mark` is what somebody said of it, be it of another trouble."""

    listing: Listing
    risk: Risk
    mark: RiskMark | None = None
    plans: list[Touched] = field(default_factory=list)
    others: list[Listing] = field(default_factory=list)
    sizes: list[Product] = field(default_factory=list)


def find(practice, now: dt.datetime, risk: str = "", *, hidden: bool = False):
    """Listings at risk, the longest in trouble first: each with its `risk` and with
    `is_marked`, whether somebody put it out of sight. One query."""
    today = now.astimezone(practice.zone).date()
    marks = RiskMark.objects.for_practice(practice).standing()
    seen = marks.filter(Q(until_date__isnull=True) | Q(until_date__gt=today))
    items, pills = (rows(practice, now).order_by().values("listing") for rows in (_items, _pills))
    rows = (
        Listing.objects.seen_by(practice)
        .filter(pk__in=items.union(pills))
        .annotate(risk=_risk(practice))
        .exclude(risk="")
        .annotate(is_marked=Exists(seen.filter(listing=OuterRef("pk"), risk=OuterRef("risk"))))
        .filter(is_marked=hidden)
    )
    if risk:
        rows = rows.filter(risk=risk)
    return rows.defer(*BULKY).order_by(F("retired_at").asc(nulls_last=True), "seen_at", "pk")


def told(practice, listings: Sequence[Listing], now: dt.datetime) -> list[AtRisk]:
    """All about `listings`, as `find` gives them. A fixed number of queries."""
    rows = {one.pk: AtRisk(one, Risk(one.risk)) for one in listings}
    marks = RiskMark.objects.for_practice(practice).standing().filter(listing__in=list(rows))
    for mark in marks.select_related("marked_by"):
        rows[mark.listing_id].mark = mark
    people = ("plan__patient", "plan__clinician")
    for item in _items(practice, now).filter(listing__in=list(rows)).select_related(*people):
        rows[item.listing_id].plans.append(Touched(item.plan))
    people = ("pack__plan__patient", "pack__plan__clinician")
    for pill in _pills(practice, now).filter(listing__in=list(rows)).select_related(*people):
        rows[pill.listing_id].plans.append(Touched(pill.pack.plan, pill.pack.name))
    _ways_out(practice, list(rows.values()))
    return list(rows.values())


def mark(
    listing: Listing, risk: str, *, by: Membership, now: dt.datetime, note="", until_date=None
) -> RiskMark:
    """Puts `listing` out of sight in place of what was said of it before. Inside a unit."""
    locks.until_the_end("risk", by.practice_id)
    standing = RiskMark.objects.for_practice(by.practice_id).standing()
    for before in standing.filter(listing=listing):
        before.end(by, now)
    return RiskMark.objects.create(
        practice_id=by.practice_id,
        listing=listing,
        risk=risk,
        note=note,
        until_date=until_date,
        marked_by=by,
        marked_at=now,
    )


def _items(practice, now):
    return _running(PlanItem.objects.for_practice(practice), "plan", "duration_days", now)


def _pills(practice, now):
    pills = PackPill.objects.for_practice(practice)
    return _running(pills, "pack__plan", "pack__duration_days", now)


def _running(rows, plan: str, days: str, now):
    lasts = ExpressionWrapper(F(days) * Value(dt.timedelta(days=1)), DurationField())
    ends_at = ExpressionWrapper(F(f"{plan}__signed_at") + lasts, DateTimeField())
    signed = Q(**{f"{plan}__state": Plan.State.SIGNED})
    runs = Q(**{f"{days}__isnull": True}) | Q(ends_at__gt=now)
    return (
        rows.alias(ends_at=ends_at)
        .filter(Q(**{f"{plan}__state": Plan.State.DRAFT}) | (signed & runs))
        .order_by(f"-{plan}__updated_at", "pk")
    )


def _risk(practice):
    """What is the matter with a listing; '' where nothing is. The worst word stands."""
    ended = Q(pk__in=[])
    for vendor in registry.VENDORS.values():
        for word in vendor.ended:
            ended |= Q(vendor=vendor.key, availability__iexact=word)
    return Case(
        When(ended, then=Value(Risk.DISCONTINUED)),
        When(retired_at__isnull=False, then=Value(Risk.GONE)),
        When(_missing(practice), then=Value(Risk.MISSING)),
        When(Q(stock__lte=0), then=Value(Risk.OUT_OF_STOCK)),
        When(Q(stock__isnull=True, in_stock=False), then=Value(Risk.OUT_OF_STOCK)),
        default=Value(""),
    )


def _missing(practice) -> Q:
    """Not in a list that was too odd to retire anything by: a later one would have seen or
    retired it."""
    doubted = SyncRun.objects.filter(
        state=SyncRun.State.NEEDS_REVIEW,
        vendor=OuterRef("vendor"),
        started_at__gt=OuterRef("seen_at"),
    )
    own = doubted.filter(practice=practice, connection=OuterRef("connection"))
    return Q(Exists(doubted.filter(practice=None)), practice=None) | Q(
        Exists(own), practice=practice
    )


def _ways_out(practice, rows: Sequence[AtRisk]) -> None:
    """Offers of the same product, and the same in other sizes. Pills have none: they are packed
    by their own vendor."""
    products = {row.listing.product_id for row in rows} - {None}
    of_product, sizes = defaultdict(list), twins.sizes_of(practice, products)
    offers = Listing.objects.seen_by(practice).offered().defer(*BULKY)
    for offer in offers.filter(product__in=products).order_by("retail_price", "pk"):
        of_product[offer.product_id].append(offer)
    for row in rows:
        others = of_product[row.listing.product_id]
        row.others = [one for one in others if one.pk != row.listing.pk]
        row.sizes = sizes.get(row.listing.product_id, [])[:SIZES_SHOWN]


def card(request) -> Card | None:
    """On Today, where there are any."""
    shown = list(find(request.practice, timezone.now())[: MOST_COUNTED + 1])
    if not shown:
        return None
    url = reverse("recommendations:at-risk-list", args=[request.practice.slug])
    return Card(
        title="Products at risk",
        lines=tuple(
            Line(
                text=listing.name,
                url=f"{url}#risk-{listing.pk}",
                note=f"{registry.VENDORS[listing.vendor].label}, on plans here",
                state=listing.risk,
                label=Risk(listing.risk).label,
            )
            for listing in shown[:LINES_SHOWN]
        ),
        urgency=Urgency.SOON,
        icon="warning",
        count=len(shown),
        url=url,
        url_label="All products at risk",
    )


def tab(request) -> Tab:
    """On top of the catalogue's pages."""
    return Tab(
        label="At risk",
        url=reverse("recommendations:at-risk-list", args=[request.practice.slug]),
        count=find(request.practice, timezone.now()).order_by().count(),
    )
