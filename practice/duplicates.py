"""Finding two records of one person, and remembering which are not."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce, Lower

from practice import alike
from practice.alike import Likeness, Pair, Record, Register
from practice.models import Patient, PatientsApart, Practice

NEAR = 200  # those who share something with one patient, at most


@dataclass(frozen=True)
class Other:
    """Another patient beside the one that is looked at."""

    patient: Patient
    likeness: Likeness


@dataclass(frozen=True)
class Around:
    """Who may be the same as a patient, and who shares an e-mail or a phone with them."""

    alike: tuple[Other, ...]
    household: tuple[Other, ...]


def of_practice(practice: Practice) -> list[Pair]:
    """All pairs of current patients who may be one. Two queries, however many they are."""
    current = Patient.objects.for_practice(practice).current()
    return Register.of(current).pairs(apart=_apart(PatientsApart.objects.for_practice(practice)))


def around(patient: Patient) -> Around:
    """One query, by indexed keys. Only current patients."""
    others = (
        sharing(patient)
        .current()
        .exclude(pk=patient.pk)
        .annotate(is_apart=Exists(_said_of(patient)))
        .order_by("id")
    )
    record = Record.of(patient)
    compared = [Other(other, alike.compare(record, Record.of(other))) for other in others[:NEAR]]
    compared.sort(key=lambda other: (-other.likeness.score, other.patient.pk))
    return Around(
        alike=tuple(
            other for other in compared if other.likeness.may_be_same and not other.patient.is_apart
        ),
        household=tuple(other for other in compared if other.likeness.is_household),
    )


def sharing(patient: Patient):
    """The practice's patients who share name, birth date, e-mail, phone or number with `patient`,
    this one included."""
    shares = Q(last_low=patient.last_name.lower(), first_low=patient.first_name.lower())
    if patient.birth_date:
        shares |= Q(birth_date=patient.birth_date)
    if patient.email:
        shares |= Q(email_low=patient.email.lower())
    if patient.phone:
        shares |= Q(phone=patient.phone)
    if patient.record_number:
        shares |= Q(record_number=patient.record_number)
    return (
        Patient.objects.for_practice(patient.practice_id)
        .alias(last_low=Lower("last_name"), first_low=Lower("first_name"), email_low=Lower("email"))
        .filter(shares)
    )


def say_apart(one: Patient, other: Patient, *, by: str, now: dt.datetime) -> None:
    """Remembers that these two are not the same. Saying it twice changes nothing."""
    first, second = _ordered(one, other)
    PatientsApart.objects.bulk_create(
        [
            PatientsApart(
                practice_id=one.practice_id,
                first_id=first,
                second_id=second,
                said_by=by,
                said_at=now,
            )
        ],
        ignore_conflicts=True,
    )


def _ordered(one: Patient, other: Patient) -> tuple[int, int]:
    return min(one.pk, other.pk), max(one.pk, other.pk)


def _said_of(patient: Patient):
    """What was said of `patient` and the other one of a query over patients."""

    def is_one(side, who):
        return Q(**{side: who}) | Q(**{f"{side}__merged_into": who})

    other = OuterRef("pk")
    return PatientsApart.objects.for_practice(patient.practice_id).filter(
        is_one("first", patient) & is_one("second", other)
        | is_one("second", patient) & is_one("first", other)
    )


def _apart(said) -> set[tuple[int, int]]:
    """Who is not whom. What was said of a merged patient holds for the one that was kept."""
    pairs = said.values_list(
        Coalesce(F("first__merged_into"), F("first")),
        Coalesce(F("second__merged_into"), F("second")),
    )
    return {(min(pair), max(pair)) for pair in pairs}
