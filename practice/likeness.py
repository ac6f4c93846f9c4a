"""How much a vendor's patient is like ours.

Families share e-mail addresses and move together: an e-mail alone says nothing. Name and
birth date together do; one of the two is for a person to judge.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from dataclasses import dataclass

from practice.models import Patient
from practice.vendors.contract import PatientRow


@dataclass(frozen=True)
class Trait:
    """One thing both sides may know. `agrees` is None where either does not."""

    label: str
    ours: str | dt.date | None
    theirs: str | dt.date | None
    agrees: bool | None


@dataclass(frozen=True)
class Likeness:
    name: Trait
    birth_date: Trait
    email: Trait

    @property
    def traits(self) -> tuple[Trait, Trait, Trait]:
        return (self.name, self.birth_date, self.email)

    @property
    def is_same(self) -> bool:
        """Name and birth date agree."""
        return bool(self.name.agrees and self.birth_date.agrees)

    @property
    def may_be(self) -> bool:
        """Name or birth date agrees: a person may say that it is the same patient."""
        return bool(self.name.agrees or self.birth_date.agrees)

    @property
    def contradicts(self) -> bool:
        """The names differ, or both birth dates are known and differ."""
        return not self.name.agrees or self.birth_date.agrees is False


def of(patient: Patient, row: PatientRow) -> Likeness:
    return Likeness(
        name=_trait("Name", patient.name, f"{row.first_name} {row.last_name}".strip()),
        birth_date=_trait("Birth date", patient.birth_date, row.birth_date),
        email=_trait("E-mail", patient.email, row.email),
    )


def _trait(label, ours, theirs) -> Trait:
    known = bool(ours and theirs)
    return Trait(label, ours, theirs, plain(ours) == plain(theirs) if known else None)


def plain(value):
    """A text without regard to case, spacing and forms of letters; a day as it is."""
    if isinstance(value, dt.date):
        return value
    return " ".join(unicodedata.normalize("NFKC", value).casefold().split())
