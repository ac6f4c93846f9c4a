"""What patients ordered: products and laboratory tests."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field


@dataclass(frozen=True)
class OrderLine:
    """`kind` is supplement, labs or other; `raw_kind` the vendor's word, '' where it has none."""

    sku: str
    quantity: int | None
    kind: str = "other"
    raw_kind: str = ""


@dataclass(frozen=True)
class HeldOrder:
    """What a patient ordered, as the vendor holds it. Its money is not documented: it is in
    `raw` and nowhere else."""

    id: str
    number: str
    patient_id: str
    placed_at: dt.datetime | None
    lines: tuple[OrderLine, ...]
    raw_state: str = ""
    plan_ids: tuple[str, ...] = ()
    practitioner_ids: tuple[str, ...] = ()
    raw: dict = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class OrderPage:
    """One page of an account's orders. `next` as on `Page`."""

    rows: tuple[HeldOrder, ...]
    next: int | None = None


@dataclass(frozen=True)
class LabTest:
    id: str
    name: str


@dataclass(frozen=True)
class HeldLabResult:
    """One result; which tests it answers is not said, and is never guessed. `url` is
    short-lived, '' where nothing can be fetched yet."""

    id: str
    name: str
    url: str = ""


@dataclass(frozen=True)
class HeldLabOrder:
    """A laboratory order as the vendor holds it. `state` is our word, `raw_state` the vendor's."""

    id: str
    state: str  # a value of recommendations.LabOrder.State
    raw_state: str
    patient_id: str
    name: str = ""
    tests: tuple[LabTest, ...] = ()
    results: tuple[HeldLabResult, ...] = ()
    practitioner_id: str = ""
    raw: dict = field(default_factory=dict, hash=False)
