"""Other spellings of a brand, as staff wrote them down."""

from __future__ import annotations

import datetime as dt

from catalog import keys
from catalog.models import BrandAlias, Listing


def table() -> dict[str, str]:
    """{folded spelling: the folded brand that it means}. An alias of an alias is followed."""
    said = dict(BrandAlias.objects.values_list("folded", "means"))
    found = {}
    for spelling in said:
        brand, seen = said[spelling], {spelling}
        while brand in said and brand not in seen:
            seen.add(brand)
            brand = said[brand]
        found[spelling] = brand
    return found


def add(alias: str, brand: str, by: str, now: dt.datetime) -> BrandAlias:
    """From now on `alias` is read as `brand`. Inside a unit of all practices."""
    row = BrandAlias.objects.create(
        alias=alias,
        brand=brand,
        folded=keys.brand_key(alias),
        means=keys.brand_key(brand),
        added_by=by[:150],
        added_at=now,
    )
    _again(row)
    return row


def remove(row: BrandAlias) -> None:
    """Takes an alias back. Inside a unit of all practices."""
    _again(row)
    row.delete()


def _again(row: BrandAlias) -> None:
    """The next matching reads these labels anew. A brand leads every key."""
    Listing.objects.filter(name_key__startswith=f"{row.folded}|").update(matched_by="")
