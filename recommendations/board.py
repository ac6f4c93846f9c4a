"""The builder's picture of a plan: its lines with their forms, its packs and its totals.

Read with a number of queries that does not depend on the number of lines.
"""

from collections import Counter
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property

from django.db.models import Prefetch

from practice.vendors.registry import PackRules
from recommendations import lines, offers, packs, pill_names
from recommendations.forms import ItemForm, MessageForm, PackForm
from recommendations.lines import ItemValues, MessageValues, PackValues
from recommendations.models import Pack, PackPill, Plan, PlanItem


@dataclass
class Line:
    """One product's line. `form` holds what was typed when it was refused."""

    item: PlanItem
    form: ItemForm
    mark: str
    twins: tuple[str, ...] = ()

    @property
    def base(self) -> str:
        return item_base(self.item)

    @cached_property
    def values(self) -> ItemValues:
        return ItemValues.of(self.item)

    @property
    def size(self) -> str:
        return offers.size(self.item.listing)

    @property
    def price(self) -> Decimal | None:
        return self.item.listing.price_for(self.item.units)

    @property
    def has_directions(self) -> bool:
        return bool(self.values.doses or self.values.sig)

    @property
    def sig_is_unused(self) -> bool:
        return bool(self.values.doses and self.values.sig)

    @property
    def lasts_days(self) -> int | None:
        """Whole days that the units last at these doses; None where it cannot be counted."""
        count = self.item.listing.count
        daily = sum((d.quantity for d in self.values.doses if d.slot != "as_needed"), Decimal(0))
        if self.item.as_needed or not daily or not (count.isascii() and count.isdecimal()):
            return None
        return int(int(count) * self.item.units / daily)

    @property
    def is_too_short(self) -> bool:
        lasts, wanted = self.lasts_days, self.item.duration_days
        return lasts is not None and wanted is not None and lasts < wanted


@dataclass
class PackLine:
    """One pack with its form."""

    pack: Pack
    form: PackForm
    mark: str
    is_closed: bool = False

    @property
    def base(self) -> str:
        return pack_base(self.pack)

    @property
    def packets(self):
        return packs.packets(self.pack)

    @property
    def rows(self):
        """The form's rows, each with the pill in the pack (None for one that was taken out)."""
        held = {pill.listing_id: pill for pill in self.pack.pills.all()}
        return [(*row, held.get(row[0])) for row in self.form.rows()]

    @property
    def is_available(self) -> bool | None:
        return packs.is_available(self.pack)

    @property
    def pills_a_month(self) -> int:
        return packs.pills_a_month(self.pack)

    @property
    def slots(self):
        return [(slot.value, lines.LABELS[slot]) for slot in self.form.rules.slots]


@dataclass(frozen=True)
class Share:
    """What one vendor gets. `retail` and `wholesale` sum what has a price; `unpriced` counts
    what has none; packs are priced at the checkout."""

    vendor: str
    lines: int
    packs: int
    retail: Decimal
    wholesale: Decimal
    unpriced: int


def item_base(item) -> str:
    return f"item-{item.pk}"


def pack_base(pack) -> str:
    return f"pack-{pack.pk}"


PILL_PARTS = (
    "name",
    "generic_name",
    "count_unit",
    "vendor",
    "warnings",
    "stock",
    "in_stock",
    "seen_at",
)


def items(plan: Plan):
    listing_parts = ("raw", "description_html", "facts_html", "categories")
    return (
        plan.items.select_related("listing")
        .defer(*(f"listing__{name}" for name in listing_parts))
        .prefetch_related("doses")
    )


def pack_rows(plan: Plan):
    pills = PackPill.objects.select_related("listing").only(
        "practice_id",
        "pack_id",
        "slot",
        "quantity",
        *(f"listing__{name}" for name in PILL_PARTS),
    )
    pills = pill_names.with_names(pills, plan, "listing__")
    return plan.packs.prefetch_related(Prefetch("pills", queryset=pills))


def line(item: PlanItem, form: ItemForm | None = None, twins=()) -> Line:
    values = ItemValues.of(item)
    form = form or ItemForm(initial=values.initial(), base=item_base(item))
    return Line(item, form, lines.mark(values), tuple(twins))


def pack_line(
    pack: Pack,
    form: PackForm | None = None,
    rules: PackRules | None = None,
    closed: set[int] | None = None,
) -> PackLine:
    """`rules` are the vendor's and `closed` the packs that are no longer offered, where they were
    asked for already."""
    values = PackValues.of(pack)
    form = form or pack_form(pack, rules=rules, initial=values.initial())
    closed = packs.closed_on(pack.plan, [pack]) if closed is None else closed
    return PackLine(pack, form, lines.mark(values), pack.pk in closed)


def pack_form(pack: Pack, data=None, rules: PackRules | None = None, **kwargs) -> PackForm:
    rules = packs.with_held(rules or packs.rules(pack.listing_vendor), pack)
    return PackForm(data, pills=packs.pills_of(pack), rules=rules, base=pack_base(pack), **kwargs)


def message_form(plan: Plan, data=None) -> MessageForm:
    return MessageForm(data, initial=MessageValues.of(plan).initial(), base="plan")


class Board:
    """Everything on the builder's page. `replaced` swaps in a line or pack whose form was
    refused, so that nothing typed is lost."""

    def __init__(self, plan: Plan, replaced: Line | PackLine | None = None):
        self.plan = plan
        found = list(items(plan))
        products = Counter(item.listing.product_id for item in found if item.listing.product_id)
        self.lines = []
        for item in found:
            twins = [
                other.listing.vendor
                for other in found
                if other.pk != item.pk
                and products[item.listing.product_id] > 1
                and other.listing.product_id == item.listing.product_id
            ]
            if isinstance(replaced, Line) and replaced.item.pk == item.pk:
                replaced.twins = tuple(twins)
                self.lines.append(replaced)
            else:
                self.lines.append(line(item, twins=twins))
        found_packs = list(pack_rows(plan))
        rules = {
            vendor: packs.rules(vendor) for vendor in {one.listing_vendor for one in found_packs}
        }
        closed = packs.closed_on(plan, found_packs)
        self.packs = [
            replaced
            if isinstance(replaced, PackLine) and replaced.pack.pk == pack.pk
            else pack_line(pack, rules=rules[pack.listing_vendor], closed=closed)
            for pack in found_packs
        ]

    @property
    def listing_ids(self) -> set[int]:
        return {entry.item.listing_id for entry in self.lines}

    @property
    def shares(self) -> list[Share]:
        return shares([entry.item for entry in self.lines], [entry.pack for entry in self.packs])


def shares(found: list[PlanItem], found_packs: list[Pack]) -> list[Share]:
    """Each vendor's share, in the order in which the plan comes to them."""
    vendors = dict.fromkeys(
        [item.listing.vendor for item in found] + [pack.listing_vendor for pack in found_packs]
    )
    return [_share(vendor, found, found_packs) for vendor in vendors]


def _share(vendor, found, found_packs) -> Share:
    own = [item for item in found if item.listing.vendor == vendor]
    priced = [item for item in own if item.listing.retail_price is not None]
    return Share(
        vendor=vendor,
        lines=len(own),
        packs=sum(pack.listing_vendor == vendor for pack in found_packs),
        retail=_cents(item.listing.retail_price * item.units for item in priced),
        wholesale=_cents((item.listing.wholesale_price or 0) * item.units for item in own),
        unpriced=len(own) - len(priced),
    )


def _cents(amounts) -> Decimal:
    return sum(amounts, Decimal(0)).quantize(Decimal("0.01"), ROUND_HALF_UP)
