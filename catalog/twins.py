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
    words (so in flavour), strength and form, as any of its offers is labelled. Two queries."""
    offers = Listing.objects.seen_by(practice).offered()
    families = offers.filter(product=product, family__isnull=False).values("family")
    twins = offers.filter(family__in=list(families.values_list("family", flat=True)))
    found = (
        Product.objects.seen_by(practice)
        .filter(pk__in=twins.exclude(product=product).values("product"))
        .exclude(count__in=["", product.count])
        .defer("search")
    )
    return sorted(found, key=lambda twin: (_number(twin.count), twin.pk))


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
