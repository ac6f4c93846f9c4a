"""WholeScripts' catalogue and private-label lists as listing rows (reference 6.3, 7.3, 8.4)."""

from __future__ import annotations

from practice.vendors import reading
from practice.vendors.contract import Dose, Kind, ListingRow
from practice.vendors.wholescripts import dosing, payloads


def product_rows(product: dict) -> tuple[ListingRow, ...]:
    """A product's bottle, and its pill where it has one (6.3, 8.4); () for a blank SKU."""
    row = payloads.folded(product)
    sku, pill_sku = reading.text(row.get("sku")), reading.text(row.get("medpaxsku"))
    if not sku:
        return ()
    details = reading.mapping(row.get("medpaxdetails"))
    stock = reading.whole(row.get("quantity"))
    brand, generic = reading.text(row.get("brand")), reading.text(details.get("genericname"))
    warnings = reading.texts(row.get("warnings") or [])
    updated = reading.instant(row.get("releasedate"))
    doses, sig = _default_dosing(row.get("defaultdosing"))
    bottle = ListingRow(
        sku=sku,
        name=reading.text(row.get("productname")),
        kind=Kind.BOTTLE,
        brand=brand,
        upc=reading.text(row.get("upc")),
        count=reading.text(row.get("count")),
        count_unit=reading.text(row.get("countunit")),
        flavor=reading.text(row.get("flavor")),
        retail_price=reading.number(row.get("retailprice")),
        wholesale_price=reading.number(row.get("wholesaleprice")),
        lowest_advertised=reading.number(row.get("onlinemap")),
        stock=stock,
        in_stock=None if stock is None else stock > 0,
        description_html=reading.text(row.get("descriptionfull"))
        or reading.text(row.get("descriptionshort")),
        facts_html=reading.text(row.get("supplementfactshtml")),
        warnings=warnings,
        categories=tuple(
            filter(None, (part.strip() for part in reading.text(row.get("categories")).split(",")))
        ),
        default_doses=doses,
        default_sig=sig,
        pill_sku=pill_sku,
        generic_name=generic,
        vendor_product_id=sku,
        vendor_updated_at=updated,
        raw=reading.plain(product),
    )
    if not pill_sku or not details:
        return (bottle,)
    pills = reading.whole(details.get("quantity"))
    pill = ListingRow(
        sku=pill_sku,
        name=reading.text(details.get("name")) or bottle.name,
        kind=Kind.PILL,
        brand=brand,
        count="1",
        retail_price=reading.number(details.get("retailprice")),
        wholesale_price=reading.number(details.get("wholesaleprice")),
        stock=pills,
        in_stock=None if pills is None else pills > 0,
        warnings=warnings,
        generic_name=generic,
        vendor_product_id=sku,
        vendor_updated_at=updated,
        raw=reading.plain(reading.mapping(product.get("medPaxDetails")) or details),
    )
    return bottle, pill


def _default_dosing(value) -> tuple[tuple[Dose, ...], str]:
    """The vendor's advice as doses, or word for word where it could not be sent as it stands."""
    parts = [payloads.folded(part) for part in reading.mappings(value)]
    written = "|".join(f"{reading.text(p.get('qty'))}-{reading.text(p.get('time'))}" for p in parts)
    found = dosing.doses(written)
    is_sendable = found is not None and dosing.write(found) is not None
    food = any(dose.with_food is not None for dose in found or ())
    return (found, "") if is_sendable and not food else ((), written)


def private_label_rows(found: dict) -> tuple[ListingRow, ...]:
    """The three private-label lists (7.3); each list says what its SKUs may be used as."""
    lists = payloads.folded(found)
    return (
        *_labelled(lists.get("privatelabelproducts"), Kind.BOTTLE, "privatelabelname"),
        *_labelled(lists.get("medpaxpills"), Kind.PILL, "privatelabelname"),
        *_labelled(lists.get("privatelabelcartons"), Kind.PACK, "name"),
    )


def _labelled(value, kind: Kind, name: str) -> list[ListingRow]:
    rows = []
    for row in reading.mappings(value):
        stock, waiting = reading.whole(row.get("quantity")), row.get("isonbackorder") is True
        generic = reading.text(row.get("genericname"))
        rows.append(
            ListingRow(
                sku=reading.text(row.get("sku")),
                name=reading.text(row.get(name)) or generic,
                kind=kind,
                upc=reading.text(row.get("upc")),
                count=reading.text(row.get("count")),
                count_unit=reading.text(row.get("countunit")),
                flavor=reading.text(row.get("flavor")),
                retail_price=reading.number(row.get("retailprice")),
                wholesale_price=reading.number(row.get("wholesaleprice")),
                stock=stock,
                # A carton's count says nothing about whether a pack can be made.
                in_stock=None if stock is None or kind is Kind.PACK else stock > 0 and not waiting,
                availability="On backorder" if waiting else "",
                generic_name=generic,
                is_private_label=True,
                raw=reading.plain(row),
            )
        )
    return [row for row in rows if row.sku]
