"""What a courier carries."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal


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
