"""What the builder's search shows: one product with the offers of every vendor.

`Found` rows come in the order of the catalogue's search.
"""

import re
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q

from catalog import formulary, search
from catalog.models import FormularyEntry, Listing
from practice.models import Connection
from practice.vendors.contract import Kind
from recommendations import edit, pill_names
from recommendations.models import Plan

SHOWN = 12


@dataclass(frozen=True)
class Found:
    """One product with those of its listings that this plan's clinician can order, and what
    the practice's formulary says of it."""

    name: str
    brand: str
    listings: tuple[Listing, ...]
    said: FormularyEntry | None = None

    @property
    def more(self) -> str:
        """`Sunmere · 90 capsules`."""
        first = self.listings[0]
        return " · ".join(filter(None, (self.brand, size(first, self.name))))


def size(listing: Listing, name: str | None = None) -> str:
    """`90 capsules`; '' where the vendor does not say, or where the `name` beside it (the
    listing's own when left out) says it already."""
    name = listing.name if name is None else name
    parts = [listing.count, listing.count_unit.lower(), listing.flavor]
    if listing.count and re.search(rf"\b{re.escape(listing.count)}\b", name):
        parts = [listing.flavor]
    return " ".join(filter(None, parts))


def find(plan: Plan, words: str) -> list[Found]:
    """Up to SHOWN products for what was typed, best first; the cheapest offer in stock
    stands first."""
    own = set(
        Connection.objects.for_practice(plan.practice_id)
        .filter(membership_id=plan.clinician_id)
        .values_list("pk", flat=True)
    )
    found = []
    products = search.find(plan.practice_id, words, limit=SHOWN)
    said = formulary.of(plan.practice_id, [product.pk for product in products])
    for product in products:
        offers = [one for one in product.offers if one.connection_id in own | {None}]
        if offers:
            listings = tuple(sorted(offers, key=_rank))
            found.append(Found(product.name, product.brand, listings, said.get(product.pk)))
    return found


def pills(plan: Plan, vendor: str, words: str) -> list[Listing]:
    """Up to SHOWN pills of `vendor` with every word in the name, as `pill_names.with_names`."""
    found = edit.orderable(plan).filter(retired_at__isnull=True, kind=Kind.PILL, vendor=vendor)
    for word in search.typed(words).split():
        found = found.filter(Q(name__icontains=word) | Q(generic_name__icontains=word))
    return list(pill_names.with_names(found, plan).order_by("name", "id")[:SHOWN])


def _rank(listing) -> tuple:
    price = listing.retail_price
    return listing.is_available is False, Decimal("Infinity") if price is None else price
