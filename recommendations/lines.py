"""A line of a plan as plain values: what two editors compare, and what an undo brings back.

`mark` is equal for two states a person could not tell apart. A form carries the mark of
what it was drawn from; saving over anything else is refused (`edit.Stale`).
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from decimal import Decimal

from practice.vendors import words
from practice.vendors.contract import Dose, PlanLine, Slot
from recommendations.models import SLOTS, Pack, Plan, PlanItem

LABELS = dict(SLOTS)
ORDER = list(LABELS)


def mark(values) -> str:
    """A short fingerprint of a dataclass of plain values."""
    text = json.dumps(asdict(values), sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class ItemValues:
    """What a person sets on one product's line."""

    units: int = 1
    duration_days: int | None = None
    as_needed: bool = False
    sig: str = ""
    notes: str = ""
    doses: tuple[Dose, ...] = ()

    @classmethod
    def of(cls, item: PlanItem) -> "ItemValues":
        return cls(
            item.units, item.duration_days, item.as_needed, item.sig, item.notes, doses_of(item)
        )

    @classmethod
    def cleaned(cls, cleaned: dict) -> "ItemValues":
        return cls(**{name: cleaned[name] for name in cls.__dataclass_fields__})

    @property
    def directions(self) -> str:
        """`Take 1 at breakfast. Use for 30 days.`"""
        line = PlanLine(sku="", duration_days=self.duration_days)
        return words.sentences(
            words.doses(self.doses) or self.sig,
            "Only as needed." if self.as_needed else "",
            words.duration(line),
            self.notes,
        )

    @property
    def in_words(self) -> str:
        """`Take 1 at breakfast. Use for 30 days. 2 to buy.`"""
        return words.sentences(self.directions, f"{self.units} to buy.")

    def initial(self) -> dict:
        """As the line's form shows it."""
        shown = {
            "units": self.units,
            "duration_days": self.duration_days,
            "as_needed": self.as_needed,
            "sig": self.sig,
            "notes": self.notes,
        }
        for dose in self.doses:
            shown[f"dose_{dose.slot}"] = words.amount(dose.quantity)
            shown[f"food_{dose.slot}"] = {True: "with", False: "without"}.get(dose.with_food, "")
        return shown


@dataclass(frozen=True)
class PackValues:
    """What a person sets on a pack. `pills` are (listing id, slot, quantity per packet)."""

    name: str
    units: int = 1
    duration_days: int | None = None
    notes: str = ""
    pills: tuple[tuple[int, str, int], ...] = ()

    @classmethod
    def of(cls, pack: Pack) -> "PackValues":
        pills = sorted(
            (pill.listing_id, ORDER.index(pill.slot), pill.quantity) for pill in pack.pills.all()
        )
        return cls(
            pack.name,
            pack.units,
            pack.duration_days,
            pack.notes,
            tuple((listing, ORDER[slot], quantity) for listing, slot, quantity in pills),
        )

    @classmethod
    def cleaned(cls, cleaned: dict) -> "PackValues":
        pills = sorted(cleaned["pills"], key=lambda pill: (pill[0], ORDER.index(pill[1])))
        return cls(
            cleaned["name"],
            cleaned["units"],
            cleaned["duration_days"],
            cleaned["notes"],
            tuple(pills),
        )

    @property
    def in_words(self) -> str:
        pills = sum(quantity for _, _, quantity in self.pills)
        return f"“{self.name}”, {pills} pills a day, {self.units} to buy. {self.notes}".strip()

    def initial(self) -> dict:
        shown = {
            "name": self.name,
            "units": self.units,
            "duration_days": self.duration_days,
            "notes": self.notes,
        }
        shown |= {f"pill_{listing}_{slot}": quantity for listing, slot, quantity in self.pills}
        return shown


@dataclass(frozen=True)
class MessageValues:
    message: str
    notify_patient: bool

    @classmethod
    def of(cls, plan: Plan) -> "MessageValues":
        return cls(plan.message, plan.notify_patient)

    @property
    def in_words(self) -> str:
        told = "The patient is e-mailed." if self.notify_patient else "The patient is not e-mailed."
        return f"“{self.message}” {told}" if self.message else f"No message. {told}"

    def initial(self) -> dict:
        return asdict(self)


def doses_of(item: PlanItem) -> tuple[Dose, ...]:
    """An item's doses in the order of the day."""
    found = sorted(item.doses.all(), key=lambda dose: ORDER.index(dose.slot))
    return tuple(
        Dose(Slot(dose.slot), dose.quantity.normalize() + Decimal(0), dose.with_food)
        for dose in found
    )
