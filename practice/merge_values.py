"""The values of two records side by side, and which of them the kept one has afterwards."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from practice import belongings
from practice.models import Patient

# What is chosen together: half of one address and half of another is nobody's.
FIELDS = {
    "name": ("first_name", "last_name"),
    "birth_date": ("birth_date",),
    "sex": ("sex",),
    "record_number": ("record_number",),
    "allergies": ("allergies",),
    "email": ("email",),
    "phone": ("phone",),
    "address": ("street", "unit", "city", "state", "postal_code"),
    "practitioner": ("practitioner_id",),
}
LABELS = {
    "name": "Name",
    "birth_date": "Birth date",
    "sex": "Sex",
    "record_number": "Record number (MRN)",
    "allergies": "Allergies",
    "email": "E-mail",
    "phone": "Phone",
    "address": "Address",
    "practitioner": "Practitioner",
}


@dataclass(frozen=True)
class Side:
    """One record's words for a group of fields, '' where nothing is recorded."""

    patient_id: int
    words: str


@dataclass(frozen=True)
class Line:
    """One group of fields. Where the two differ, `default` is the id whose value is offered,
    or "both" for allergies."""

    key: str
    label: str
    sides: tuple[Side, Side]
    default: str
    union: str = ""

    @property
    def differs(self) -> bool:
        return self.sides[0].words != self.sides[1].words


def lines(one: Patient, other: Patient, keeping: Patient) -> list[Line]:
    """Every group that one of the two has. The kept record's value is offered, and the other
    one's where it has none; of allergies, those of both."""
    giving = other if keeping.pk == one.pk else one
    found = []
    for key, label in LABELS.items():
        sides = tuple(Side(patient.pk, words_of(patient, key)) for patient in (one, other))
        if not any(side.words for side in sides):
            continue
        default = str(keeping.pk if words_of(keeping, key) else giving.pk)
        union = ""
        if key == "allergies":
            default, union = "both", allergies_of_both(keeping, giving)
        found.append(Line(key, label, sides, default, union))
    return found


def likely_to_keep(one: Patient, other: Patient) -> Patient:
    """The one with more behind it, of two alike the older; never an archived one."""
    if bool(one.archived_at) != bool(other.archived_at):
        return other if one.archived_at else one
    held = [numbers for _, numbers in belongings.counts(one.pk, other.pk)]
    more = sum(numbers[0] - numbers[1] for numbers in held)
    older, younger = sorted((one, other), key=lambda patient: patient.pk)
    if not more:
        return older
    return one if more > 0 else other


def words_of(patient: Patient, key: str) -> str:
    match key:
        case "name":
            return patient.name
        case "birth_date":
            return f"{patient.birth_date:%b %-d, %Y}" if patient.birth_date else ""
        case "sex":
            return patient.get_sex_display() if patient.sex else ""
        case "phone":
            return patient.phone.as_national if patient.phone else ""
        case "address":
            return ", ".join(
                str(value) for field in FIELDS[key] if (value := getattr(patient, field))
            )
        case "practitioner":
            return patient.practitioner.name if patient.practitioner else ""
    return getattr(patient, key)


def allergies_of_both(kept: Patient, merged: Patient) -> str:
    """The kept one's first, each once whatever its case."""
    named = {}
    for word in (*kept.alerts, *merged.alerts):
        named.setdefault(word.casefold(), word)
    return ", ".join(named.values())


def plain(value):
    """As JSON holds it."""
    if isinstance(value, dt.date):
        return value.isoformat()
    return value if value is None or isinstance(value, int) else str(value)


def label_of(field: str) -> str:
    """What a person calls the column `field`."""
    group = next(key for key, fields in FIELDS.items() if field in fields)
    return LABELS[group]
