"""Which column of a file is which field of a patient."""

from __future__ import annotations

from dataclasses import dataclass

from practice.spreadsheet import NotReadable

# Headings as spreadsheets and other programs name them, letters and digits only.
HEADINGS = {
    "first_name": "first name, firstname, given name, given, forename, patient first name, fname",
    "last_name": "last name, lastname, surname, family name, patient last name, lname",
    "birth_date": "birth date, birthdate, date of birth, dob, born, birthday, patient dob",
    "sex": "sex, gender, administrative sex",
    "record_number": "record number, record number mrn, mrn, medical record number, chart number, "
    "chart, patient id, patient number",
    "allergies": "allergies, allergy",
    "email": "email, e-mail, email address, e-mail address, mail, patient email",
    "phone": "phone, phone number, telephone, mobile, mobile phone, cell, cell phone, home phone",
    "street": "street, street and number, address, address 1, address line 1, street address",
    "unit": "unit, apartment, apartment or suite, apt, suite, address 2, address line 2",
    "city": "city, town",
    "state": "state, province, st",
    "postal_code": "zip, zip code, zipcode, postal code, postcode, postal",
}
LABELS = {
    "first_name": "First name",
    "last_name": "Last name",
    "birth_date": "Birth date",
    "sex": "Sex",
    "record_number": "Record number (MRN)",
    "allergies": "Allergies",
    "email": "E-mail",
    "phone": "Phone",
    "street": "Street and number",
    "unit": "Apartment or suite",
    "city": "City",
    "state": "State",
    "postal_code": "ZIP code",
}
BY_LABEL = {label: field for field, label in LABELS.items()}
SEXES = {"f": "female", "w": "female", "woman": "female", "m": "male", "man": "male"}
SEXES |= {"o": "x", "other": "x", "nonbinary": "x", "u": "", "unknown": "", "not recorded": ""}


def _plain(words: str) -> str:
    return "".join(letter for letter in words.casefold() if letter.isalnum())


KNOWN = {_plain(word): field for field, words in HEADINGS.items() for word in words.split(",")}


@dataclass(frozen=True)
class Columns:
    """`fields[i]` is what column i is read as; '' where it is left out."""

    headings: list[str]
    fields: list[str]

    @classmethod
    def of(cls, shown: list[list[str]]) -> Columns:
        """From what `shown` gave."""
        return cls(
            [heading for heading, _ in shown], [BY_LABEL.get(label, "") for _, label in shown]
        )

    @property
    def shown(self) -> list[list[str]]:
        """[heading, the field's label or ''] of every column."""
        return [
            [heading[:80], LABELS.get(field, "")]
            for heading, field in zip(self.headings, self.fields, strict=True)
        ]

    def values(self, cells: list[str]) -> dict[str, str]:
        """Field to text. Cells that are missing at the end are empty."""
        named = {field: "" for field in self.fields if field}
        for field, cell in zip(self.fields, cells, strict=False):
            if field:
                named[field] = " ".join(cell.split())
        if "sex" in named:
            named["sex"] = SEXES.get(named["sex"].casefold(), named["sex"].casefold())
        return named

    def has_too_many(self, cells: list[str]) -> bool:
        return any(cell for cell in cells[len(self.fields) :])


def guess(headings: list[str]) -> Columns:
    """By the headings' usual names. Where two mean one field, the first is taken."""
    fields = [KNOWN.get(_plain(heading), "") for heading in headings]
    taken = [field if field not in fields[:n] else "" for n, field in enumerate(fields)]
    return Columns(headings, taken)


def agree(headings: list[str], fields: list[str]) -> Columns:
    """As a person said. Raises NotReadable where there is no name, or two columns are one
    field."""
    for field in filter(None, dict.fromkeys(fields)):
        if fields.count(field) > 1:
            named = " and ".join(
                f"“{heading[:40]}”"
                for heading, found in zip(headings, fields, strict=True)
                if found == field
            )
            raise NotReadable(f"{named} would both be read as {LABELS[field]}. Leave one out.")
    missing = [LABELS[field] for field in ("first_name", "last_name") if field not in fields]
    if missing:
        raise NotReadable(f"Say which column is the {' and which the '.join(missing)}.")
    return Columns(headings, fields)
