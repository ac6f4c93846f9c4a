"""The words by which products are found, kept beside each product as a search vector.

A product's vector is made of its owner's own listings only, so that a practice's listing on
a shared product is never found by another practice.
"""

from collections.abc import Iterable

from django.db import connection as database

# Marks away, "5,000" as 5000, "500mg" as 500 mg: what catalog.search does to what is typed.
_PLAIN = r"""regexp_replace(regexp_replace(unaccent(translate(lower({}),
    '-/_®™©℠''’', '   ')), '(\d),(?=\d{{3}})', '\1', 'g'), '(\d)([a-z])', '\1 \2', 'g')"""

# One look-up a product: right after a first reading there are no statistics to plan a join by.
REFRESH = f"""
UPDATE catalog_product product SET search =
    setweight(to_tsvector('simple', {_PLAIN.format("product.name")}), 'A')
    || setweight(to_tsvector('simple', {_PLAIN.format("product.brand")}), 'B')
    || setweight(to_tsvector('simple', {_PLAIN.format("coalesce(found.names, '')")}), 'B')
    || setweight(to_tsvector('simple', coalesce(found.codes, '')), 'C')
FROM unnest(%(products)s::bigint[]) AS asked (id), LATERAL (
    SELECT left(string_agg(DISTINCT listing.name || ' ' || listing.generic_name
            || ' ' || listing.flavor, ' '), 4000) AS names,
        left(string_agg(DISTINCT concat_ws(' ', listing.sku, ltrim(listing.sku, '0'),
            listing.upc), ' '), 2000) AS codes
    FROM catalog_listing listing
    WHERE listing.product_id = asked.id AND listing.kind = 'bottle'
        AND listing.practice_id IS NOT DISTINCT FROM %(practice)s
) found
WHERE product.id = asked.id AND product.practice_id IS NOT DISTINCT FROM %(practice)s
"""


def refresh(product_ids: Iterable[int], practice_id: int | None):
    """Writes the vectors of those of `product_ids` that have this owner. Inside a unit."""
    with database.cursor() as cursor:
        cursor.execute(REFRESH, {"products": list(product_ids), "practice": practice_id})
