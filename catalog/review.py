"""Pairs of listings of which the matcher cannot say whether they are one product, and what a
person said of them.

The matcher is unsure where something strong speaks for two listings and something else kept
them apart: the same barcode on labels that differ, the same name in two shops under two
barcodes, or a label that is nearly the same. Matching writes those down (`doubts`) and heeds
what was decided, so the next reading undoes nothing.
"""

from __future__ import annotations

import datetime as dt

from django.db.models import Q

from catalog import match
from catalog.models import Listing, Review
from practice.vendors.contract import Kind


def find(practice_id: int | None) -> None:
    """Forgets the open questions of one owner that answered themselves: the two are one
    product now, or one is no longer sold. Works inside a unit."""
    mine = Review.objects.owned_by(practice_id).filter(state=Review.State.OPEN)
    pairs = list(mine.values_list("pk", "one_id", "other_id"))
    # Apart, and no join: right after a first reading the planner knows nothing of the tables.
    ids = {pk for _, *pair in pairs for pk in pair}
    sold = Listing.objects.filter(pk__in=ids, retired_at=None).values_list("pk", "product_id")
    product = dict(sold)
    settled = [
        pk
        for pk, one, other in pairs
        if one not in product or other not in product or product[one] == product[other]
    ]
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


def reopen(review: Review) -> None:
    """Takes a decision back: the two are matched as if nobody had said anything. Inside a
    unit."""
    review.reopen()
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


def _later(review: Review) -> Listing:
    """Which of the two moves: a practice's own, otherwise the one that came later."""
    own = [row for row in (review.one, review.other) if row.practice_id]
    return own[-1] if own else review.other


def _again(listing: Listing) -> None:
    """Matches it once more, heeding what was decided."""
    Listing.objects.filter(pk=listing.pk).update(matched_by="")
    match.batch(listing.practice_id, only=[listing.pk])
