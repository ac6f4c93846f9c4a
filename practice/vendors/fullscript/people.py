"""Fullscript's patients and their addresses, read and written (reference 5.2, 8.4, 9).

Read: any of the spellings of REST, webhooks and Embed, with whatever keys are missing.
Written: every scalar as text, and only what is known.
"""

from __future__ import annotations

from collections.abc import Collection

from practice.vendors import reading
from practice.vendors.contract import PatientRow, PostalAddress
from practice.vendors.fullscript import vocabulary
from practice.vendors.fullscript.payloads import folded

# What of a patient can be changed there, in our words, and what it is called.
FIELDS = {
    "first_name": "first_name",
    "last_name": "last_name",
    "email": "email",
    "birth_date": "date_of_birth",
    "sex": "gender",
    "phone": "mobile_number",
}


def patient(found: dict) -> PatientRow:
    row = folded(found)
    guardian = row.get("guardian_patient_id")
    guardian_id = reading.text(guardian) or reading.text(
        reading.mapping(row.get("guardian")).get("id")
    )
    said = reading.flag(row.get("is_dependent"))
    return PatientRow(
        id=reading.text(row.get("id")),
        first_name=reading.text(row.get("first_name")) or reading.text(row.get("first_nane")),
        last_name=reading.text(row.get("last_name")),
        email=reading.text(row.get("email")),
        birth_date=reading.day(row.get("date_of_birth")),
        our_id=reading.text(reading.mapping(row.get("metadata")).get("id")),
        is_dependent=said if said is not None else (True if guardian_id else None),
        guardian_id="" if said is False else guardian_id,
        is_archived=bool(reading.flag(row.get("archived"))),
        sex=_sex(row.get("gender")) or _sex(row.get("biological_sex")),
        phone=reading.text(row.get("mobile_number")),
    )


def _sex(value) -> str:
    found = reading.text(value).lower()
    return found if found in vocabulary.GENDERS else ""


def new_patient(row: PatientRow, send_welcome_email: bool) -> dict:
    """The body that creates `row`. The e-mail switch is always said."""
    body = {
        "email": row.email,
        "first_name": row.first_name,
        "last_name": row.last_name,
        "send_welcome_email": "true" if send_welcome_email else "false",
    }
    body |= {
        theirs: _written(row, ours)
        for ours, theirs in FIELDS.items()
        if theirs not in body and _written(row, ours)
    }
    if row.our_id:
        body["metadata"] = {"id": row.our_id}
    return body


def changed_patient(row: PatientRow, fields: Collection[str]) -> dict:
    """The body that changes `fields` (names of `FIELDS`) to what `row` has, and nothing else."""
    return {FIELDS[name]: _written(row, name) for name in fields}


def linked_patient(row: PatientRow, send_welcome_email: bool) -> dict:
    """`row` for a link: the vendor's id where known, ours, and what helps to match (9)."""
    found = new_patient(row, send_welcome_email)
    found.pop("metadata", None)
    found |= {"id": row.id, "external_id": row.our_id}
    return {key: value for key, value in found.items() if value}


def patient_id_of_link(found: dict) -> str:
    """Whom an answer to a link names, in any of three places; '' where in none (unknown 17)."""
    nested = reading.mapping(found.get("dynamic_links"))
    return (
        reading.text(reading.mapping(found.get("patient")).get("id"))
        or reading.text(nested.get("patient_id"))
        or reading.text(found.get("patient_id"))
    )


def _written(row: PatientRow, name: str) -> str:
    if name == "birth_date":
        return row.birth_date.isoformat() if row.birth_date else ""
    return getattr(row, name)


def address(found: dict) -> PostalAddress:
    """No field of it is documented: the names that addresses go by elsewhere are tried."""
    row = folded(reading.mapping(found.get("address")) or found)

    def first(*keys):
        return next(filter(None, (_named(row.get(key)) for key in keys)), "")

    return PostalAddress(
        id=first("id"),
        name=first("name", "full_name") or f"{first('first_name')} {first('last_name')}".strip(),
        street=first("address1", "address_1", "street", "street1", "line1", "line_1", "address"),
        unit=first("address2", "address_2", "unit", "street2", "line2", "line_2"),
        city=first("city", "town"),
        state=first("state", "state_code", "state_abbr", "province", "region"),
        postal_code=first("zipcode", "zip_code", "zip", "postal_code"),
        country=first("country", "country_code", "country_iso"),
    )


def _named(value) -> str:
    """A text, or the short or long name of an object (a state, a country)."""
    if isinstance(value, dict):
        keys = ("abbr", "abbreviation", "iso", "code", "name")
        return next(filter(None, (reading.text(value.get(key)) for key in keys)), "")
    return reading.text(value)
