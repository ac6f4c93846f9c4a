"""Which product each listing of one batch belongs to.

Everything the batch could join is read at once; the rest happens in memory. First what is
sure, listing by listing: a person's word, one barcode, one label. Then what is alike, the
best pairs first, so that the order in which listings came decides nothing: a pair is tied
only where neither side has another that fits nearly as well. What is left doubtful between
two products is a question for a person.

Whose product: a shared listing joins shared products only, by shared evidence only. A
practice's listing joins a shared product if there is one, otherwise the practice's own.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.db.models import Q

from catalog import keys, score
from catalog.models import Listing, Product, Review
from practice.vendors.contract import Kind

BY_PERSON, BY_GTIN, BY_NAME, ALONE = "person", "gtin", "name", "alone"
COLUMNS = (
    *("pk", "practice_id", "vendor", "connection_id", "product_id"),
    *("gtin", "name_key", "retired_at"),
)
# A code on labels of so many brands was made up.
SHARED_BY_BRANDS = 3
MOST_ASKED = 5


@dataclass(eq=False)
class Member:
    """One bottle's evidence, as far as matching goes. `shop` lists nothing twice."""

    pk: int
    shop: tuple
    product_id: int | None
    gtin: str
    facts: keys.Facts
    block: int | None
    retired: bool

    @classmethod
    def of(
        cls, aliases, pk, practice_id, vendor, connection_id, product_id, gtin, name_key, retired_at
    ):
        facts = keys.Facts.of_key(name_key).under(aliases)
        shop = (vendor, practice_id, connection_id)
        return cls(pk, shop, product_id, gtin, facts, facts.block, retired_at is not None)


@dataclass(eq=False)
class Candidate:
    """A product, saved or to be, with those of its listings that the owner may see."""

    product: Product
    members: dict[int, Member] = field(default_factory=dict)

    @property
    def rank(self) -> tuple:
        """Shared before own, the older before the younger."""
        return (
            self.product.practice_id is not None,
            self.product.pk or float("inf"),
            min(self.members, default=0),
        )


@dataclass(frozen=True, eq=False)
class Fit:
    """A product that `me` is like, by that of its labels which is most like it."""

    points: int
    me: Member
    candidate: Candidate
    by: Member
    may_tie: bool

    @property
    def order(self) -> tuple:
        return (-self.points, -self.me.pk, self.candidate.rank)


@dataclass(frozen=True)
class Doubt:
    """Two listings on two products that may be one thing."""

    one: Member
    other: Member
    evidence: str

    @property
    def pair(self) -> tuple[int, int]:
        return tuple(sorted((self.one.pk, self.other.pk)))


class Table:
    """Every product that a batch could join, by barcode, by label and by block."""

    def __init__(
        self, practice_id: int | None, todo: list[Listing], aliases: Mapping[str, str] = {}
    ):
        self.practice_id, self.aliases = practice_id, aliases
        self.todo = {listing.pk: self._member(listing) for listing in todo}
        self.listings = {listing.pk: listing for listing in todo}
        self.same, self.apart = _decided(practice_id, list(self.todo))
        self.by_gtin: dict[str, list[Candidate]] = defaultdict(list)
        self.by_label: dict[str, list[Candidate]] = defaultdict(list)
        self.by_block: dict[int, dict[int, Member]] = defaultdict(dict)
        self.home: dict[int, Candidate] = {}
        self.candidates = self._read()
        self.known = self._words()
        self.shared_codes = self._shared_codes()

    def place(self) -> list[tuple[Listing, Candidate, str, int | None]]:
        """(listing, its product, what tied it there, points of a name) of the whole batch."""
        tied = {pk: self._settle(me) for pk, me in self.todo.items()}
        for fit in self._likely([me for me in self.todo.values() if tied[me.pk][0] == ALONE]):
            self._move(fit.me, fit.candidate)
            tied[fit.me.pk] = (BY_NAME, fit.points)
        return [(self.listings[pk], self.home[pk], *tied[pk]) for pk in self.todo]

    def doubts(self) -> list[Doubt]:
        """What of the batch a person has to say. After `place`."""
        found = {}
        for me in self.todo.values():
            for doubt in (*self._alike_but_apart(me), *self._coded_but_apart(me)):
                found[doubt.pair] = doubt
        return list(found.values())

    def compared(self, doubt: Doubt) -> tuple[int, list[score.Part]]:
        return score.compare(doubt.one.facts, doubt.other.facts, self.known)

    # --- What is sure

    def _settle(self, me: Member) -> tuple[str, int | None]:
        held = self.candidates.get(me.product_id)
        if held:
            held.members.pop(me.pk, None)
        for how, found in (
            (BY_PERSON, self._as_told(me)),
            (BY_GTIN, self._with_gtin(me)),
            (BY_NAME, self._with_label(me)),
        ):
            if found:
                # Shared before own; where the listing is already before elsewhere.
                best = min(found, key=lambda c: (c.rank[0], c is not held, c.rank))
                self._join(best, me)
                return how, 100 if how == BY_NAME else None
        if held and not held.members and held.product.practice_id == self.practice_id:
            self._join(held, me)
        else:
            self._join(Candidate(self._new(me)), me)
        return ALONE, None

    def _as_told(self, me: Member) -> list[Candidate]:
        held = {id(self.home[pk]): self.home[pk] for pk in self.same[me.pk] if pk in self.home}
        return [found for found in held.values() if not self._told_apart(me, found)]

    def _with_gtin(self, me: Member) -> list[Candidate]:
        if not me.gtin or me.gtin in self.shared_codes:
            return []
        return [
            candidate
            for candidate in self.by_gtin[me.gtin]
            if not self._told_apart(me, candidate)
            and any(member.gtin == me.gtin for member in candidate.members.values())
            and all(
                score.one_barcode_fits(me.facts, member.facts)
                for member in candidate.members.values()
            )
        ]

    def _with_label(self, me: Member) -> list[Candidate]:
        """Those with the very same label; none where there are several, unless it is on one."""
        if not (me.facts.is_complete and me.facts.form):
            return []
        found = [
            candidate
            for candidate in self.by_label[me.facts.key]
            if any(member.facts.key == me.facts.key for member in candidate.members.values())
            and self._may_tie(me, candidate)
        ]
        best = [one for one in found if one.rank[0] == min(one.rank[0] for one in found)]
        held = self.candidates.get(me.product_id)
        return best if len(best) == 1 else [one for one in best if one is held]

    # --- What is alike

    def _likely(self, alone: list[Member]) -> Iterable[Fit]:
        """The pairs to tie, the best first. Those that contradict what was tied before are
        passed over."""
        fits = {me.pk: self._fits(me) for me in alone}
        rivals = defaultdict(list)
        for found in fits.values():
            for fit in found:
                rivals[id(fit.candidate), fit.me.shop].append(fit)
        for fit in sorted((fit for found in fits.values() for fit in found), key=lambda f: f.order):
            is_clear = all(
                other.points <= fit.points - score.CLEAR_OF_OTHERS
                for other in (*fits[fit.me.pk], *rivals[id(fit.candidate), fit.me.shop])
                if other is not fit
                and other.may_tie
                and len(self.home[other.me.pk].members) == 1
                and other.candidate.rank[0] == fit.candidate.rank[0]
                and other.candidate is not self.home[other.me.pk]
            )
            if (
                fit.points >= score.LINKED
                and is_clear
                and len(self.home[fit.me.pk].members) == 1
                and fit.candidate.members
                and fit.candidate is not self.home[fit.me.pk]
                and self._may_tie(fit.me, fit.candidate)
            ):
                yield fit

    def _fits(self, me: Member) -> list[Fit]:
        """What `me` is like enough to be asked about, best first."""
        found: dict[int, Fit] = {}
        for by in self.by_block[me.block].values() if me.block is not None else ():
            candidate = self.home[by.pk]
            if candidate is self.home[me.pk] or by.shop == me.shop:
                continue
            points = score.points(me.facts, by.facts, self.known)
            held = found.get(id(candidate))
            if points >= score.ASKED and (held is None or points > held.points):
                may_tie = self._may_tie(me, candidate)
                found[id(candidate)] = Fit(points, me, candidate, by, may_tie)
        return sorted(found.values(), key=lambda fit: fit.order)

    def _may_tie(self, me: Member, candidate: Candidate) -> bool:
        """Whether a name may tie the two: nobody said otherwise, no barcodes differ, no label
        contradicts, and no shop lists both, which it would not do with one thing."""
        return not self._told_apart(me, candidate) and not any(
            (me.gtin and other.gtin and me.gtin != other.gtin)
            or (me.shop == other.shop and not other.retired)
            or score.contradict(me.facts, other.facts)
            for other in candidate.members.values()
        )

    # --- What is doubtful

    def _alike_but_apart(self, me: Member) -> list[Doubt]:
        """A barcode of its own is a reason, so that only labels that agree are asked about."""
        if me.retired:
            return []
        return [
            Doubt(me, fit.by, Review.Evidence.NAME)
            for fit in self._fits(me)
            if not fit.by.retired
            and fit.by.pk not in self.apart[me.pk]
            and (fit.points >= score.LINKED or not (me.gtin and fit.by.gtin))
        ][:MOST_ASKED]

    def _coded_but_apart(self, me: Member) -> list[Doubt]:
        if not me.gtin or me.retired or me.gtin in self.shared_codes:
            return []
        return [
            Doubt(me, other, Review.Evidence.GTIN)
            for candidate in self.by_gtin[me.gtin]
            if candidate is not self.home[me.pk]
            for other in candidate.members.values()
            if other.gtin == me.gtin and not other.retired and other.pk not in self.apart[me.pk]
        ][:MOST_ASKED]

    # --- The table itself

    def _read(self) -> dict[int, Candidate]:
        gtins = {me.gtin for me in self.todo.values()} - {""}
        blocks = {me.block for me in self.todo.values()} - {None}
        held = {me.product_id for me in self.todo.values()} - {None}
        told = set().union(*self.same.values())
        seen = self._visible()
        found = set()
        # One by one: each goes by an index of its own.
        for key, values in (("gtin", gtins), ("block", blocks), ("pk", told)):
            if values:
                alike = seen.filter(**{f"{key}__in": values})
                found.update(alike.values_list("product_id", flat=True))
        candidates = {
            product.pk: Candidate(product)
            for product in Product.objects.filter(pk__in=held | found)
        }
        rows = seen.filter(product__in=candidates).order_by("pk").values_list(*COLUMNS)
        for row in rows.iterator(chunk_size=2000):
            self._join(candidates[row[4]], Member.of(self.aliases, *row))
        return candidates

    def _visible(self):
        """Listings whose evidence counts for this owner, on products it may join."""
        mine = Q(practice__isnull=True, product__practice__isnull=True)
        if self.practice_id is not None:
            mine |= Q(practice_id=self.practice_id)
        return Listing.objects.filter(mine, kind=Kind.BOTTLE, product__isnull=False)

    def _words(self) -> Counter[str]:
        """Of how many names each word is part."""
        members = [
            *self.todo.values(),
            *(m for c in self.candidates.values() for m in c.members.values()),
        ]
        names = {(member.facts.brand, member.facts.words) for member in members}
        return Counter(word for _, words in names for word in words.split())

    def _shared_codes(self) -> frozenset[str]:
        brands = defaultdict(set)
        for me in self.todo.values():
            brands[me.gtin].add(me.facts.brand[: keys.HEAD])
        for gtin, found in self.by_gtin.items():
            for candidate in found:
                for member in candidate.members.values():
                    if member.gtin == gtin:
                        brands[gtin].add(member.facts.brand[: keys.HEAD])
        return frozenset(
            gtin for gtin, names in brands.items() if len(names - {""}) >= SHARED_BY_BRANDS
        )

    def _member(self, listing: Listing) -> Member:
        return Member.of(self.aliases, *(getattr(listing, name) for name in COLUMNS))

    def _new(self, me: Member) -> Product:
        listing = self.listings[me.pk]
        return Product(practice_id=listing.practice_id, **words_of(listing))

    def _told_apart(self, me: Member, candidate: Candidate) -> bool:
        return not self.apart[me.pk].isdisjoint(candidate.members)

    def _move(self, me: Member, to: Candidate):
        self.home[me.pk].members.pop(me.pk)
        self._join(to, me)

    def _join(self, candidate: Candidate, member: Member):
        candidate.members[member.pk] = member
        self.home[member.pk] = candidate
        if member.block is not None:
            self.by_block[member.block][member.pk] = member
        for index, key in ((self.by_gtin, member.gtin), (self.by_label, member.facts.key)):
            if key and candidate not in index[key]:
                index[key].append(candidate)


def words_of(listing: Listing) -> dict:
    """What a product is called after one of its listings."""
    return {
        "name": keys.title(listing.name, listing.count, listing.count_unit),
        "brand": listing.brand,
        "form": keys.form_word(listing.count_unit),
        "count": listing.count,
    }


def _decided(practice_id: int | None, pks: list[int]) -> tuple[defaultdict, defaultdict]:
    """What a person said of these listings: ids that are the same, and that are not."""
    same, apart = defaultdict(set), defaultdict(set)
    said = Review.objects.decided().filter(Q(practice=None) | Q(practice=practice_id))
    for key in ("one__in", "other__in"):
        for one, other, state in said.filter(**{key: pks}).values_list("one", "other", "state"):
            into = same if state == Review.State.SAME else apart
            into[one].add(other)
            into[other].add(one)
    return same, apart
