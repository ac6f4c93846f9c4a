"""Products as a vendor lists them."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from practice.vendors.contract.doses import Dose


class Kind(enum.StrEnum):
    """What a SKU may be used as. Taken from the list it came from, never from its prefix."""

    BOTTLE = "bottle"
    PILL = "pill"
    PACK = "pack"


@dataclass(frozen=True)
class ListingRow:
    """One SKU as a vendor lists it, in our words; `raw` keeps the vendor's own object.

    Prices are per `kind` unit (bottle, or one pill). `stock` is a count and may be
    negative; None when the vendor gives none. `in_stock` is None when unknown.
    `default_doses` is empty where the vendor's advice could not be read as numbers;
    `default_sig` then holds it word for word.
    """

    sku: str
    name: str
    kind: Kind = Kind.BOTTLE
    brand: str = ""
    upc: str = ""
    count: str = ""
    count_unit: str = ""
    flavor: str = ""
    retail_price: Decimal | None = None
    wholesale_price: Decimal | None = None
    lowest_advertised: Decimal | None = None
    stock: int | None = None
    in_stock: bool | None = None
    availability: str = ""
    description_html: str = ""
    facts_html: str = ""
    warnings: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    default_doses: tuple[Dose, ...] = ()
    default_sig: str = ""
    pill_sku: str = ""
    generic_name: str = ""
    is_private_label: bool = False
    vendor_product_id: str = ""
    vendor_updated_at: dt.datetime | None = None
    raw: dict = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Page:
    """One page of a listing. `next` is the next page's number, None on the last;
    `total` counts all rows over all pages and `pages` all pages, where the vendor says;
    `skipped` counts rows that could not be used (a blank SKU)."""

    rows: tuple[ListingRow, ...]
    next: int | None = None
    total: int | None = None
    pages: int | None = None
    skipped: int = 0


class WholeList:
    """A list that a vendor gives whole: kept in a file, read row by row and as often as wanted,
    never in memory at once. `skipped` counts the entries of the last reading that could not be
    used. Reading raises the contract's errors where the list breaks off."""

    def __init__(self, entries: Callable[[], Iterable[tuple[ListingRow, ...]]]):
        self._entries = entries
        self.skipped = 0

    def rows(self) -> Iterator[ListingRow]:
        """Each SKU of a kind once: the first counts."""
        self.skipped, known = 0, set()
        for entry in self._entries():
            self.skipped += not entry
            for row in entry:
                if (row.kind, row.sku) not in known:
                    known.add((row.kind, row.sku))
                    yield row
