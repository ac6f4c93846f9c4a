"""Plans, as they are sent and as a vendor holds them."""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass, field

from practice.vendors.contract.allowed import NOTHING_MORE, Allowed
from practice.vendors.contract.doses import Dose, Slot
from practice.vendors.contract.people import PatientRow, ReferralCode


@dataclass(frozen=True)
class PlanPill:
    sku: str
    quantity: int
    slot: Slot
    with_food: bool | None = None


@dataclass(frozen=True)
class PlanLine:
    """One product, or one pack when `pills` is not empty (then `sku` is the pack's SKU).

    `units` is bottles or packs to buy. `doses` is structured; `sig` is free text kept
    word for word and used when there are no doses. `duration_days` None = ongoing.
    `name` is what the clinician knows the line by; it is never sent, and on a line that a vendor
    holds it is the vendor's. `refill` is the vendor's
    own renewing and `reads` all of its words for the line, on one that it holds. `allowed` is
    what may be written beyond the documented words, on one that goes out.
    """

    sku: str
    units: int = 1
    doses: tuple[Dose, ...] = ()
    sig: str = ""
    duration_days: int | None = None
    as_needed: bool = False
    notes: str = ""
    dose_form: str = ""
    pack_name: str = ""
    pills: tuple[PlanPill, ...] = ()
    refill: bool = False
    reads: str = field(default="", compare=False)
    name: str = field(default="", compare=False)
    allowed: Allowed = field(default=NOTHING_MORE, compare=False, repr=False)

    def called(self, position: int) -> str:
        """How a problem names the line."""
        return self.name or self.pack_name or f"Line {position}"


@dataclass(frozen=True)
class OutgoingPlan:
    """A plan's part for one vendor. `our_id` is stable over every attempt. `reference` is
    what the patient's regimen sheet names the plan by; '' for plans that have none."""

    our_id: str
    practitioner_email: str
    practitioner_id: str
    patient: PatientRow
    lines: tuple[PlanLine, ...]
    message: str = ""
    notify_patient: bool = False
    referral: ReferralCode | None = None
    reference: str = ""


@dataclass(frozen=True)
class Wording:
    """How one line will read at the vendor. `problems` stop the send (each a sentence);
    `losses` say what the vendor's vocabulary cannot carry and where the words went."""

    text: str
    losses: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class HeldPlan:
    """A plan as the vendor holds it. `state` is our word, `raw_state` the vendor's.

    `fingerprint` is equal for two plans a patient could not tell apart; it is what an
    unknown send is looked up by where the vendor keeps no id of ours. `reference` is ours,
    where it stands in the vendor's text. `patient_name` is as the vendor has it, where it says.
    """

    id: str
    state: str  # "draft" | "active" | "cancelled" | "unknown"
    raw_state: str
    patient_id: str
    lines: tuple[PlanLine, ...]
    practitioner_id: str = ""
    patient_email: str = ""
    practitioner_email: str = ""
    sent_at: dt.datetime | None = None
    link: str = ""
    our_id: str = ""
    fingerprint: str = ""
    reference: str = ""
    patient_name: str = ""
    raw: dict = field(default_factory=dict, hash=False)


class Origin(enum.StrEnum):
    """Whose a vendor's reusable plan is."""

    OWN = "own"  # the practitioner's
    SHARED = "shared"  # a colleague's, shared with the practitioner
    VENDOR = "vendor"  # the vendor's, for everybody


@dataclass(frozen=True)
class HeldProtocol:
    """A reusable plan as the vendor keeps it. `raw_state` is its word, `ownership` an
    `Origin` or ''."""

    id: str
    name: str
    lines: tuple[PlanLine, ...] = ()
    message: str = ""
    raw_state: str = ""
    ownership: str = ""
    raw: dict = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class PlanLink:
    """Where to make or change one plan at the vendor, and whom its answer names. `url` works
    for one plan only: it is never stored, logged or rendered into a page."""

    url: str = field(repr=False)
    patient_id: str = ""


@dataclass(frozen=True)
class ProtocolPage:
    """One page of reusable plans. `next` as on `Page`."""

    rows: tuple[HeldProtocol, ...]
    next: int | None = None


@dataclass(frozen=True)
class HandOver:
    """What the browser needs to open a vendor's frame once. `secret_token` is never
    stored, logged or rendered into a page that can be cached."""

    secret_token: str
    expires_at: dt.datetime | None
