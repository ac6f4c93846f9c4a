"""Which listings are one product.

Tier 1: the same real barcode, and nothing on the labels speaks against it. Tier 2: brand,
name, strength, form, flavour and count say so (`score`), and no barcode speaks against it.
Never across another count, strength, form or flavour. What finds no product becomes one.
What a person said of two listings (`Review`) stands above both tiers. `candidates` decides;
this module reads and writes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from django.db import connection as database
from django.db.models import Max

from catalog import aliases, doubts, formulary, words
from catalog.candidates import COLUMNS, Candidate, Table, words_of
from catalog.models import Listing, Product
from practice import locks, tenancy
from practice.vendors.contract import Kind

BATCH = 1000


def run(practice_id: int | None) -> Iterator[int]:
    """Matches what is unmatched of one owner, batch by batch, each in a unit of its own.
    Yields how many listings each batch had."""
    if practice_id is not None:
        with tenancy.unit():
            reconsider(practice_id)
    while True:
        done = once(practice_id)
        if not done:
            return
        yield done


def once(practice_id: int | None) -> int:
    """One batch in a unit of its own; nobody else makes products for that owner meanwhile."""
    with locks.held("match", practice_id or 0), tenancy.unit():
        return batch(practice_id)


def batch(practice_id: int | None, only: Collection[int] = ()) -> int:
    """Matches up to BATCH listings of one owner, those of one brand together, or `only` those
    of these ids. Works inside a unit."""
    unmatched = Listing.objects.owned_by(practice_id).filter(kind=Kind.BOTTLE, matched_by="")
    if only:
        unmatched = unmatched.filter(pk__in=only)
    todo = list(
        unmatched.only(*COLUMNS, "name", "brand", "count", "count_unit", "product").order_by(
            "name_key", "pk"
        )[:BATCH]
    )
    if not todo:
        return 0
    table = Table(practice_id, todo, aliases.table())
    placed = table.place()
    new = {id(found.product): found.product for _, found, *_ in placed if found.product.pk is None}
    Product.objects.bulk_create(new.values())
    _write(placed, table)
    doubts.record(practice_id, table)
    touched = {candidate.product.pk for _, candidate, *_ in placed}
    touched |= {listing.product_id for listing in todo if listing.product_id}
    formulary.carry({one.pk: one.product_id for one in todo if one.product_id})
    _rename(practice_id, touched)
    words.refresh(touched, practice_id)
    return len(todo)


def reconsider(practice_id: int):
    """Marks a practice's listings on products of its own that a shared listing could be: one
    with its barcode, or one of its block with another label than when it was last matched.
    They move to the shared product, unless a label speaks against it."""
    own = list(
        Listing.objects.filter(
            practice_id=practice_id, kind=Kind.BOTTLE, product__practice_id=practice_id
        ).values_list("pk", "gtin", "block", "keyed_at")
    )
    # Lists, and no sub-select: without statistics, right after a first reading, it would be
    # asked again for each row.
    shared = Listing.objects.filter(practice__isnull=True, kind=Kind.BOTTLE, product__isnull=False)
    coded = shared.filter(gtin__in={gtin for _, gtin, *_ in own} - {""})
    twins = set(coded.values_list("gtin", flat=True))
    alike = shared.filter(block__in={block for *_, block, _ in own} - {None})
    news = dict(alike.values_list("block").annotate(Max("keyed_at")))
    moved = [
        pk
        for pk, gtin, block, keyed_at in own
        if gtin in twins or (block in news and (keyed_at is None or news[block] >= keyed_at))
    ]
    Listing.objects.filter(pk__in=moved).update(matched_by="")


def tie_pills(practice_id: int | None, vendor: str):
    """Points each pill at a bottle of the same product: one that names the pill's SKU."""
    pills = Listing.objects.owned_by(practice_id).filter(vendor=vendor, kind=Kind.PILL)
    with database.cursor() as cursor:
        cursor.execute(TIE_PILLS, {"pills": list(pills.values_list("pk", flat=True))})


TIE_PILLS = """
UPDATE catalog_listing pill SET bottle_id = found.bottle_id
FROM (
    SELECT p.id, min(b.id) FILTER (WHERE b.retired_at IS NULL) AS bottle_id
    FROM catalog_listing p
    LEFT JOIN catalog_listing b ON b.pill_sku = p.sku AND b.vendor = p.vendor
        AND b.kind = 'bottle' AND (b.practice_id IS NULL OR b.practice_id = p.practice_id)
    WHERE p.id = ANY(%(pills)s)
    GROUP BY p.id
) found
WHERE pill.id = found.id AND pill.bottle_id IS DISTINCT FROM found.bottle_id
"""

WRITE = """
UPDATE catalog_listing SET product_id = v.product_id, matched_by = v.matched_by,
    match_score = v.match_score, family = v.family, block = v.block, keyed_at = CASE
        WHEN (catalog_listing.family, catalog_listing.block) IS DISTINCT FROM (v.family, v.block)
            OR catalog_listing.practice_id IS NOT NULL
            THEN clock_timestamp() ELSE catalog_listing.keyed_at END
FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::smallint[], %s::bigint[], %s::bigint[])
    AS v (id, product_id, matched_by, match_score, family, block)
WHERE catalog_listing.id = v.id
"""


def _write(placed: list[tuple[Listing, Candidate, str, int | None]], table: Table):
    labels = [table.todo[listing.pk].facts for listing, *_ in placed]
    with database.cursor() as cursor:
        cursor.execute(
            WRITE,
            [
                [listing.pk for listing, *_ in placed],
                [candidate.product.pk for _, candidate, *_ in placed],
                [how for *_, how, _ in placed],
                [points for *_, points in placed],
                [label.family for label in labels],
                [label.block for label in labels],
            ],
        )


def _rename(practice_id: int | None, product_ids: set[int]):
    """A product is called what its owner's first listing calls it."""
    first = (
        Listing.objects.owned_by(practice_id)
        .filter(product__in=product_ids, kind=Kind.BOTTLE)
        .order_by("product_id", "pk")
        .distinct("product_id")
        .only("product_id", "name", "brand", "count", "count_unit")
    )
    names = {listing.product_id: words_of(listing) for listing in first}
    changed = []
    for product in (
        Product.objects.owned_by(practice_id)
        .filter(pk__in=names)
        .only("pk", "name", "brand", "form", "count")
    ):
        values = names[product.pk]
        if any(getattr(product, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(product, name, value)
            changed.append(product)
    Product.objects.bulk_update(changed, ["name", "brand", "form", "count"], batch_size=200)
