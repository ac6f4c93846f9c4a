"""Fullscript's JSON, read into the contract's dataclasses and written from them.

The same thing is spelt three ways there (reference 5.4): `dosage.amount`,
`dosage.recommended_amount`, `dosage.recommendedAmount`. `folded` makes them one.
"""

from __future__ import annotations

import re

from practice.vendors import reading, words
from practice.vendors.contract import (
    NOTHING_MORE,
    Account,
    Allowed,
    HandOver,
    HeldPlan,
    Kind,
    ListingRow,
    OutgoingPlan,
    PlanLine,
)
from practice.vendors.fullscript import dosage as dosages
from practice.vendors.fullscript import vocabulary

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def folded(value):
    """`value` with camelCase as snake_case and without `recommended_` on dosage keys."""
    return reading.rekeyed(value, _fold)


def _fold(key: str) -> str:
    return _HUMP.sub("_", key).lower().removeprefix("recommended_")


def error(body: bytes) -> tuple[str, tuple[str, ...]]:
    """(message, details) of an error body of any shape (reference 4.2); ('', ()) if none."""
    try:
        found = reading.load(body)
    except ValueError:
        return "", ()
    if not isinstance(found, dict):
        return "", _messages(found)
    messages = _messages(found.get("error")) or _messages(found.get("errors"))
    message = reading.text(found.get("error_description")) or "; ".join(messages)
    return message[:1000], messages


def _messages(value) -> tuple[str, ...]:
    """Every text in `value`, whether text, list, object or a list written into a text."""
    # The guide prints a list inside back-quotes (4.2).
    if isinstance(value, str) and (inner := value.strip().strip("`")).startswith("["):
        try:
            value = reading.load(inner.encode("utf-8", "replace"))
        except ValueError:
            return reading.texts(value)
    if isinstance(value, dict):
        found = [
            f"{name}: {message}" if name not in ("message", "error") else message
            for name, item in value.items()
            for message in _messages(item)
        ]
    elif isinstance(value, list):
        found = [message for item in value for message in _messages(item)]
    else:
        found = list(reading.texts(value))
    return tuple(found[:20])


def account(clinic: dict, practitioner: dict) -> Account:
    return Account(
        id=reading.text(clinic.get("id")),
        name=reading.text(clinic.get("name")),
        practitioner_id=reading.text(practitioner.get("id")),
        email=reading.text(practitioner.get("email")),
    )


def product_rows(product: dict) -> tuple[tuple[ListingRow, ...], int]:
    """One row per variant of a product, and how many variants had no id."""
    variants = reading.mappings(product.get("variants"))
    rows = [variant_row(variant, product) for variant in variants]
    used = tuple(row for row in rows if row.sku)
    return used, len(rows) - len(used)


def variant_row(variant: dict, product: dict) -> ListingRow:
    """`sku` is the variant's id: it is what a plan names. Fullscript's own SKU is in `raw`."""
    own = folded({key: product.get(key) for key in ("brand", "dosage", "custom_dosage")})
    advice = reading.mapping(own.get("custom_dosage")) or reading.mapping(own.get("dosage"))
    count, unit = reading.text(variant.get("units")), reading.text(variant.get("unit_of_measure"))
    availability = reading.text(variant.get("availability"))
    status = reading.text(variant.get("status"))
    in_stock = vocabulary.IN_STOCK.get(availability.lower())
    doses = dosages.doses(advice)
    return ListingRow(
        sku=reading.text(variant.get("id")),
        name=_named(reading.text(product.get("name")), count, unit),
        kind=Kind.BOTTLE,
        brand=reading.text(reading.mapping(own.get("brand")).get("name")),
        upc=reading.text(variant.get("upc")),
        count=count,
        count_unit=unit,
        retail_price=reading.number(variant.get("msrp")),
        in_stock=False if in_stock and status and status != "available" else in_stock,
        availability=availability or status,
        description_html=reading.text(product.get("description_html")),
        default_doses=doses,
        default_sig="" if doses and not advice.get("additional_info") else _advice(advice),
        vendor_product_id=reading.text(product.get("id")),
        raw=reading.plain({**variant, "product": _without_bulk(product)}),
    )


def _named(name: str, count: str, unit: str) -> str:
    size = " ".join(filter(None, (count, unit)))
    return f"{name}, {size}" if name and size else name


def _advice(advice: dict) -> str:
    return dosages.text_of(advice, "") if any(advice.values()) else ""


def _without_bulk(product: dict) -> dict:
    return {
        key: value for key, value in product.items() if key not in ("variants", "description_html")
    }


def write_plan(plan: OutgoingPlan) -> dict:
    """The body that creates `plan`, active (an absent state would mean active as well)."""
    body = {
        "state": "active",
        "recommendations": [_recommendation(line) for line in plan.lines],
        "metadata": {"id": plan.our_id},
    }
    if plan.practitioner_id:
        body["practitioner_id"] = plan.practitioner_id
    if plan.message:
        body["personal_message"] = plan.message
    return body


def _recommendation(line: PlanLine) -> dict:
    written = dosages.write(line)
    found = {
        "variant_id": line.sku,
        "units_to_purchase": str(line.units),
        "dosage": written.dosage,
    }
    if written.take_with:
        found["take_with"] = written.take_with
    return found


def held_plan(found: dict, allowed: Allowed = NOTHING_MORE) -> HeldPlan:
    """A plan from REST, a webhook or an Embed event."""
    plan = folded(found)
    raw_state = reading.text(plan.get("state"))
    owner, practitioner = reading.mapping(plan.get("patient")), plan.get("practitioner")
    return HeldPlan(
        id=reading.text(plan.get("id")),
        state=vocabulary.STATES.get(raw_state.lower(), "unknown"),
        raw_state=raw_state,
        patient_id=reading.text(owner.get("id")) or reading.text(plan.get("patient_id")),
        lines=tuple(line(item, allowed) for item in reading.mappings(plan.get("recommendations"))),
        practitioner_id=reading.text(reading.mapping(practitioner).get("id")),
        patient_email=reading.text(owner.get("email")),
        practitioner_email=reading.text(reading.mapping(practitioner).get("email")),
        sent_at=reading.instant(plan.get("created_at")),
        link=reading.address(plan.get("invitation_url")),
        our_id=reading.text(reading.mapping(plan.get("metadata")).get("id")),
        raw=reading.plain(found),
    )


def line(item: dict, allowed: Allowed = NOTHING_MORE) -> PlanLine:
    """One folded line of a plan or a protocol."""
    dosage = reading.mapping(item.get("dosage"))
    take_with = reading.text(item.get("take_with"))
    length = reading.text(dosage.get("duration")).lower()
    doses = dosages.doses(dosage, take_with, allowed)
    return PlanLine(
        sku=reading.text(item.get("variant_id")),
        units=reading.whole(item.get("units_to_purchase")) or 1,
        doses=doses,
        sig="" if doses else dosages.sig(dosage, take_with),
        duration_days=int(length) if length.isdecimal() and len(length) < 6 else None,
        as_needed=length == vocabulary.AS_NEEDED,
        notes=words.sentences(reading.text(dosage.get("additional_info")), _odd_length(length)),
        dose_form=reading.text(dosage.get("format")),
        refill=bool(reading.flag(item.get("refill"))),
        reads=dosages.text_of(dosage, take_with),
    )


def _odd_length(length: str) -> str:
    """A duration of which no number of days can be made, in its own words."""
    known = length.isdecimal() or length in ("", vocabulary.ONGOING, vocabulary.AS_NEEDED)
    return "" if known else f"Duration: {length}."


def hand_over(found: dict) -> HandOver:
    """A session grant; it has no wrapper (reference 8.1)."""
    return HandOver(
        secret_token=reading.text(found.get("secret_token")),
        expires_at=reading.instant(found.get("expires_at")),
    )
