"""Products at Fullscript (reference 5.8). The list is restricted and usually refused with 403;
one variant, and the product it belongs to, may be read by every partner."""

from __future__ import annotations

from practice.vendors import reading
from practice.vendors.contract import ListingRow, Page
from practice.vendors.fullscript import payloads, wire
from practice.vendors.fullscript.wire import Wire


class Products(Wire):
    """The part of the client that reads the catalogue."""

    def products(self, page: int = 1) -> Page:
        """One page of the catalogue, a row per variant. `BadAnswer` when the answer does not
        say whether more follows: a part must never pass for the whole."""
        answer = self._get("products", "/catalog/products", params=wire.paging(page))
        found = answer.object()
        rows, skipped = [], 0
        for product in wire.listed(answer, found, "products"):
            used, unusable = payloads.product_rows(product)
            rows.extend(used)
            skipped += unusable
        # `total_count` counts products, not variants: it is no total of these rows.
        return Page(
            tuple(rows),
            next=wire.next_page(answer, found, page),
            pages=reading.whole(reading.mapping(found.get("meta")).get("total_pages")),
            skipped=skipped,
        )

    def variant(self, variant_id: str) -> ListingRow | None:
        """One variant; None when Fullscript does not know it."""
        found = self._find("variant", "/catalog/variants/{id}", "variant", id=variant_id)
        if found is None:
            return None
        return payloads.variant_row(found, reading.mapping(found.get("product")))

    def variant_and_others(self, variant_id: str) -> tuple[ListingRow, ...]:
        """One variant with all of its product's; () when Fullscript does not know it. Two
        requests: a variant alone says neither the brand nor the dose of its product."""
        variant = self.variant(variant_id)
        if variant is None:
            return ()
        rows = self._variants_of(variant.vendor_product_id) if variant.vendor_product_id else ()
        return rows if any(row.sku == variant.sku for row in rows) else (variant, *rows)

    def _variants_of(self, product_id: str) -> tuple[ListingRow, ...]:
        found = self._find("product", "/catalog/products/{id}", "product", id=product_id)
        if found is None:
            return ()
        # Whoever's token it is: the practice's catalogue has no one practitioner's own dosage.
        rows, _ = payloads.product_rows({**found, "custom_dosage": None})
        return rows
