"""Pairs of listings of which the matcher cannot say whether they are one product, and what a
person said of them.

The matcher is unsure where something strong speaks for two listings and something else kept
them apart: the same barcode on labels that differ, or the same name in two shops under two
barcodes. `find` writes those down after each reading; `match` heeds what was decided, so
the next reading undoes nothing.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections import defaultdict

from django.db.models import Count, Q

from catalog import keys, match
from catalog.models import Listing, Review
from practice.vendors.contract import Kind


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
    """Evidence by pair of listings (ids, the smaller first) on two products, of which one at
    least is the owner's. Groups are asked for and paired here: a join of the table with itself
    takes minutes where the planner knows nothing of it yet, which is at a first reading."""
    complete = _seen(practice_id).filter(name_key__regex=keys.COMPLETE)
    coded = _seen(practice_id).exclude(gtin="")
    found = {}
    for evidence, seen, key, speaks in (
        (Review.Evidence.NAME, complete, "name_key", _two_shops_and_codes),
        (Review.Evidence.GTIN, coded, "gtin", None),
    ):
        for group in _groups(seen, key):
            for one, other in itertools.combinations(group, 2):
                if (
                    one.product_id != other.product_id
                    and practice_id in (one.practice_id, other.practice_id)
                    and (speaks is None or speaks(one, other))
                ):
                    found[one.pk, other.pk] = evidence
    return found


def _seen(practice_id: int | None):
    """The bottles on sale that an owner's questions may be about."""
    return Listing.objects.filter(
        Q(practice=None) | Q(practice=practice_id),
        kind=Kind.BOTTLE,
        retired_at=None,
        product__isnull=False,
    )


def _groups(seen, key: str) -> list[list[Listing]]:
    """Listings with one value of `key` on more than one product, in order of their ids."""
    shared = seen.values(key).annotate(products=Count("product", distinct=True))
    values = list(shared.filter(products__gt=1).values_list(key, flat=True))
    groups = defaultdict(list)
    columns = ("pk", key, "gtin", "product_id", "vendor", "practice_id", "connection_id")
    for row in seen.filter(**{f"{key}__in": values}).order_by("pk").only(*columns):
        groups[getattr(row, key)].append(row)
    return list(groups.values())


def _two_shops_and_codes(one: Listing, other: Listing) -> bool:
    """One shop lists nothing twice: two of its rows with one name are two things."""
    return one.gtin != other.gtin and _shop(one) != _shop(other)


def _shop(row: Listing) -> tuple:
    return row.vendor, row.practice_id, row.connection_id


def _later(review: Review) -> Listing:
    """Which of the two moves: a practice's own, otherwise the one that came later."""
    own = [row for row in (review.one, review.other) if row.practice_id]
    return own[-1] if own else review.other


def _again(listing: Listing) -> None:
    """Matches it once more, heeding what was decided."""
    Listing.objects.filter(pk=listing.pk).update(matched_by="")
    match.batch(listing.practice_id)
