"""Whether one order is good (reference 3.1). Strict where the reference is silent.

Unknown fields and nulls are refused, so that a client that sends them is noticed.
"""

import datetime as dt
import re
import uuid

BOOLEANS = ("requires_signature", "cold_chain", "controlled_substance")
TEXTS = (
    "patient_name",
    "patient_address",
    "patient_phone",
    "rx_number",
    "priority",
    "delivery_date",
    "dea_schedule",
    "external_patient_id",
    "pharmacy_id",
    "notes",
    "barcode",
)
FIELDS = {*BOOLEANS, *TEXTS, "medications", "copay_amount"}
PHONE = re.compile(r"\+[1-9][0-9]{7,14}")
ZIP = re.compile(r"\b[0-9]{5}(-[0-9]{4})?\b")
PRIORITIES = ("routine", "urgent", "stat")
SCHEDULES = ("II", "III", "IV", "V")


def problems(world, order) -> list[tuple[str, str]]:
    """(field, what is wrong) for everything wrong with the order."""
    if not isinstance(order, dict):
        return [("", "must be an object")]
    found = [(name, "is not a known field") for name in sorted(order.keys() - FIELDS)]
    found += [
        (name, "must be text")
        for name in TEXTS
        if name in order and not isinstance(order[name], str)
    ]
    found += [
        (name, "must be true or false")
        for name in BOOLEANS
        if name in order and not isinstance(order[name], bool)
    ]
    for name in ("patient_name", "patient_address"):
        if not str(order.get(name) or "").strip():
            found.append((name, "is required"))
    if not found:
        found = [*_values(world, order), *_schedule(order)]
    return found


def remarks(order: dict) -> list[tuple[str, str]]:
    """(field, remark) that do not keep a package from being made."""
    if not ZIP.search(order["patient_address"]):
        return [("patient_address", "has no ZIP code; the place may be wrong")]
    return []


def _values(world, order: dict):
    if world.knobs["scriptrun"]["sms_enabled"] and not order.get("patient_phone"):
        yield "patient_phone", "is required for SMS"
    if "patient_phone" in order and not PHONE.fullmatch(order["patient_phone"]):
        yield "patient_phone", "must be E.164"
    if order.get("priority", "routine") not in PRIORITIES:
        yield "priority", "must be routine, urgent or stat"
    if "delivery_date" in order and not _is_day(world, order["delivery_date"]):
        yield "delivery_date", "must be a day from today on, YYYY-MM-DD"
    copay = order.get("copay_amount", 0)
    if isinstance(copay, bool) or not isinstance(copay, int | float) or copay < 0:
        yield "copay_amount", "must be dollars"
    medications = order.get("medications", [])
    if not isinstance(medications, list) or not all(isinstance(m, str) for m in medications):
        yield "medications", "must be a list of text"
    if "pharmacy_id" in order and not _is_uuid(order["pharmacy_id"]):
        yield "pharmacy_id", "must be a uuid"


def _schedule(order: dict):
    controlled, schedule = order.get("controlled_substance", False), order.get("dea_schedule")
    if controlled and schedule is None:
        yield "dea_schedule", "is required for a controlled substance"
    if schedule is not None and not controlled:
        yield "dea_schedule", "needs controlled_substance"
    if schedule is not None and schedule not in SCHEDULES:
        yield "dea_schedule", "must be II, III, IV or V"


def _is_day(world, text: str) -> bool:
    """A day that is not over in any American zone."""
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        return False
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return False
    return day >= (world.now() - dt.timedelta(hours=12)).date()


def _is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True
