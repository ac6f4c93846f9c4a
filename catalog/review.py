"""Pairs of listings of which the matcher cannot say whether they are one product, and what a
person said of them.

The matcher is unsure where something strong speaks for two listings and something else kept
them apart: the same barcode on labels that differ, or the same name in two shops under two
barcodes. `find` writes those down after each reading; `match` heeds what was decided, so
the next reading undoes nothing.
"""

from __future__ import annotations

import datetime as dt

from django.db import connection as database
from django.db.models import Q

from catalog import keys, match
from catalog.models import Listing, Review
from practice.vendors.contract import Kind

PAIRS = """
SELECT a.id, b.id, {evidence} FROM catalog_listing a JOIN catalog_listing b
    ON {alike} AND a.id < b.id AND a.product_id <> b.product_id
WHERE a.kind = 'bottle' AND b.kind = 'bottle' AND a.retired_at IS NULL AND b.retired_at IS NULL
    AND {owner}
"""
SAME_BARCODE = "a.gtin <> '' AND a.gtin = b.gtin"
# One shop lists nothing twice: two of its rows with one name are two things.
SAME_NAME = (
    "a.name_key = b.name_key AND a.name_key ~ %(complete)s AND a.gtin IS DISTINCT FROM b.gtin "
    "AND (a.vendor, a.practice_id, a.connection_id) "
    "IS DISTINCT FROM (b.vendor, b.practice_id, b.connection_id)"
)
SHARED = "a.practice_id IS NULL AND b.practice_id IS NULL"
OWN = (
    "(a.practice_id = %(owner)s OR b.practice_id = %(owner)s) "
    "AND coalesce(a.practice_id, %(owner)s) = %(owner)s "
    "AND coalesce(b.practice_id, %(owner)s) = %(owner)s"
)


def find(practice_id: int | None) -> None:
    """Writes down the open questions of one owner, and forgets those that answered
    themselves. Works inside a unit."""
    asked = _pairs(practice_id)
    mine = Review.objects.owned_by(practice_id)
    known = {(row.one_id, row.other_id): row for row in mine}
    Review.objects.bulk_create(
        [
            Review(practice_id=practice_id, one_id=one, other_id=other, evidence=evidence)
            for (one, other), evidence in asked.items()
            if (one, other) not in known
        ],
        ignore_conflicts=True,
    )
    settled = [row.pk for pair, row in known.items() if row.is_open and pair not in asked]
    mine.filter(pk__in=settled).delete()


def same(review: Review, by: str, now: dt.datetime) -> None:
    """The two are one product: the one that came later joins the product of the other; a
    practice's own joins the shared one. Inside a unit."""
    review.decide(Review.State.SAME, by, now)
    _again(_later(review))


def apart(review: Review, by: str, now: dt.datetime) -> None:
    """The two are two products. Inside a unit."""
    review.decide(Review.State.APART, by, now)
    if review.one.product_id == review.other.product_id:
        _again(_later(review))


def split(listing: Listing, by: str, now: dt.datetime) -> int:
    """Takes `listing` off its product, for good: it is another thing than each that stays.
    How many stay; with none, nothing is done. Inside a unit."""
    others = Listing.objects.filter(
        Q(practice__isnull=True) | Q(practice=listing.practice_id),
        product=listing.product_id,
        kind=Kind.BOTTLE,
    ).exclude(pk=listing.pk)
    stay = list(others.order_by("pk"))
    for other in stay:
        one, two = sorted((listing.pk, other.pk))
        review, _ = Review.objects.get_or_create(
            practice_id=listing.practice_id or other.practice_id,
            one_id=one,
            other_id=two,
            defaults={"evidence": Review.Evidence.SPLIT},
        )
        review.decide(Review.State.APART, by, now)
    if stay:
        _again(listing)
    return len(stay)


def _pairs(practice_id: int | None) -> dict[tuple[int, int], str]:
    owner = SHARED if practice_id is None else OWN
    given = {"owner": practice_id, "complete": keys.COMPLETE}
    found = {}
    with database.cursor() as cursor:
        for evidence, alike in (("name", SAME_NAME), ("gtin", SAME_BARCODE)):
            cursor.execute(PAIRS.format(evidence=f"'{evidence}'", alike=alike, owner=owner), given)
            found |= {(one, other): why for one, other, why in cursor.fetchall()}
    return found


def _later(review: Review) -> Listing:
    """Which of the two moves: a practice's own, otherwise the one that came later."""
    own = [row for row in (review.one, review.other) if row.practice_id]
    return own[-1] if own else review.other


def _again(listing: Listing) -> None:
    """Matches it once more, heeding what was decided."""
    Listing.objects.filter(pk=listing.pk).update(matched_by="")
    match.batch(listing.practice_id)
