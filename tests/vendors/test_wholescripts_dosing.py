"""The dosing text of WholeScripts (WholeScripts reference 8.6)."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from practice.vendors.contract import Dose, Slot
from practice.vendors.wholescripts import dosing

WRITABLE = st.lists(
    st.sampled_from([Slot.BREAKFAST, Slot.EVENING]), min_size=1, max_size=2, unique=True
).flatmap(
    lambda slots: st.tuples(
        *(st.integers(1, 999).map(lambda n, slot=slot: Dose(slot, Decimal(n))) for slot in slots)
    )
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2-AM|1-PM", ((2, "AM"), (1, "PM"))),
        (" 2-AM |1-PM ", ((2, "AM"), (1, "PM"))),
        ("12-PM", ((12, "PM"),)),
        ("1-Bedtime without food", ((1, "Bedtime without food"),)),
        ("1-Mid-day", ((1, "Mid-day"),)),
        ("", ()),
        ("   ", ()),
        (None, ()),
    ],
)
def test_readable_text_becomes_segments(text, expected):
    assert dosing.segments(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("1.5-AM", "0-AM", "01-AM", "-1-AM", "½-AM", "１-AM", "PM", "2-", "2- ", "AM-2"),
        *("two-AM", "1-AM|", "|1-AM", "1-AM||1-PM", "2-AM|1-AM", "1-AM\n", "1-A\tM", "1 -AM"),
    ],
)
def test_anything_else_stays_text(text):
    assert dosing.segments(text) is None
    assert dosing.doses(text) is None


def test_a_slot_without_a_meaning_of_ours_is_no_dose():
    assert dosing.segments("1-Noon") == ((1, "Noon"),)
    assert dosing.doses("1-AM|1-Noon") is None


def test_bedtime_is_read_with_what_it_says_of_food():
    assert dosing.doses("1-Bedtime without food") == (Dose(Slot.BEDTIME, Decimal(1), False),)


@pytest.mark.parametrize(
    "doses",
    [
        (Dose(Slot.BEDTIME, Decimal(1)),),
        (Dose(Slot.BREAKFAST, Decimal("0.5")),),
        (Dose(Slot.BREAKFAST, Decimal(0)),),
        (Dose(Slot.BREAKFAST, Decimal(1)), Dose(Slot.BREAKFAST, Decimal(1))),
        (Dose(Slot.BREAKFAST, Decimal(1)), Dose(Slot.MIDDAY, Decimal(1))),
    ],
)
def test_what_the_grammar_lacks_is_not_written(doses):
    assert dosing.write(doses) is None


@given(WRITABLE)
def test_what_is_written_is_read_back(doses):
    written = dosing.write(doses)
    assert set(dosing.doses(written)) == set(doses)
    assert dosing.write(dosing.doses(written)) == written


@given(st.text(alphabet="0123456789-|AMP .\tö", max_size=20))
def test_no_text_is_read_into_something_else(text):
    found = dosing.segments(text)
    if found:
        rebuilt = "|".join(f"{quantity}-{slot}" for quantity, slot in found)
        assert rebuilt == "|".join(
            "-".join(part.strip(" ") for part in segment.split("-", 1))
            for segment in text.split("|")
        )
