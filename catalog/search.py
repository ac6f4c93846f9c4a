"""Finding products by what a person types: a code, the beginnings of words, or nearly so.

Exact code first, then words by their beginnings, then names that are one slip away; each
step is taken only when the one before found nothing. A constant number of queries.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from django.contrib.postgres.search import SearchQuery, SearchRank, TrigramWordSimilarity
from django.db import connection as database
from django.db.models import Exists, F, OuterRef, Prefetch, Q
from django.db.models.functions import Upper

from catalog import keys
from catalog.models import Listing, Product

# Nobody turns this many pages; a longer list only costs.
MOST = 200
MOST_TYPED = 200
MOST_WORDS = 12
# How alike a name must be, by pg_trgm's word similarity: one slip in a word of seven letters.
ALIKE = 0.45
BULKY = ("raw", "description_html", "facts_html")
_WORD = re.compile(r"\w+")
_DIGITS_LETTERS = re.compile(r"(\d)([a-z])")


def find(practice, words: str, limit: int = 20) -> list[Product]:
    """The best products for `words`, each with `.offers`: the listings of all vendors that
    the practice may recommend. Nothing typed finds nothing."""
    return with_offers(practice, ids(practice, words, limit))


def ids(practice, words: str, most: int = MOST) -> list[int]:
    """Ids of products for `words`, best first. Inside a unit of the practice."""
    words = typed(words)
    if not words:
        return []
    return (
        _by_code(practice, words, most)
        or _by_words(practice, words, most)
        or _by_likeness(practice, words, most)
    )


def typed(words: str) -> str:
    """What was typed, as far as it is words: the database refuses NUL."""
    return words.replace("\0", " ").strip()[:MOST_TYPED]


def offered(practice):
    """Every product of which the practice sees at least one offer."""
    offers = Listing.objects.seen_by(practice).offered().filter(product=OuterRef("pk"))
    return Product.objects.seen_by(practice).filter(Exists(offers))


def with_offers(practice, product_ids: Sequence[int]) -> list[Product]:
    """The products in this order, each with `.offers` by vendor and a `.title` to show. Two
    queries."""
    offers = Listing.objects.seen_by(practice).offered().defer(*BULKY).order_by("vendor", "pk")
    found = (
        Product.objects.seen_by(practice)
        .filter(pk__in=product_ids)
        .defer("search")
        .prefetch_related(Prefetch("listings", queryset=offers, to_attr="offers"))
    )
    by_id = {product.pk: product for product in found}
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


def _by_code(practice, words: str, most: int) -> list[int]:
    code = words.replace(" ", "")
    gtin = keys.gtin(words)
    same = Q(sku=code) | Q(upc=code)
    if gtin:
        same |= Q(gtin=gtin)
    found = (
        Listing.objects.seen_by(practice)
        .offered()
        .filter(same, product__isnull=False)
        .order_by("pk")
        .values_list("product_id", flat=True)
    )
    return list(dict.fromkeys(found[:most]))


def _by_words(practice, words: str, most: int) -> list[int]:
    plain = _DIGITS_LETTERS.sub(r"\1 \2", keys.fold(words))
    beginnings = [f"'{word}':*" for word in _WORD.findall(plain)[:MOST_WORDS]]
    if not beginnings:
        return []
    query = SearchQuery(" & ".join(beginnings), search_type="raw", config="simple")
    return list(
        offered(practice)
        .filter(search=query)
        .order_by(SearchRank(F("search"), query).desc(), "name", "pk")
        .values_list("pk", flat=True)[:most]
    )


def _by_likeness(practice, words: str, most: int) -> list[int]:
    if len(words) < 3:
        return []
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('pg_trgm.word_similarity_threshold', %s, true)", [str(ALIKE)]
        )
    return list(
        offered(practice)
        .annotate(upper=Upper("name"))
        .filter(upper__trigram_word_similar=words.upper())
        .order_by(TrigramWordSimilarity(words.upper(), Upper("name")).desc(), "name", "pk")
        .values_list("pk", flat=True)[:most]
    )
