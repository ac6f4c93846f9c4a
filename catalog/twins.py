"""What is nearly a product: the same in another size, and one bottle's single pills.

Nothing here is guessed: sizes share every word of the label but the count, and a pill is of
the bottle whose vendor names it. Which brand's product a private label is, no vendor tells.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from catalog.models import Listing, Product


def other_sizes(practice, product: Product) -> list[Product]:
    """Products on offer that are `product` in another count, the smallest first. Alike in brand,
    words (so in flavour), strength and form, as any of its listings is labelled. Two queries."""
    return sizes_of(practice, [product.pk]).get(product.pk, [])


def sizes_of(practice, product_ids: Iterable[int]) -> dict[int, list[Product]]:
    """`other_sizes` of several products, by the id of each that has any. Two queries."""
    listings = Listing.objects.seen_by(practice).filter(family__isnull=False)
    asked = listings.filter(product__in=list(product_ids)).values_list(
        "family", "product", "product__count"
    )
    kin = defaultdict(set)
    for family, *product in asked:
        kin[family].add(tuple(product))
    offers = listings.offered().filter(family__in=list(kin), product__isnull=False)
    found = defaultdict(set)
    for offer in offers.select_related("product").only("family", *_SIZES):
        for product, count in kin[offer.family]:
            if offer.product_id != product and offer.product.count not in ("", count):
                found[product].add(offer.product)
    return {
        product: sorted(sizes, key=lambda one: (_number(one.count), one.pk))
        for product, sizes in found.items()
    }


_SIZES = [f"product__{name}" for name in ("name", "brand", "form", "count", "practice_id")]


def pills_of(practice, offers: Iterable[Listing]) -> dict[int, Listing]:
    """The single pill of each bottle among `offers` that has one, by the bottle's id; the
    practice's own before the shared one. One query."""
    named = defaultdict(list)
    for offer in offers:
        if offer.pill_sku:
            named[offer.vendor, offer.pill_sku].append(offer.pk)
    pills = (
        Listing.objects.seen_by(practice)
        .pills()
        .filter(sku__in={sku for _, sku in named})
        .defer("raw", "description_html", "facts_html")
        .order_by("practice")
    )
    found = {}
    for pill in pills:
        for bottle in named[pill.vendor, pill.sku]:
            found.setdefault(bottle, pill)
    return found


def bottles_of(practice, pill: Listing) -> list[Listing]:
    """The bottles on offer that are filled with this pill, in all sizes. One query."""
    offers = Listing.objects.seen_by(practice).offered().filter(vendor=pill.vendor)
    found = offers.filter(pill_sku=pill.sku).select_related("product").defer("raw")
    return sorted(found, key=lambda bottle: (_number(bottle.count), bottle.pk))


def _number(count: str) -> float:
    try:
        return float(count)
    except ValueError:
        return float("inf")
