"""A vendor's patients beside one of ours: who may be meant, and who must not be linked.

Families share e-mail addresses, and a child often carries a parent's name. A dependent is
never linked by way of the guardian, and a minor never to a grown-up.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils import timezone

from practice import likeness
from practice.ages import age_on
from practice.likeness import Likeness
from practice.models import Patient
from practice.vendors.contract import PatientRow

OF_AGE = 18


@dataclass(frozen=True)
class Candidate:
    """One of the vendor's patients beside ours. `taken_by` is another patient of ours who is
    linked to this one, `guardian` who answers for them there, `ward` a dependent of theirs
    who is likelier meant."""

    row: PatientRow
    likeness: Likeness
    has_our_id: bool
    taken_by: Patient | None = None
    guardian: PatientRow | None = None
    ward: PatientRow | None = None
    is_too_old: bool = False

    @property
    def is_certain(self) -> bool:
        return self.has_our_id and self.likeness.is_same

    @property
    def is_dependent(self) -> bool:
        return bool(self.row.is_dependent)

    def refusal(self, label: str) -> str:
        """Why this one may not be linked, for the person; '' where they may."""
        if self.taken_by:
            return (
                f"That {label} patient is linked to {self.taken_by.name} already. "
                "If that is wrong, unlink it there first."
            )
        if not self.likeness.may_be:
            return (
                "Neither the name nor the birth date is the same, and families share e-mail "
                "addresses. If it is the same person, correct the details on one side first."
            )
        if self.ward:
            return (
                f"That is the guardian of {self.ward.name}, who is more like your patient. "
                "Choose the dependent: nobody is linked to their guardian."
            )
        if self.is_too_old:
            return (
                f"Your patient is a child and that {label} patient is not. If it is the same "
                "person, correct the birth date on one side first."
            )
        return ""


def compared_with(
    patient: Patient,
    rows: Iterable[PatientRow],
    carrying: set[str],
    guardians: Mapping[str, PatientRow],
    taken: Mapping[str, Patient],
) -> list[Candidate]:
    """`rows` beside `patient`, the likeliest first. `carrying` are the ids of those that
    carry our id, `taken` who else of ours is linked to one."""
    today = timezone.localdate()
    found = [
        Candidate(
            row,
            likeness.of(patient, row),
            row.id in carrying,
            taken_by=taken.get(row.id),
            guardian=guardians.get(row.guardian_id),
            is_too_old=_is_too_old(patient, row, today),
        )
        for row in rows
    ]
    found = [dataclasses.replace(one, ward=_ward(patient, one, found, today)) for one in found]
    return sorted(found, key=_rank)


def _ward(patient, candidate, found, today) -> PatientRow | None:
    """A dependent of `candidate` who is likelier `patient` than they are."""
    own = _agreeing(candidate.likeness)
    for other in found:
        if other.row.guardian_id != candidate.row.id or other.row.id == candidate.row.id:
            continue
        theirs = _agreeing(other.likeness)
        as_likely = theirs == own and not candidate.likeness.is_same and _is_minor(patient, today)
        if theirs > own or (theirs and as_likely):
            return other.row
    return None


def _agreeing(found: Likeness) -> int:
    return sum(trait.agrees is True for trait in (found.name, found.birth_date))


def _is_minor(patient: Patient, today: dt.date) -> bool:
    return bool(patient.birth_date) and age_on(today, patient.birth_date) < OF_AGE


def _is_too_old(patient: Patient, row: PatientRow, today: dt.date) -> bool:
    grown = bool(row.birth_date) and age_on(today, row.birth_date) >= OF_AGE
    return _is_minor(patient, today) and grown


def _rank(candidate: Candidate):
    like = candidate.likeness
    return (
        not candidate.has_our_id,
        candidate.row.is_archived,
        not like.is_same,
        bool(candidate.ward),
        not like.may_be,
        like.name.theirs,
    )
