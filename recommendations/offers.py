"""What the builder's search shows: one product with the offers of every vendor.

`Found` rows come in the order of the catalogue's search.
"""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q

from catalog.models import Listing
from practice.vendors.contract import Kind
from recommendations import edit
from recommendations.models import Plan

SHOWN = 12


@dataclass(frozen=True)
class Found:
    """One product. `offers` are its listings that this plan's clinician can order."""

    name: str
    brand: str
    listings: tuple[Listing, ...]

    @property
    def more(self) -> str:
        """`Sunmere · 90 capsules`."""
        first = self.listings[0]
        return " · ".join(filter(None, (self.brand, size(first))))


def size(listing: Listing) -> str:
    """`90 capsules`; '' where the vendor does not say."""
    return " ".join(filter(None, (listing.count, listing.count_unit.lower(), listing.flavor)))


def find(plan: Plan, words: str) -> list[Found]:
    """Up to SHOWN products with every word in name or brand, cheapest offer first."""
    found = edit.orderable(plan).filter(retired_at__isnull=True, kind=Kind.BOTTLE)
    for word in words.split():
        found = found.filter(Q(name__icontains=word) | Q(brand__icontains=word))
    products: dict[object, list[Listing]] = {}
    for listing in found.order_by("name", "id")[: SHOWN * 4]:
        products.setdefault(listing.product_id or -listing.pk, []).append(listing)
    return [_found(listings) for listings in list(products.values())[:SHOWN]]


def pills(plan: Plan, vendor: str, words: str) -> list[Listing]:
    """Up to SHOWN pills of `vendor` with every word in the name."""
    found = edit.orderable(plan).filter(retired_at__isnull=True, kind=Kind.PILL, vendor=vendor)
    for word in words.split():
        found = found.filter(Q(name__icontains=word) | Q(generic_name__icontains=word))
    return list(found.order_by("name", "id")[:SHOWN])


def _found(listings) -> Found:
    ordered = sorted(
        listings,
        key=lambda listing: (
            listing.is_available is False,
            Decimal("Infinity") if listing.retail_price is None else listing.retail_price,
        ),
    )
    return Found(ordered[0].name, ordered[0].brand, tuple(ordered))
