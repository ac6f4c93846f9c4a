"""ScriptRun's order, written and checked (ScriptRun reference 3.1, 9)."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

from practice.vendors import reading
from practice.vendors.contract import ParcelOrder

PRIORITIES = ("routine", "urgent", "stat")
SCHEDULES = ("II", "III", "IV", "V")
MAX_NAME = 200
MAX_ADDRESS = 300
MAX_BARCODE = 64
MAX_NOTES = 500

_PHONE = re.compile(r"\+[1-9][0-9]{7,14}")
_PO_BOX = re.compile(r"\bp\.?\s*o\.?\s*b(ox|\.|\s|#)|\bpost\s*office\s*box\b|\bpob\s*\d", re.I)
_STATE_ZIP = re.compile(r"\b[A-Z]{2}[ ,]+[0-9]{5}(-[0-9]{4})?\s*$")
_HOUSE_NUMBER = re.compile(r"(^|[\s,#])[0-9]+[A-Za-z]?\b")
_BARCODE = re.compile(r"[\x21-\x7e]+")


def write(order: ParcelOrder, pharmacy_id: str = "") -> dict:
    """`order` as one entry of `orders`. Nothing is null; what is not said is left out.

    Medication names are never sent. A copay of nothing is left out: 0 may count as one.
    A controlled substance is always signed for.
    """
    controlled = bool(order.controlled_schedule)
    found = {
        "patient_name": order.recipient_name,
        "patient_address": order.address_line,
        "priority": order.priority,
        "requires_signature": order.requires_signature or controlled,
        "cold_chain": order.cold_chain,
        "controlled_substance": controlled,
        "external_patient_id": order.patient_ref,
        "barcode": order.barcode,
    }
    optional = {
        "patient_phone": order.phone_e164,
        "rx_number": order.rx_number,
        "copay_amount": float(order.copay.quantize(Decimal("0.01"))) if order.copay else None,
        "delivery_date": order.delivery_date.isoformat() if order.delivery_date else None,
        "dea_schedule": order.controlled_schedule,
        "pharmacy_id": pharmacy_id,
        "notes": order.notes,
    }
    return found | {key: value for key, value in optional.items() if value}


def problems(order: ParcelOrder, today: dt.date | None = None) -> tuple[str, ...]:
    """Why `order` cannot be booked, in plain words; () when it can.

    `today` is the pharmacy's date; without it a date in the past goes unnoticed.
    """
    checks = (
        (not order.recipient_name.strip(), "The recipient has no name."),
        (len(order.recipient_name) > MAX_NAME, f"A name has at most {MAX_NAME} characters."),
        (not order.patient_ref.strip(), "The patient has no reference for the courier."),
        (not order.phone_e164, "The recipient has no phone number: the courier may text them."),
        (
            bool(order.phone_e164) and not _PHONE.fullmatch(order.phone_e164),
            "The phone number is not international, like +18135550142.",
        ),
        (order.priority not in PRIORITIES, "The priority is routine, urgent or stat."),
        (order.delivery_date is None, "The delivery needs a date."),
        (
            bool(today and order.delivery_date and order.delivery_date < today),
            "The delivery date is in the past.",
        ),
        (
            bool(order.controlled_schedule) and order.controlled_schedule not in SCHEDULES,
            "The controlled schedule is II, III, IV or V.",
        ),
        (
            not _BARCODE.fullmatch(order.barcode) or len(order.barcode) > MAX_BARCODE,
            f"The barcode has 1 to {MAX_BARCODE} printable characters.",
        ),
        (len(order.notes) > MAX_NOTES, f"The notes have at most {MAX_NOTES} characters."),
        (
            any(map(_unprintable, (order.recipient_name, order.address_line, order.notes))),
            "Name, address and notes are single lines.",
        ),
    )
    found = [sentence for wrong, sentence in checks if wrong]
    return (*found, *_address_problems(order.address_line), *_copay_problems(order.copay))


def _address_problems(address: str) -> list[str]:
    if not address.strip():
        return ["The recipient has no address."]
    found = []
    if len(address) > MAX_ADDRESS:
        found.append(f"An address has at most {MAX_ADDRESS} characters.")
    if _PO_BOX.search(address):
        found.append("Nobody can hand a parcel to a PO box: give a street address.")
    end = _STATE_ZIP.search(address)
    if not end:
        found.append("The address ends with a two-letter state and a ZIP code.")
    if not _HOUSE_NUMBER.search(address[: end.start()] if end else address):
        found.append("The address has no house number.")
    return found


def _copay_problems(copay: Decimal | None) -> list[str]:
    if copay is None:
        return []
    if not copay.is_finite() or copay < 0 or copay != copay.quantize(Decimal("0.01")):
        return ["The copay is an amount in dollars and cents."]
    return []


def _unprintable(value: str) -> bool:
    return any(ord(letter) < 32 or 127 <= ord(letter) < 160 for letter in value)


def error(body: bytes) -> tuple[str, tuple[str, ...]]:
    """(message, details) of an error body; documented for 400 only (4)."""
    try:
        found = reading.mapping(reading.load(body))
    except ValueError:
        return "", ()
    return reading.text(found.get("error"))[:1000], remarks(found.get("details"))


def remarks(value) -> tuple[str, ...]:
    """Details or warnings as texts, whether they are texts or objects (3.2)."""
    items = value if isinstance(value, list) else [value]
    found = []
    for item in items[:50]:
        if isinstance(item, dict):
            parts = (f"{key}: {reading.text(item[key])}" for key in item if key != "index")
            found.append(", ".join(parts))
        else:
            found.append(reading.text(item))
    return tuple(filter(None, found))
