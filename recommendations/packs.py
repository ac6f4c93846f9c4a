"""MedPax: which packs a clinician can order, and what goes into one."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.conf import settings

from catalog.models import Listing
from practice import connect, vocabulary
from practice.models import Connection, Membership, Practice
from practice.vendors import registry
from practice.vendors.contract import Ability, Kind, Slot
from recommendations import edit
from recommendations.models import SLOTS, Pack, PackPill, Plan

DAYS_SHOWN = 30


class NotAPill(Exception):
    """This listing cannot go into this pack. `str()` is for the person."""


@dataclass(frozen=True)
class PackProduct:
    """What a pack is ordered as: the product configured for the clinician's account or for
    the environment, or the clinician's own carton where that is allowed."""

    vendor: str
    sku: str
    name: str

    @property
    def key(self) -> str:
        return f"{self.vendor}:{self.sku}"


@dataclass(frozen=True)
class Packet:
    """What one packet of a pack holds. `pills` have `.name` and `.quantity`."""

    slot: str
    label: str
    pills: tuple["PacketPill", ...]


@dataclass(frozen=True)
class PacketPill:
    name: str
    quantity: int


def products(practice: Practice, clinician: Membership) -> list[PackProduct]:
    """The packs `clinician` can order; none where no vendor's pack is configured."""
    vendors = [vendor.key for vendor in connect.offering(Ability.PACKS)]
    connections = {
        connection.vendor: connection
        for connection in Connection.objects.for_practice(practice)
        .filter(membership=clinician, vendor__in=vendors)
        .only("practice_id", "vendor", "pack_sku", "cartons_as_packs")
    }
    found = []
    for vendor in vendors:
        own = connections[vendor].pack_sku if vendor in connections else ""
        if sku := own or getattr(settings, f"{vendor.upper()}_PACK_SKU", ""):
            found.append(PackProduct(vendor, sku, "Daily packets"))
    with_cartons = [one.pk for one in connections.values() if one.cartons_as_packs]
    return found + (_cartons(practice, with_cartons) if with_cartons else [])


def _cartons(practice: Practice, connection_ids: list[int]) -> list[PackProduct]:
    """Whether a carton is taken as a pack is not documented: only where it was agreed."""
    own = Listing.objects.for_practice(practice).filter(
        kind=Kind.PACK, retired_at__isnull=True, connection__in=connection_ids
    )
    cartons = own.order_by("name").values_list("vendor", "sku", "name")
    return [PackProduct(*carton) for carton in cartons]


def closed_cartons(packs: Iterable[Pack], connection: Connection | None) -> set[str]:
    """The SKUs among `packs` of the clinician's own cartons, where cartons are not offered as
    packs (any more). One query where there are packs and they are not."""
    skus = {pack.sku for pack in packs}
    if not skus or connection is None or connection.cartons_as_packs:
        return set()
    own = Listing.objects.for_practice(connection.practice_id).filter(
        kind=Kind.PACK, connection=connection, sku__in=skus
    )
    configured = connection.pack_sku or getattr(
        settings, f"{connection.vendor.upper()}_PACK_SKU", ""
    )
    return set(own.values_list("sku", flat=True)) - {configured}


def closed_on(plan: Plan, packs: list[Pack]) -> set[int]:
    """The ids of those `packs` of a plan that are cartons which are no longer offered."""
    if not packs:
        return set()
    own = Connection.objects.for_practice(plan.practice_id).filter(
        membership_id=plan.clinician_id, vendor__in={pack.listing_vendor for pack in packs}
    )
    found = set()
    for connection in own.only("practice_id", "vendor", "pack_sku", "cartons_as_packs"):
        there = [pack for pack in packs if pack.listing_vendor == connection.vendor]
        skus = closed_cartons(there, connection)
        found |= {pack.pk for pack in there if pack.sku in skus}
    return found


CLOSED_CARTON = (
    "{name}: cartons are no longer offered as packs for {clinician}. Take the pack off the plan "
    "and make another, or ask the operator to offer cartons again."
)


def rules(vendor_key: str) -> registry.PackRules:
    """What the vendor can pack, opened times of day included. One query."""
    return registry.VENDORS[vendor_key].packs.with_more(vocabulary.allowed(vendor_key))


def with_held(rules: registry.PackRules, pack: Pack) -> registry.PackRules:
    """`rules` with the times at which the pack holds pills already: one that was closed since is
    shown until somebody moves them, and stops the plan until then."""
    held = {pill.slot for pill in pack.pills.all()}
    slots = tuple(slot for slot in Slot if slot in rules.slots or slot in held)
    return replace(rules, slots=slots)


def make(plan: Plan, product: PackProduct) -> Pack:
    """An empty pack at the end of the plan."""
    pack = Pack.objects.create(
        practice_id=plan.practice_id,
        plan=plan,
        listing_vendor=product.vendor,
        sku=product.sku,
        name=product.name[: registry.VENDORS[product.vendor].packs.max_name_length],
        position=edit.next_position(plan),
    )
    plan.touch()
    return pack


def add_pill(pack: Pack, listing: Listing) -> PackPill:
    """One of `listing` in the packet its vendor advises, else in the first packet. Raises
    NotAPill and AlreadyThere."""
    if listing.kind != Kind.PILL:
        raise NotAPill(
            f"{listing.name} is not packed pill by pill. Add it to the plan as a line of its own."
        )
    if listing.vendor != pack.listing_vendor:
        label = registry.VENDORS[pack.listing_vendor].label
        raise NotAPill(f"{label} packs its own pills only, and {listing.name} is not one of them.")
    if listing.retired_at is not None:
        raise NotAPill(f"{listing.name} is no longer offered. Choose another pill.")
    known = pack.pills.filter(listing=listing).first()
    if known:
        raise edit.AlreadyThere(known)
    slots = rules(pack.listing_vendor).slots
    advised = [dose.slot for dose in edit.default_doses(listing) if dose.slot in slots]
    pill = PackPill.objects.create(
        practice_id=pack.practice_id,
        pack=pack,
        listing=listing,
        slot=(advised or slots)[0],
        quantity=1,
    )
    pack.plan.touch()
    return pill


def remove_pill(pack: Pack, listing_id: int) -> list[tuple[int, str, int]]:
    """Takes one pill out of every packet; gives what was held, for the undo."""
    held = pack.pills.filter(listing_id=listing_id)
    was = list(held.values_list("listing_id", "slot", "quantity"))
    if was:
        held.delete()
        pack.plan.touch()
    return was


def packets(pack: Pack) -> list[Packet]:
    """The pack's packets in the order of the day. Reads the pack's loaded pills."""
    found = []
    for slot, label in SLOTS:
        pills = [pill for pill in pack.pills.all() if pill.slot == slot]
        if pills:
            held = tuple(PacketPill(pill.listing.name, pill.quantity) for pill in pills)
            found.append(Packet(slot, label, held))
    return found


def pills_of(pack: Pack) -> list[tuple[int, str]]:
    """(listing id, name) of every pill in the pack, in the order they were added."""
    return list({pill.listing_id: pill.listing.name for pill in pack.pills.all()}.items())


def is_available(pack: Pack) -> bool | None:
    """Whether every pill can be had now: a pack is made of pills, not of bottles. None where
    nothing is in it or the vendor does not say."""
    stock = {pill.listing.is_available for pill in pack.pills.all()}
    if False in stock:
        return False
    return True if stock == {True} else None


def pills_a_month(pack: Pack) -> int:
    """How many pills thirty days of packets take."""
    return DAYS_SHOWN * sum(pill.quantity for pill in pack.pills.all())
