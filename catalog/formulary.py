"""A practice's formulary: which products it prefers, allows or avoids, and why.

It warns and never blocks. Each decision is a row that replaces the one before, so that who
decided what, and when, is kept, and the last decision can be undone by the one before it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

from django.db import connection as database
from django.db.models import Q

from catalog import search
from catalog.models import Favourite, FormularyEntry, Product, Standing
from practice import locks
from practice.models import Membership


class Overtaken(Exception):
    """Somebody decided anew meanwhile: there is something else to undo now."""


def of(practice, product_ids: Iterable[int]) -> dict[int, FormularyEntry]:
    """What is said of each of these products, by its id. One query."""
    said = FormularyEntry.objects.for_practice(practice).said().filter(product__in=product_ids)
    return {entry.product_id: entry for entry in said.select_related("decided_by")}


def history(practice, product: Product) -> list[FormularyEntry]:
    """Every decision about one product, the one that stands first."""
    rows = FormularyEntry.objects.for_practice(practice).filter(product=product)
    return list(rows.select_related("decided_by"))


def find(practice, words: str = "", standing: str = ""):
    """Decisions that stand, by the products' names: those of `standing`, or all that say
    something; with `words` in the name, the brand or the reason."""
    rows = FormularyEntry.objects.for_practice(practice)
    rows = rows.current().filter(standing=standing) if standing else rows.said()
    for word in search.typed(words).split():
        rows = rows.filter(
            Q(product__name__icontains=word)
            | Q(product__brand__icontains=word)
            | Q(reason__icontains=word)
        )
    return rows.select_related("product", "decided_by").order_by("product__name", "pk")


def decide(
    product: Product, standing: str, reason: str, *, by: Membership, now: dt.datetime
) -> FormularyEntry:
    """Replaces what the practice of `by` says of `product`. What is said already stays as it
    stands. Works inside a unit."""
    locks.until_the_end("formulary", by.practice_id)
    current = FormularyEntry.objects.for_practice(by.practice_id).current()
    before = current.filter(product=product).first()
    if before and (before.standing, before.reason) == (standing, reason):
        return before
    if before:
        before.replaced_at = now
        before.save(update_fields=["replaced_at"])
    return FormularyEntry.objects.create(
        practice_id=by.practice_id,
        product=product,
        standing=standing,
        reason=reason,
        decided_by=by,
        decided_at=now,
    )


def undo(entry: FormularyEntry, *, by: Membership, now: dt.datetime) -> FormularyEntry:
    """Decides again what stood before `entry`. Raises Overtaken. Works inside a unit."""
    rows = FormularyEntry.objects.for_practice(by.practice_id).filter(product=entry.product_id)
    newest, before = [*rows[:2], None, None][:2]
    if newest is None or newest.pk != entry.pk:
        raise Overtaken
    standing, reason = (before.standing, before.reason) if before else (Standing.NONE, "")
    return decide(entry.product, standing, reason, by=by, now=now)


def star(product: Product, member: Membership, *, wanted: bool) -> None:
    """Stars `product` for `member`, or takes the star away."""
    mine = Favourite.objects.for_practice(member.practice_id).filter(membership=member)
    if wanted:
        mine.get_or_create(
            product=product, defaults={"practice_id": member.practice_id, "membership": member}
        )
    else:
        mine.filter(product=product).delete()


def starred(member: Membership):
    """Ids of the products that `member` starred, the last first; may be asked for within
    another query."""
    mine = Favourite.objects.for_practice(member.practice_id).filter(membership=member)
    return mine.values_list("product_id", flat=True)


# A listing's own practice alone, where it has one; and nothing to another practice's product.
_GOES_ALONG = """
    FROM unnest(%(listings)s::bigint[], %(before)s::bigint[]) AS held (listing, before)
    JOIN catalog_listing listing
        ON listing.id = held.listing AND listing.product_id <> held.before
    JOIN catalog_product product ON product.id = listing.product_id
    JOIN {table} said ON said.product_id = held.before
        AND (listing.practice_id IS NULL OR listing.practice_id = said.practice_id)
        AND (product.practice_id IS NULL OR product.practice_id = said.practice_id)
"""
CARRY = [
    f"""
    UPDATE catalog_formularyentry there SET replaced_at = now()
    {_GOES_ALONG.format(table="catalog_formularyentry")}
    WHERE said.standing = 'avoid' AND said.replaced_at IS NULL
        AND there.practice_id = said.practice_id AND there.product_id = product.id
        AND there.replaced_at IS NULL AND there.standing <> 'avoid'
    """,
    f"""
    INSERT INTO catalog_formularyentry
        (practice_id, product_id, standing, reason, decided_by_id, decided_at)
    SELECT said.practice_id, product.id, said.standing, said.reason, said.decided_by_id,
        said.decided_at
    {_GOES_ALONG.format(table="catalog_formularyentry")}
    WHERE said.standing <> 'none' AND said.replaced_at IS NULL
    ORDER BY said.standing = 'avoid' DESC, said.id DESC
    ON CONFLICT DO NOTHING
    """,
    f"""
    INSERT INTO catalog_favourite (practice_id, membership_id, product_id, created_at)
    SELECT said.practice_id, said.membership_id, product.id, said.created_at
    {_GOES_ALONG.format(table="catalog_favourite")}
    ON CONFLICT DO NOTHING
    """,
]


def carry(before: Mapping[int, int]) -> None:
    """Takes what was said of a product along with each listing that left it: `before` is the
    product of each listing until now. What is said of its new product stands, unless it is
    softer than "avoid". Works inside a unit, for the practices that it opens."""
    if not before:
        return
    given = {"listings": list(before), "before": list(before.values())}
    with database.cursor() as cursor:
        for statement in CARRY:
            cursor.execute(statement, given)
