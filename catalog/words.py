"""The words by which products are found, kept on cards beside the products.

A shared card is made of shared listings only, so that a practice's listing on a shared product
is never found by another practice; a practice's own card, of both. `names` holds the words of
the label's front, `words` these and ingredients, categories and descriptions.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from django.db import connection as database

BATCH = 1000
_MARKS = re.compile("[®™©℠'’]")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3})")
_DIGITS_LETTERS = re.compile(r"(\d)([a-z])")
_WORD = re.compile(r"[^\W_]+")

# What `plain` does, in SQL.
_PLAIN = r"""regexp_replace(regexp_replace(unaccent(translate(lower({}),
    '-/_®™©℠''’', '   ')), '(\d),(?=\d{{3}})', '\1', 'g'), '(\d)([a-z])', '\1 \2', 'g')"""

_HTML = "regexp_replace({}, '<[^>]*>|&[a-z#0-9]+;', ' ', 'g')"


def _vector(text: str, weight: str) -> str:
    return f"setweight(to_tsvector('simple', {_PLAIN.format(text)}), '{weight}')"


# One look-up a product: right after a first reading there are no statistics to plan a join by.
_CARDS = f"""
SELECT product.id AS product_id, left(btrim({_PLAIN.format("product.name")}), 300) AS name,
    named.names, named.names
        || {_vector("concat_ws(' ', found.inside, left(found.categories::text, 1000))", "C")}
        || {_vector("coalesce(found.description, '')", "D")} AS words,
    traits.traits, found.daily_price, found.stock
FROM catalog_product product, LATERAL (
    SELECT count(*) FILTER (WHERE listing.practice_id IS NOT DISTINCT FROM OWNER) AS own,
        left(string_agg(DISTINCT concat_ws(' ', listing.name, listing.generic_name,
            listing.brand, listing.flavor), ' '), 4000) AS names,
        left(string_agg(DISTINCT concat_ws(' ', listing.sku, ltrim(listing.sku, '0'),
            listing.upc), ' '), 2000) AS codes,
        left(string_agg(jsonb_path_query_array(listing.facts,
            '$.ingredients[*].*?(@.type() == "string")')::text, ' '), 6000) AS inside,
        left(string_agg({_HTML.format("left(listing.description_html, 1500)")}, ' '), 3000)
            AS description,
        min(listing.daily_price) AS daily_price,
        max(listing.stock) AS stock,
        bool_or(CASE WHEN listing.stock IS NULL THEN listing.in_stock ELSE listing.stock > 0 END)
            AS in_stock,
        bool_or(listing.warnings <> '[]') AS warns,
        bool_or(listing.pill_sku <> '') AS packs,
        bool_or(listing.is_private_label) AS private_label,
        array_agg(DISTINCT 'vendor:' || listing.vendor) AS vendors,
        jsonb_agg(listing.categories) AS categories,
        jsonb_agg(listing.facts -> 'free_of') AS free
    FROM catalog_listing listing
    WHERE listing.product_id = product.id AND listing.kind = 'bottle'
        AND listing.retired_at IS NULL
        AND coalesce(listing.practice_id, OWNER, 0) = coalesce(OWNER, 0)
) found, LATERAL (
    SELECT {_vector("product.name", "A")}
        || {_vector("concat_ws(' ', product.brand, found.names)", "B")}
        || {_vector("coalesce(found.codes, '')", "C")} AS names
) named, LATERAL (
    SELECT array_agg(DISTINCT left(trait, 200)) AS traits FROM (
        SELECT unnest(found.vendors)
        UNION ALL SELECT 'brand:' || product.brand WHERE product.brand <> ''
        UNION ALL SELECT 'form:' || product.form WHERE product.form <> ''
        UNION ALL SELECT 'stock:yes' WHERE found.in_stock
        UNION ALL SELECT CASE WHEN found.warns THEN 'warning:yes' ELSE 'warning:no' END
        UNION ALL SELECT 'packs:yes' WHERE found.packs
        UNION ALL SELECT 'label:own' WHERE found.private_label
        UNION ALL SELECT 'category:' || value
            FROM jsonb_path_query(found.categories, '$[*][*]') each,
                LATERAL (SELECT each #>> '{{}}' AS value) one
        UNION ALL SELECT 'free:' || value FROM jsonb_path_query(found.free, '$[*][*]') each,
            LATERAL (SELECT each #>> '{{}}' AS value) one
    ) every (trait) WHERE trait <> 'category:'
) traits
WHERE product.id = ANY(%(products)s) AND found.own > 0
"""
_COLUMNS = "product_id, name, names, words, traits, daily_price, stock"
_AGAIN = ", ".join(f"{column} = EXCLUDED.{column}" for column in _COLUMNS.split(", ")[1:])

_SHARED = f"""
WITH made AS MATERIALIZED ({_CARDS.replace("OWNER", "NULL::bigint")}),
gone AS (
    DELETE FROM catalog_sharedcard WHERE product_id = ANY(%(products)s)
        AND product_id NOT IN (SELECT product_id FROM made)
), written AS (
    INSERT INTO catalog_sharedcard ({_COLUMNS}) SELECT {_COLUMNS} FROM made
    ON CONFLICT (product_id) DO UPDATE SET {_AGAIN}
)
"""
_OWN = f"""
WITH made AS MATERIALIZED ({_CARDS.replace("OWNER", "%(practice)s")}),
gone AS (
    DELETE FROM catalog_owncard WHERE practice_id = %(practice)s
        AND product_id = ANY(%(products)s) AND product_id NOT IN (SELECT product_id FROM made)
), written AS (
    INSERT INTO catalog_owncard (practice_id, {_COLUMNS})
    SELECT %(practice)s, {_COLUMNS} FROM made
    ON CONFLICT (practice_id, product_id) DO UPDATE SET {_AGAIN}
)
"""
# Without statistics the rows that a policy lets through are taken for few, and all of them are
# gathered for each product; with its own index alone, one product's are.
_PLAN = "SELECT set_config('enable_bitmapscan', %s, true), set_config('jit', %s, true)"
_BESIDE = """
SELECT practice_id, array_agg(product_id) FROM catalog_owncard
WHERE product_id = ANY(%s) GROUP BY practice_id
"""
_LACKING = """
SELECT DISTINCT product_id FROM catalog_listing listing
WHERE practice_id IS NOT DISTINCT FROM %(practice)s::bigint AND kind = 'bottle'
    AND retired_at IS NULL AND product_id IS NOT NULL AND product_id NOT IN (
        SELECT product_id FROM {card}
    )
ORDER BY product_id
"""
# Only letters are corrected, and nothing that stands in a description alone.
_ADD_WORDS = """
INSERT INTO catalog_word (practice_id, facet, word, n)
SELECT DISTINCT %(practice)s::bigint, '', left(lexeme, 60), 0
FROM made, unnest(made.words) WHERE lexeme ~ '^[a-z]{3,}$' AND weights && '{A,B,C}'
ORDER BY 3
ON CONFLICT DO NOTHING
"""

_COUNT = """
WITH counted (facet, word, n) AS (
    SELECT '', left(word, 60), ndoc FROM ts_stat('SELECT words FROM {table} {where}', 'abc')
    WHERE word ~ '^[a-z]{{3,60}}$'
    UNION ALL SELECT split_part(trait, ':', 1), substr(trait, strpos(trait, ':') + 1), sum(one)
    FROM (
        SELECT unnest(traits || 'all:'::text), 1 FROM {table} {where}
        {replaced}
    ) every (trait, one) GROUP BY trait
), gone AS (
    DELETE FROM catalog_word was WHERE practice_id IS NOT DISTINCT FROM %(practice)s::bigint
    AND NOT EXISTS (
        SELECT FROM counted WHERE counted.facet = was.facet AND counted.word = was.word
    )
)
INSERT INTO catalog_word (practice_id, facet, word, n)
SELECT %(practice)s::bigint, facet, word, n FROM counted
ON CONFLICT (practice_id, facet, word) DO UPDATE SET n = EXCLUDED.n
WHERE catalog_word.n <> EXCLUDED.n
"""
# What its own cards stand instead of is taken off again.
_REPLACED = """
UNION ALL SELECT unnest(shared.traits || 'all:'::text), -1 FROM catalog_sharedcard shared
JOIN catalog_owncard own USING (product_id) WHERE own.practice_id = %(practice)s
"""


def plain(text: str) -> str:
    """Lower case without accents and marks, "5,000" as 5000, "500mg" as 500 mg."""
    bare = unicodedata.normalize("NFKD", _MARKS.sub("", text).lower())
    bare = "".join(letter for letter in bare if not unicodedata.combining(letter))
    return _DIGITS_LETTERS.sub(r"\1 \2", _THOUSANDS.sub("", re.sub("[-/_]", " ", bare)))


def split(text: str) -> list[str]:
    return _WORD.findall(plain(text))


def refresh(product_ids: Iterable[int], practice_id: int | None):
    """Writes the cards of these products that this owner's listings make; for shared listings,
    also the cards of practices that have listings of their own beside them. Inside a unit."""
    ids = list(product_ids)
    with database.cursor() as cursor:
        cursor.execute(_PLAN, ["off", "off"])
        statement = (_SHARED if practice_id is None else _OWN) + _ADD_WORDS
        cursor.execute(statement, {"products": ids, "practice": practice_id})
        cursor.execute(_PLAN, ["on", "on"])
        beside = []
        if practice_id is None:
            cursor.execute(_BESIDE, [ids])
            beside = cursor.fetchall()
    for owner, products in beside:
        refresh(products, owner)


def catch_up(practice_id: int | None):
    """Writes the cards that this owner's products lack. Inside a unit."""
    card = "catalog_sharedcard"
    if practice_id is not None:
        card = "catalog_owncard WHERE practice_id = %(practice)s"
    with database.cursor() as cursor:
        cursor.execute(_LACKING.format(card=card), {"practice": practice_id})
        lacking = [product for (product,) in cursor.fetchall()]
    for start in range(0, len(lacking), BATCH):
        refresh(lacking[start : start + BATCH], practice_id)


def recount(practice_id: int | None):
    """Counts this owner's words and traits anew. Inside a unit; seconds for a million cards."""
    table, where, replaced = "catalog_sharedcard", "", ""
    if practice_id is not None:
        table, replaced = "catalog_owncard", _REPLACED
        where = f"WHERE practice_id = {int(practice_id)}"
    with database.cursor() as cursor:
        cursor.execute(
            _COUNT.format(table=table, where=where, replaced=replaced), {"practice": practice_id}
        )
