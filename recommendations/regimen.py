"""A plan as a day: what is taken when, over all vendors.

Numbers come from doses only. Directions in words stand word for word in their own part;
nothing is read out of them.
"""

from dataclasses import dataclass, field
from decimal import Decimal

from practice.vendors import words
from recommendations import board, offers, packs
from recommendations.lines import LABELS, doses_of
from recommendations.models import Plan, PlanItem

AS_NEEDED = "as_needed"
# Units that a person can count. Any other (fl oz, g) names a size, not a dose.
COUNTABLE = {
    "capsule": "capsules",
    "caplet": "caplets",
    "chewable": "chewables",
    "gummy": "gummies",
    "lozenge": "lozenges",
    "packet": "packets",
    "sachet": "sachets",
    "softgel": "softgels",
    "stick": "sticks",
    "suppository": "suppositories",
    "tablet": "tablets",
    "veg capsule": "veg capsules",
    "vegetarian capsule": "vegetarian capsules",
}
SINGULAR = {plural: one for one, plural in COUNTABLE.items()}


@dataclass(frozen=True)
class Taken:
    """One thing at one time. `unit` is '' where the label has to say it."""

    name: str
    quantity: Decimal
    unit: str
    food: str = ""
    contents: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Time:
    slot: str
    label: str
    taken: tuple[Taken, ...]


@dataclass(frozen=True)
class Written:
    """One thing whose directions are words. `directions` may be ''."""

    name: str
    directions: str
    note: str = ""


@dataclass(frozen=True)
class Bought:
    """One thing to buy, for how long, where. `price` is retail, None where not known."""

    name: str
    size: str
    units: int
    length: str
    vendor: str
    price: Decimal | None
    note: str = ""


@dataclass
class Regimen:
    """`times` are the day in order; `as_needed` and `written` stand apart."""

    times: list[Time] = field(default_factory=list)
    as_needed: list[Written] = field(default_factory=list)
    written: list[Written] = field(default_factory=list)
    bought: list[Bought] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not self.bought


def of(plan: Plan) -> Regimen:
    """The whole plan by time of day."""
    items, found_packs = list(board.items(plan)), list(board.pack_rows(plan))
    regimen = Regimen()
    taken: dict[str, list[Taken]] = {slot: [] for slot in LABELS}
    for item in items:
        _place(item, taken, regimen)
    for pack in found_packs:
        for packet in packs.packets(pack):
            contents = tuple(f"{pill.quantity} × {pill.name}" for pill in packet.pills)
            taken[packet.slot].append(Taken(pack.name, Decimal(1), "packet", contents=contents))
    regimen.times = [
        Time(slot, label, tuple(taken[slot])) for slot, label in LABELS.items() if taken[slot]
    ]
    regimen.bought = [_bought(item) for item in items] + [_pack_bought(p) for p in found_packs]
    return regimen


def unit_of(item: PlanItem, quantity: Decimal) -> str:
    """`capsule` or `capsules` as the quantity asks; '' for what cannot be counted."""
    said = item.listing.count_unit.strip().lower()
    one = said if said in COUNTABLE else SINGULAR.get(said, "")
    if not one:
        return ""
    return one if quantity <= 1 else COUNTABLE[one]


def _place(item, taken, regimen):
    doses, name = doses_of(item), item.listing.name
    if not doses:
        part = regimen.as_needed if item.as_needed else regimen.written
        part.append(Written(name, item.sig))
        return
    if item.as_needed:
        regimen.as_needed.append(Written(name, words.doses(doses)))
        return
    for dose in doses:
        unit, food = unit_of(item, dose.quantity), words.FOOD[dose.with_food]
        if dose.slot == AS_NEEDED:
            said = ("Take", words.amount(dose.quantity), unit, food)
            regimen.as_needed.append(Written(name, f"{' '.join(filter(None, said))}."))
        else:
            taken[dose.slot].append(Taken(name, dose.quantity, unit, food))


def _bought(item) -> Bought:
    listing = item.listing
    return Bought(
        listing.name,
        offers.size(listing),
        item.units,
        _length(item.duration_days, item.as_needed),
        listing.vendor,
        listing.price_for(item.units),
        item.notes,
    )


def _pack_bought(pack) -> Bought:
    length = _length(pack.duration_days, False)
    kind = "" if "packet" in pack.name.lower() else "daily packets"
    return Bought(pack.name, kind, pack.units, length, pack.listing_vendor, None, pack.notes)


def _length(days, as_needed) -> str:
    if days is not None:
        return f"{days} day{'' if days == 1 else 's'}"
    return "as needed" if as_needed else "ongoing"
