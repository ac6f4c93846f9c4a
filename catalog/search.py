"""Finding products by what a person types: a code, the beginnings of words, or nearly so.

Exact code first, then words by their beginnings, then words of the catalogue that are a slip
or two away, then names that look alike; a step is taken only where the one before found too
little. A constant number of queries.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from django.db import connection as database
from django.db.models import Prefetch

from catalog import corrections, keys, lexicon, query, synonyms, words
from catalog.facets import Chosen
from catalog.models import Listing, Product

# Nobody turns this many pages, and more would only be counted slower.
MOST = 1000
MOST_TYPED = 200
MOST_WORDS = 12
# Fewer than these, and what was typed may be a slip.
ENOUGH = 3
# How alike a name must be, by pg_trgm's word similarity: one slip in a word of seven letters.
ALIKE = 0.45
SHORTEST_ALIKE = 3
BULKY = ("raw", "description_html", "facts_html", "facts")
RELEVANCE, PRICE, STOCK, NAME, UNSORTED = "relevance", "price", "stock", "name", "unsorted"
ORDERS = {
    RELEVANCE: "score DESC, name, product_id",
    PRICE: "daily_price ASC NULLS LAST, product_id",
    STOCK: "stock DESC NULLS LAST, product_id",
    NAME: "name, product_id",
}


@dataclass(frozen=True)
class Asked:
    """What somebody looks for. `as_typed` takes it word for word; `counted` asks for the counts
    of the facets as well."""

    text: str = ""
    chosen: Chosen = field(default_factory=lambda: Chosen({}))
    order: str = RELEVANCE
    as_typed: bool = False
    counted: bool = False
    most: int = MOST


@dataclass(frozen=True)
class Found:
    """Ids of products, best first, MOST at most. `counts` are of these, by facet and value;
    of all there are where nothing was asked. `corrected` is what was looked for instead of what
    was typed."""

    ids: tuple[int, ...] = ()
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    corrected: str = ""
    total: int | None = None

    @property
    def is_cut(self) -> bool:
        return self.total is None and len(self.ids) >= MOST


def find(practice, text: str, limit: int = 20) -> list[Product]:
    """The best products for `text`, each with `.offers`: the listings of all vendors that
    the practice may recommend. Nothing typed finds nothing."""
    return with_offers(practice, ids(practice, text, limit))


def ids(practice, text: str, most: int = MOST) -> list[int]:
    """Ids of products for `text`, best first. Inside a unit of the practice."""
    if not typed(text):
        return []
    return list(look_up(practice, Asked(text, most=most)).ids)


def typed(text: str) -> str:
    """What was typed, as far as it is words: the database refuses NUL."""
    return text.replace("\0", " ").strip()[:MOST_TYPED]


def look_up(practice, asked: Asked) -> Found:
    """What the practice finds. Inside a unit of the practice."""
    owner = getattr(practice, "pk", practice)
    text = typed(asked.text)
    if not text:
        return _browse(owner, asked)
    tokens = _tokens(text)
    if not tokens:
        return Found()
    wanted = query.typed(synonyms.parts(tokens))
    found = _run(owner, asked, wanted, code=text, begins=" ".join(tokens))
    if len(found.ids) >= ENOUGH or asked.as_typed:
        return found
    return _corrected(owner, asked, tokens, found) or _alike(owner, asked, text, found)


def with_offers(practice, product_ids: Sequence[int]) -> list[Product]:
    """The products in this order, each with `.offers` by vendor and a `.title` to show. Two
    queries."""
    offers = Listing.objects.seen_by(practice).offered().defer(*BULKY).order_by("vendor", "pk")
    found = (
        Product.objects.seen_by(practice)
        .filter(pk__in=product_ids)
        .prefetch_related(Prefetch("listings", queryset=offers, to_attr="offers"))
    )
    by_id = {product.pk: product for product in found if product.offers}
    for product in by_id.values():
        product.title = _title(product)
    return [by_id[pk] for pk in product_ids if pk in by_id]


def _title(product: Product) -> str:
    """The product's name; an offer's where only that says how strong it is."""
    if not keys.facts(name=product.name).strength:
        for offer in product.offers:
            if keys.Facts.of_key(offer.name_key).strength:
                return keys.title(offer.name, offer.count, offer.count_unit)
    return product.name


def _tokens(text: str) -> list[str]:
    found = words.split(text)[:MOST_WORDS]
    return [word for word in found if word not in lexicon.FILLERS] or found


# --- The steps


def _browse(owner: int, asked: Asked) -> Found:
    """Everything, from A to Z where nothing else is asked."""
    found = _run(owner, replace(asked, counted=asked.counted and bool(asked.chosen)), None)
    if not asked.counted or asked.chosen:
        return found
    with database.cursor() as cursor:
        cursor.execute(TALLY, {"owner": owner})
        tally = {facet: json.loads(counted) for facet, counted in cursor.fetchall()}
    total = tally.pop("all", {}).get("", 0)
    return replace(found, counts=tally, total=max(total, len(found.ids)))


def _corrected(owner: int, asked: Asked, tokens: list[str], few: Found) -> Found | None:
    """With each word that the catalogue does not know as one that it does; then with each."""
    near = corrections.near(owner, tokens)
    unknown = [[word] if word in found else found for word, found in zip(tokens, near, strict=True)]
    for candidates in (unknown, near):
        if all(
            len(found) == 1 and found[0] == word
            for word, found in zip(tokens, candidates, strict=True)
        ):
            continue
        found = _run(owner, asked, query.corrected(candidates))
        if len(found.ids) > len(few.ids):
            best = words.split(_name(found.ids[0]))
            meant = [next((w for w in found if w in best), found[0]) for found in candidates]
            return replace(found, corrected=" ".join(meant)) if meant != tokens else found
    return few if few.ids else None


def _alike(owner: int, asked: Asked, text: str, nothing: Found) -> Found:
    alike = " ".join(words.split(text))
    if len(alike) < SHORTEST_ALIKE:
        return nothing
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('pg_trgm.word_similarity_threshold', %s, true)", [str(ALIKE)]
        )
    return _run(owner, asked, None, alike=alike)


def _name(product_id: int) -> str:
    return Product.objects.values_list("name", flat=True).get(pk=product_id)


# --- The statement

TALLY = """
SELECT facet, jsonb_object_agg(word, n) FROM (
    SELECT facet, word, sum(n) AS n FROM catalog_word
    WHERE facet <> '' AND (practice_id IS NULL OR practice_id = %(owner)s)
    GROUP BY facet, word
) summed GROUP BY facet
"""
_OWN = "catalog_owncard card WHERE card.practice_id = %(owner)s"
# Hashed once: how many cards are a practice's own is always guessed too low under its policy.
_SHARED = """catalog_sharedcard card WHERE card.product_id NOT IN
    (SELECT product_id FROM catalog_owncard WHERE practice_id = %(owner)s)"""
_CODES = " UNION ALL ".join(
    f"SELECT product_id FROM catalog_listing WHERE practice_id {whose} AND {column} = %({value})s"
    " AND kind = 'bottle' AND retired_at IS NULL AND product_id IS NOT NULL"
    for whose in ("IS NULL", "= %(owner)s")
    for column, value in (("sku", "code"), ("upc", "code"), ("gtin", "gtin"))
)
_KEPT = "product_id, name, traits, daily_price, stock"
_COUNTS = """(SELECT jsonb_object_agg(facet, counted) FROM (
    SELECT facet, jsonb_object_agg(value, n) AS counted FROM (
        SELECT split_part(trait, ':', 1) AS facet, substr(trait, strpos(trait, ':') + 1) AS value,
            count(*) AS n
        FROM {hits}, unnest(traits) trait {only} GROUP BY trait
    ) each GROUP BY facet
) every)"""
_FRONT, _INSIDE = "card.names @@ %(front)s::tsquery", "card.words @@ %(inside)s::tsquery"
_RANK = f"""2 * ts_rank(card.names, %(exact)s::tsquery, 1)
    + ts_rank(card.names, %(front)s::tsquery, 1)
    + 0.2 * ({_FRONT})::int + 0.3 * starts_with(card.name, %(begins)s)::int"""


def _run(owner: int, asked: Asked, wanted: query.Query | None, **given) -> Found:
    """One statement: the ids, and how many of them have each trait. A facet of which something
    is chosen is counted as if nothing were. `given`: `code` and `begins`, as they were typed,
    or `alike`, a name."""
    given = {"code": "", "begins": "", "alike": ""} | given
    given |= {
        "owner": owner,
        "pool": MOST,
        "most": asked.most,
        "gtin": keys.gtin(given["code"]) or None,
        "code": given["code"].replace(" ", ""),
        "beyond": given["begins"] + "\U0010ffff",
    }
    if wanted:
        given |= vars(wanted)
    sets = {"hits": _hits(wanted, asked.chosen, asked.order, given)}
    counts = [_COUNTS.format(hits="hits", only="")]
    for key in asked.chosen.values:
        sets[f"hits_{key}"] = _hits(wanted, asked.chosen.without(key), UNSORTED, given)
        counts.append(_COUNTS.format(hits=f"hits_{key}", only=f"WHERE trait LIKE '{key}:%%'"))
    if not asked.counted:
        sets, counts = {"hits": sets["hits"]}, ["NULL"]
    if given["code"]:
        sets = {"code": _CODES, **sets}
    order = ORDERS[asked.order if wanted or given["alike"] or asked.order != RELEVANCE else NAME]
    statement = (
        f"WITH {', '.join(f'{name} AS MATERIALIZED ({each})' for name, each in sets.items())} "
        f"SELECT ARRAY(SELECT product_id FROM hits ORDER BY {order} LIMIT %(most)s), "
        f"{', '.join(counts)}"
    )
    with database.cursor() as cursor:
        cursor.execute(statement, given)
        ids, *counted = cursor.fetchone()
    tally = {}
    for key, found in zip(("", *asked.chosen.values), counted, strict=False):
        found = json.loads(found or "{}")
        tally |= {key: found.get(key, {})} if key else found
    return Found(tuple(ids), tally)


def _hits(wanted: query.Query | None, chosen: Chosen, order: str, given: dict) -> str:
    """The select of the cards that are met, `pool` at most of the practice's own and of the
    shared ones: by the front before by any word, where there are too many."""
    score, sorting = "0", f" ORDER BY {ORDERS[order]}" if order in (PRICE, STOCK) else ""
    if given["alike"]:
        score = "word_similarity(%(alike)s, card.name)"
        own = shared = ["%(alike)s <%% card.name"]
    elif wanted is None:
        sorting = sorting or f" ORDER BY {ORDERS[NAME]}"
        own = shared = ["true"]
    elif sorting:
        own = shared = [f"({_FRONT} OR {_INSIDE})"]
    else:
        score = _RANK if order == RELEVANCE else score
        own = [f"({_FRONT} OR {_INSIDE})"]
        shared = [_FRONT, f"{_INSIDE} AND NOT {_FRONT}"]
        if given["begins"] and order == RELEVANCE:
            shared = [f"{one} AND NOT starts_with(card.name, %(begins)s)" for one in shared]
            shared.insert(0, "card.name >= %(begins)s AND card.name < %(beyond)s")
    if given["code"]:
        own, shared = (
            ["card.product_id IN (TABLE code)"]
            + [f"{one} AND NOT EXISTS (SELECT FROM code)" for one in arms]
            for arms in (own, shared)
        )
    for at, values in enumerate(chosen.traits):
        given[f"any_of_{'_'.join(sorted(chosen.values))}_{at}"] = values
    traits = "".join(
        f" AND card.traits && %(any_of_{'_'.join(sorted(chosen.values))}_{at})s"
        for at in range(len(chosen.traits))
    )
    return " UNION ALL ".join(
        "(SELECT * FROM ("
        + " UNION ALL ".join(
            f"(SELECT {_KEPT}, {score} AS score FROM {where} AND {one}{traits}{sorting} "
            "LIMIT %(pool)s)"
            for one in arms
        )
        + ") met LIMIT %(pool)s)"
        for where, arms in ((_OWN, own), (_SHARED, shared))
    )
