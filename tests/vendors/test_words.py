"""Doses in plain English."""

from decimal import Decimal

import pytest

from practice.vendors import words
from practice.vendors.contract import Dose, PlanLine, Slot


@pytest.mark.parametrize(
    ("quantity", "written"),
    [("1", "1"), ("2.00", "2"), ("0.50", "0.5"), ("1E+1", "10"), ("100", "100")],
)
def test_an_amount_has_no_exponent_and_no_idle_zero(quantity, written):
    assert words.amount(Decimal(quantity)) == written


@pytest.mark.parametrize(
    ("quantity", "unit", "written"),
    [
        ("1", "Capsules", "1 capsule"),
        ("2", "capsule", "2 capsules"),
        ("0.5", "Tablets", "0.5 tablet"),
        ("3", "suppository", "3 suppositories"),
        ("2", "drops", "2 drops"),
        ("2", "", "2"),
    ],
)
def test_a_unit_agrees_with_its_number(quantity, unit, written):
    assert words.counted(Decimal(quantity), unit) == written


def test_doses_read_as_a_sentence():
    found = (
        Dose(Slot.WAKING, Decimal(1), with_food=False),
        Dose(Slot.MIDDAY, Decimal(2)),
        Dose(Slot.BEDTIME, Decimal(1), with_food=True),
    )
    assert words.doses(found) == (
        "Take 1 on waking without food, 2 at midday and 1 at bedtime with food."
    )
    assert words.doses(()) == ""


@pytest.mark.parametrize(
    ("days", "written"), [(None, ""), (1, "Use for 1 day."), (14, "Use for 14 days.")]
)
def test_a_duration_reads_as_a_sentence(days, written):
    assert words.duration(PlanLine(sku="1", duration_days=days)) == written


def test_every_slot_has_its_words():
    assert set(words.SLOTS) == set(Slot)
