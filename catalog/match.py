"""Which listings are one product.

Tier 1: the same real barcode, and nothing on the labels speaks against it. Tier 2: brand,
name words, strength, form and count fold to the same key, and no barcode speaks against it.
Never across another count, strength or form. What finds no product becomes one.
What a person said of two listings (`Review`) stands above both tiers.

Whose product: a shared listing joins shared products only, by shared evidence only. A
practice's listing joins a shared product if there is one, otherwise the practice's own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.db import connection as database
from django.db.models import Q
from rapidfuzz import fuzz

from catalog import formulary, keys, words
from catalog.models import Listing, Product, Review
from practice import locks, tenancy
from practice.vendors.contract import Kind

BATCH = 1000
# Brands under one barcode must be about the same; below, the barcode was used twice.
SAME_BRAND = 80
BY_PERSON, BY_GTIN, BY_NAME, ALONE = "person", "gtin", "name", "alone"


@dataclass
class _Member:
    """One bottle's evidence, as far as matching goes."""

    pk: int
    practice_id: int | None
    vendor: str
    connection_id: int | None
    product_id: int | None
    gtin: str
    facts: keys.Facts
    retired: bool


@dataclass(eq=False)
class _Candidate:
    """A product, saved or to be, with those of its listings that the owner may see."""

    product: Product
    members: dict[int, _Member] = field(default_factory=dict)

    def sort_key(self) -> tuple:
        return (self.product.practice_id is not None, self.product.pk or float("inf"))


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


def batch(practice_id: int | None) -> int:
    """Matches up to BATCH listings of one owner. Works inside a unit."""
    todo = list(
        Listing.objects.owned_by(practice_id)
        .filter(kind=Kind.BOTTLE, matched_by="")
        .select_related("product")
        .only(*_COLUMNS, "name", "brand", "count", "count_unit", "product")
        .order_by("pk")[:BATCH]
    )
    if not todo:
        return 0
    table = _Table(practice_id, todo)
    decided = [(listing, *table.place(listing)) for listing in todo]
    new = {id(c.product): c.product for _, c, _ in decided if c.product.pk is None}
    Product.objects.bulk_create(new.values())
    _write(decided)
    touched = {candidate.product.pk for _, candidate, _ in decided}
    touched |= {listing.product_id for listing in todo if listing.product_id}
    formulary.carry({one.pk: one.product_id for one in todo if one.product_id})
    _rename(practice_id, touched)
    words.refresh(touched, practice_id)
    return len(todo)


def reconsider(practice_id: int):
    """Marks a practice's listings on products of its own for which there is shared evidence
    now: they move to the shared product, unless a label speaks against it."""
    own = list(
        Listing.objects.filter(
            practice_id=practice_id, kind=Kind.BOTTLE, product__practice_id=practice_id
        ).values_list("pk", "gtin", "name_key")
    )
    # Lists, and no sub-select: without statistics, right after a first reading, it would be
    # asked again for each row.
    shared = Listing.objects.filter(practice__isnull=True, kind=Kind.BOTTLE, product__isnull=False)
    twins = _among(shared, "gtin", {gtin for _, gtin, _ in own} - {""})
    complete = shared.filter(name_key__regex=keys.COMPLETE)
    namesakes = _among(complete, "name_key", {name for *_, name in own})
    moved = [pk for pk, gtin, name in own if gtin in twins or name in namesakes]
    Listing.objects.filter(pk__in=moved).update(matched_by="")


def _among(listings, key: str, values: set[str]) -> set[str]:
    """Which of `values` one of `listings` has as its `key`."""
    return set(listings.filter(**{f"{key}__in": values}).values_list(key, flat=True))


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

_COLUMNS = (
    "pk",
    "practice_id",
    "vendor",
    "connection_id",
    "product_id",
    "gtin",
    "name_key",
    "retired_at",
)


class _Table:
    """Every product that a batch could join, by barcode and by name."""

    def __init__(self, practice_id: int | None, todo: list[Listing]):
        self.practice_id = practice_id
        gtins = {listing.gtin for listing in todo} - {""}
        names = {listing.name_key for listing in todo}
        held = {listing.product_id for listing in todo} - {None}
        self.same, self.apart = _decided(practice_id, [listing.pk for listing in todo])
        told = set().union(*self.same.values())
        seen = self._visible()
        alike = Q(gtin__in=gtins) | Q(name_key__in=names) | Q(pk__in=told)
        found = seen.filter(alike).values_list("product_id", flat=True)
        self.candidates: dict[int, _Candidate] = {
            product.pk: _Candidate(product)
            for product in Product.objects.filter(pk__in=held | set(found))
        }
        self.by_gtin: dict[str, list[_Candidate]] = defaultdict(list)
        self.by_name: dict[str, list[_Candidate]] = defaultdict(list)
        self.holding: dict[int, _Candidate] = {}
        for row in seen.filter(product__in=self.candidates).order_by("pk").values_list(*_COLUMNS):
            self._join(self.candidates[row[4]], _member(*row))

    def place(self, listing: Listing) -> tuple[_Candidate, str]:
        """The product of `listing` and what tied it there."""
        me = _member(*(getattr(listing, name) for name in _COLUMNS))
        held = self.candidates.get(listing.product_id)
        if held:
            held.members.pop(me.pk, None)
        choice, how = self._best(me, held)
        if choice is None:
            choice, how = _Candidate(_product_of(listing)), ALONE
        self._join(choice, me)
        return choice, how

    def _best(self, me: _Member, held: _Candidate | None) -> tuple[_Candidate | None, str]:
        for how, found in (
            (BY_PERSON, self._as_told(me)),
            (BY_GTIN, self._with_gtin(me)),
            (BY_NAME, self._with_name(me)),
        ):
            if found:
                # Shared before own; where the listing is already before elsewhere.
                return min(found, key=lambda c: (c.sort_key()[0], c is not held, c.sort_key())), how
        if held and not held.members and held.product.practice_id == me.practice_id:
            return held, ALONE
        return None, ALONE

    def _as_told(self, me: _Member) -> list[_Candidate]:
        held = {pk: self.holding[pk] for pk in self.same[me.pk] if pk in self.holding}
        distinct = {id(candidate): candidate for candidate in held.values()}
        return [found for found in distinct.values() if not self._told_apart(me, found)]

    def _told_apart(self, me: _Member, candidate: _Candidate) -> bool:
        return not self.apart[me.pk].isdisjoint(candidate.members)

    def _with_gtin(self, me: _Member) -> list[_Candidate]:
        return [
            candidate
            for candidate in (self.by_gtin[me.gtin] if me.gtin else ())
            if not self._told_apart(me, candidate)
            and any(member.gtin == me.gtin for member in candidate.members.values())
            and not any(
                me.facts.contradicts(member.facts) or not _same_brand(me.facts, member.facts)
                for member in candidate.members.values()
            )
        ]

    def _with_name(self, me: _Member) -> list[_Candidate]:
        if not me.facts.is_complete:
            return []
        return [
            candidate
            for candidate in self.by_name[me.facts.key]
            if not self._told_apart(me, candidate)
            and any(member.facts.key == me.facts.key for member in candidate.members.values())
            and not any(_apart(me, member) for member in candidate.members.values())
        ]

    def _join(self, candidate: _Candidate, member: _Member):
        candidate.members[member.pk] = member
        self.holding[member.pk] = candidate
        for index, key in ((self.by_gtin, member.gtin), (self.by_name, member.facts.key)):
            if key and candidate not in index[key]:
                index[key].append(candidate)

    def _visible(self):
        """Listings whose evidence counts for this owner, on products it may join."""
        mine = Q(practice__isnull=True, product__practice__isnull=True)
        if self.practice_id is not None:
            mine |= Q(practice_id=self.practice_id)
        return Listing.objects.filter(mine, kind=Kind.BOTTLE, product__isnull=False)


def _decided(practice_id: int | None, pks: list[int]) -> tuple[defaultdict, defaultdict]:
    """What a person said of these listings: ids that are the same, and that are not."""
    same, apart = defaultdict(set), defaultdict(set)
    said = Review.objects.decided().filter(Q(practice=None) | Q(practice=practice_id))
    pairs = said.filter(Q(one__in=pks) | Q(other__in=pks))
    for one, other, state in pairs.values_list("one_id", "other_id", "state"):
        into = same if state == Review.State.SAME else apart
        into[one].add(other)
        into[other].add(one)
    return same, apart


def _apart(me: _Member, other: _Member) -> bool:
    """Whether a name alone must not tie the two: their barcodes differ, their labels do, or
    one shop lists both, which it would not do with one thing."""
    if me.gtin and other.gtin and me.gtin != other.gtin:
        return True
    one_shop = (me.vendor, me.practice_id, me.connection_id) == (
        other.vendor,
        other.practice_id,
        other.connection_id,
    )
    return me.facts.contradicts(other.facts) or (one_shop and not other.retired)


def _same_brand(one: keys.Facts, other: keys.Facts) -> bool:
    if not one.brand or not other.brand:
        return True
    return fuzz.token_set_ratio(one.brand, other.brand) >= SAME_BRAND


def _member(pk, practice_id, vendor, connection_id, product_id, gtin, name_key, retired_at):
    facts = keys.Facts.of_key(name_key)
    return _Member(
        pk, practice_id, vendor, connection_id, product_id, gtin, facts, retired_at is not None
    )


def _product_of(listing: Listing) -> Product:
    return Product(practice_id=listing.practice_id, **_words_of(listing))


def _words_of(listing: Listing) -> dict:
    return {
        "name": keys.title(listing.name, listing.count, listing.count_unit),
        "brand": listing.brand,
        "form": keys.form_word(listing.count_unit),
        "count": listing.count,
    }


WRITE = """
UPDATE catalog_listing SET product_id = v.product_id, matched_by = v.matched_by,
    family = v.family, block = v.block, keyed_at = CASE
        WHEN (catalog_listing.family, catalog_listing.block) IS DISTINCT FROM (v.family, v.block)
            THEN now() ELSE catalog_listing.keyed_at END
FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::bigint[], %s::bigint[])
    AS v (id, product_id, matched_by, family, block)
WHERE catalog_listing.id = v.id
"""


def _write(decided: list[tuple[Listing, _Candidate, str]]):
    labels = [keys.Facts.of_key(listing.name_key) for listing, _, _ in decided]
    with database.cursor() as cursor:
        cursor.execute(
            WRITE,
            [
                [listing.pk for listing, _, _ in decided],
                [candidate.product.pk for _, candidate, _ in decided],
                [how for _, _, how in decided],
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
    names = {listing.product_id: _words_of(listing) for listing in first}
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
