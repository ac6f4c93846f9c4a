"""What every vendor client takes, gives back and raises.

Vendors know neither models nor settings: a client is built from plain values and
answers with the dataclasses below. A vendor's own words (`variant_id`, `EmailTo`,
`rx_number`) stay inside that vendor's folder.
"""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass, field
from decimal import Decimal


class VendorError(Exception):
    """A call to a vendor did not give what was asked.

    Subclasses are named by what the caller must do. None carries patient data:
    `message` is our sentence or the vendor's own text for `Refused`, which is shown
    escaped and never logged.
    """

    def __init__(
        self,
        message: str,
        *,
        vendor: str,
        operation: str,
        status: int | None = None,
        request_id: str = "",
        details: tuple[str, ...] = (),
    ):
        super().__init__(message)
        self.message = message
        self.vendor = vendor
        self.operation = operation
        self.status = status
        self.request_id = request_id
        self.details = details

    def __str__(self):
        return f"{self.vendor} {self.operation}: {type(self).__name__} (status {self.status})"


class Unavailable(VendorError):
    """Try again later: no answer, a reset, 429 or 5xx.

    `maybe_done` is True when the request may have taken effect at the vendor; such a
    write is looked up, never resent blindly. `retry_after` is in seconds, or None.
    """

    def __init__(
        self, message, *, maybe_done: bool = False, retry_after: float | None = None, **context
    ):
        super().__init__(message, **context)
        self.maybe_done = maybe_done
        self.retry_after = retry_after


class Refused(VendorError):
    """The vendor understood and said no: show its message, change nothing, do not repeat."""


class AccessRevoked(VendorError):
    """The token, key or right is gone: a person must reconnect or grant it.

    `paused` is True when the account itself is stopped (plan limit, ScriptRun 402).
    """

    def __init__(self, message, *, paused: bool = False, **context):
        super().__init__(message, **context)
        self.paused = paused


class BadAnswer(VendorError):
    """A 2xx that is not what the reference promises. Ours to mend; a write counts as unknown."""


class Ability(enum.StrEnum):
    """What a vendor offers. The code asks for the ability, never for the vendor's name."""

    CATALOGUE = "catalogue"  # its products can be listed in bulk
    PRIVATE_LABEL = "private_label"  # a practitioner's own products can be listed
    PLAN_BY_API = "plan_by_api"  # a plan can be written by API
    PLAN_BY_HAND_OVER = "plan_by_hand_over"  # made in the vendor's own frame, then read back
    WEBHOOKS = "webhooks"
    POLLING = "polling"
    PACKS = "packs"  # pills packed together by time of day
    COURIER = "courier"


class Slot(enum.StrEnum):
    """Times of a day at which something is taken, in the order of the day."""

    WAKING = "waking"
    BREAKFAST = "breakfast"
    MID_MORNING = "mid_morning"
    MIDDAY = "midday"
    AFTERNOON = "afternoon"
    EVENING = "evening"
    BEDTIME = "bedtime"
    AS_NEEDED = "as_needed"


class Kind(enum.StrEnum):
    """What a SKU may be used as. Taken from the list it came from, never from its prefix."""

    BOTTLE = "bottle"
    PILL = "pill"
    PACK = "pack"


@dataclass(frozen=True)
class Dose:
    """`quantity` units at `slot`, daily. `with_food` is None when nothing was said."""

    slot: Slot
    quantity: Decimal
    with_food: bool | None = None


@dataclass(frozen=True)
class Tokens:
    """An OAuth token pair. `expires_at` is aware UTC; `refresh_token` may be ''."""

    access_token: str
    refresh_token: str
    expires_at: dt.datetime
    scopes: frozenset[str] = frozenset()
    owner_id: str = ""
    owner_type: str = ""


@dataclass(frozen=True)
class Account:
    """Whose account a connection opened. `id` is the clinic's or practitioner's id there."""

    id: str
    name: str
    practitioner_id: str = ""
    email: str = ""


@dataclass(frozen=True)
class ListingRow:
    """One SKU as a vendor lists it, in our words; `raw` keeps the vendor's own object.

    Prices are per `kind` unit (bottle, or one pill). `stock` is a count and may be
    negative; None when the vendor gives none. `in_stock` is None when unknown.
    `default_doses` is empty where the vendor's advice could not be read as numbers;
    `default_sig` then holds it word for word.
    """

    sku: str
    name: str
    kind: Kind = Kind.BOTTLE
    brand: str = ""
    upc: str = ""
    count: str = ""
    count_unit: str = ""
    flavor: str = ""
    retail_price: Decimal | None = None
    wholesale_price: Decimal | None = None
    stock: int | None = None
    in_stock: bool | None = None
    availability: str = ""
    description_html: str = ""
    facts_html: str = ""
    warnings: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    default_doses: tuple[Dose, ...] = ()
    default_sig: str = ""
    pill_sku: str = ""
    generic_name: str = ""
    is_private_label: bool = False
    vendor_product_id: str = ""
    vendor_updated_at: dt.datetime | None = None
    raw: dict = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Page:
    """One page of a listing. `next` is the next page's number, None on the last;
    `total` counts all rows over all pages and `pages` all pages, where the vendor says;
    `skipped` counts rows that could not be used (a blank SKU)."""

    rows: tuple[ListingRow, ...]
    next: int | None = None
    total: int | None = None
    pages: int | None = None
    skipped: int = 0


@dataclass(frozen=True)
class PatientRow:
    """A patient as the vendor holds them."""

    id: str
    first_name: str
    last_name: str
    email: str = ""
    birth_date: dt.date | None = None
    our_id: str = ""  # the id we left there (metadata), '' where none


class PatientStanding(enum.StrEnum):
    """What a vendor says of a patient before anything is sent."""

    KNOWN = "known"
    NEW = "new"
    ELSEWHERE = "elsewhere"  # registered under another practitioner: nothing may be sent


@dataclass(frozen=True)
class ReferralCode:
    code: str
    name: str
    discount_percent: Decimal
    access_level: str = ""


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
    `name` is what the clinician knows the line by; it is never sent.
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
    name: str = field(default="", compare=False)

    def called(self, position: int) -> str:
        """How a problem names the line."""
        return self.name or self.pack_name or f"Line {position}"


@dataclass(frozen=True)
class OutgoingPlan:
    """A plan's part for one vendor. `our_id` is stable over every attempt."""

    our_id: str
    practitioner_email: str
    practitioner_id: str
    patient: PatientRow
    lines: tuple[PlanLine, ...]
    message: str = ""
    notify_patient: bool = False
    referral: ReferralCode | None = None


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
    unknown send is looked up by where the vendor keeps no id of ours.
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
    raw: dict = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class HandOver:
    """What the browser needs to open a vendor's frame once. `secret_token` is never
    stored, logged or rendered into a page that can be cached."""

    secret_token: str
    expires_at: dt.datetime | None


@dataclass(frozen=True)
class ParcelOrder:
    """One parcel for a courier. `barcode` is our per-order key, the same on every attempt.
    `patient_ref` identifies the patient, opaque, never the order. Money is dollars."""

    barcode: str
    patient_ref: str
    recipient_name: str
    address_line: str
    phone_e164: str = ""
    rx_number: str = ""
    copay: Decimal | None = None
    priority: str = "routine"  # routine | urgent | stat
    delivery_date: dt.date | None = None
    requires_signature: bool = False
    cold_chain: bool = False
    controlled_schedule: str = ""  # '', II, III, IV, V
    notes: str = ""


@dataclass(frozen=True)
class ParcelAccepted:
    parcel_id: str
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class ParcelOutcome:
    """What an event says of one parcel.

    `kind` is created, delivered or failed. `photo_url` and `signature_url` are '' unless
    they may be fetched. `reason` is the vendor's text: shown, never sorted by. Money is
    dollars, and never changes a ledger by itself.
    """

    parcel_id: str
    kind: str
    at: dt.datetime | None
    barcode: str = ""
    patient_ref: str = ""
    rx_number: str = ""
    driver_id: str = ""
    reason: str = ""
    photo_url: str = ""
    signature_url: str = ""
    latitude: Decimal | None = None
    longitude: Decimal | None = None
    copay_collected: Decimal | None = None
    copay_method: str = ""


@dataclass(frozen=True)
class ProofFile:
    """A proof of delivery as it was fetched; `content_type` is told by its bytes."""

    content_type: str
    content: bytes


class Verdict(enum.StrEnum):
    """What verifying an inbound request found."""

    GENUINE = "genuine"
    STALE = "stale"  # rightly signed, outside the age window
    FORGED = "forged"
    MALFORMED = "malformed"


@dataclass(frozen=True)
class Event:
    """One parsed webhook event. `type` is the vendor's word; unknown types are kept.

    `account_id` routes it (Fullscript `clinic_id`), '' where the URL does that.
    `data` is the object below the envelope, whichever nesting the vendor used.
    """

    id: str
    type: str
    created_at: dt.datetime | None
    data: dict = field(hash=False)
    account_id: str = ""
