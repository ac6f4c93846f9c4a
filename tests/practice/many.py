"""A practice of many patients, of whom half share a phone with one other."""

import datetime as dt

from practice.models import Patient
from tests.factories import PatientFactory

SYLLABLES = "bal,cor,dun,fen,gar,hol,jun,kel,lam,mor,nor,pel,quin,ros,sal,tor,ulm,ves,wil,zan"
SYLLABLES = SYLLABLES.split(",")


def patients(practice, number):
    """Inside a unit."""
    Patient.objects.bulk_create(
        [
            PatientFactory.build(
                practice=practice,
                first_name=f"{SYLLABLES[n % 20]}{SYLLABLES[n // 20 % 20]}a",
                last_name=f"{SYLLABLES[n // 400 % 20]}{SYLLABLES[n * 7 % 20]}{n % 97}",
                birth_date=dt.date(1940, 1, 1) + dt.timedelta(days=n * 7919 % 29_000),
                email=f"p{n}@patients.example",
                phone=f"+1813{5_000_000 + n // 2}",
            )
            for n in range(number)
        ],
        batch_size=5000,
    )


def twice(practice, number) -> set[tuple[int, int]]:
    """That many are there a second time: their ids and those of the copies. Inside a unit."""
    pairs = set()
    for patient in Patient.objects.for_practice(practice).order_by("pk")[:number]:
        was = patient.pk
        patient.pk = None
        patient.save()
        pairs.add((was, patient.pk))
    return pairs
