"""Doses in Fullscript's vocabulary (Fullscript reference 5.4, 14 no. 20)."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from practice.vendors.contract import Dose, PlanLine, PlanPill, Slot
from practice.vendors.fullscript import dosage, vocabulary

ONE, HALF = Decimal(1), Decimal("0.5")
SAID = (Slot.WAKING, Slot.BREAKFAST, Slot.AFTERNOON, Slot.EVENING, Slot.BEDTIME)
EXACT = st.tuples(
    st.sampled_from([ONE, HALF]),
    st.lists(st.sampled_from(SAID), min_size=1, max_size=4, unique=True),
    st.sampled_from([True, None]),
).map(lambda found: tuple(Dose(slot, found[0], found[2]) for slot in found[1]))
ANY = st.lists(
    st.builds(
        Dose,
        st.sampled_from(list(Slot)),
        st.decimals("0.25", "9", places=2),
        st.sampled_from([True, False, None]),
    ),
    max_size=6,
).map(tuple)


def line(*doses, **fields):
    return PlanLine(sku="variant-1", doses=doses, **fields)


def test_a_plain_dose_uses_the_vendors_words():
    doses = (Dose(Slot.WAKING, ONE, True), Dose(Slot.BEDTIME, ONE, True))
    written = dosage.write(line(*doses, duration_days=30, dose_form="Capsules"))
    assert written.dosage == {
        "amount": "1",
        "frequency": "twice per day",
        "time_of_day": ["upon waking", "bedtime"],
        "duration": "30",
        "format": "capsule",
    }
    assert (written.take_with, written.losses) == ("food", ())


@pytest.mark.parametrize(
    ("fields", "duration"),
    [
        ({}, "ongoing"),
        ({"as_needed": True}, "as needed"),
        ({"duration_days": 1}, "1"),
    ],
)
def test_a_duration_is_always_said(fields, duration):
    assert dosage.write(line(Dose(Slot.EVENING, ONE), **fields)).dosage["duration"] == duration


@pytest.mark.parametrize(
    ("doses", "left_out", "words"),
    [
        ([Dose(Slot.BREAKFAST, Decimal(2))], "amount", "Take 2 at breakfast."),
        (
            [Dose(Slot.BREAKFAST, ONE), Dose(Slot.EVENING, HALF)],
            "amount",
            "Take 1 at breakfast and 0.5 in the evening.",
        ),
        ([Dose(slot, ONE) for slot in SAID], "frequency", "Take 1 on waking,"),
        ([Dose(Slot.BREAKFAST, ONE, False)], "take_with", "Take 1 at breakfast without food."),
        (
            [Dose(Slot.BREAKFAST, ONE, True), Dose(Slot.EVENING, ONE)],
            "take_with",
            "Take 1 at breakfast with food and 1 in the evening.",
        ),
    ],
)
def test_what_has_no_word_is_left_out_and_written_out(doses, left_out, words):
    written = dosage.write(line(*doses))
    assert left_out not in written.dosage
    assert words in written.dosage["additional_info"]
    assert written.losses


@pytest.mark.parametrize("slot", [Slot.MID_MORNING, Slot.MIDDAY])
def test_a_rounded_time_of_day_is_written_out_as_well(slot):
    written = dosage.write(line(Dose(slot, ONE)))
    assert written.dosage["time_of_day"] == [vocabulary.TIMES[slot]]
    assert "mid" in written.dosage["additional_info"]


def test_free_text_and_notes_go_word_for_word():
    found = dosage.write(line(sig="2 sprays sublingually", notes="Avoid with coffee."))
    assert found.dosage["additional_info"] == "2 sprays sublingually Avoid with coffee."


@pytest.mark.parametrize(
    ("form", "written"),
    [
        ("Tablet", "tablet"),
        ("drop", "drops"),
        ("Powders", "powder"),
        ("softgel", None),
        ("", None),
    ],
)
def test_an_unknown_form_is_left_out(form, written):
    assert dosage.write(line(dose_form=form)).dosage.get("format") == written


@given(ANY, st.booleans(), st.sampled_from([None, 7]))
def test_only_listed_words_are_ever_written(doses, as_needed, days):
    written = dosage.write(line(*doses, as_needed=as_needed, duration_days=days)).dosage
    assert written.get("amount", "1") in ("1", "1/2")
    assert written.get("frequency", "once per day") in vocabulary.FREQUENCIES.values()
    assert set(written.get("time_of_day", [])) <= set(vocabulary.SLOTS)
    assert written["duration"] in ("7", "ongoing", "as needed")


@given(ANY)
def test_what_the_fields_do_not_carry_the_words_do(doses):
    written = dosage.write(line(*doses))
    carried = dosage.doses(written.dosage, written.take_with)
    if set(carried) != set(doses):
        info = written.dosage.get("additional_info", "")
        needed = {dose.slot for dose in doses} == {Slot.AS_NEEDED} and not written.losses
        assert needed or all(f"{dose.quantity:f}".rstrip("0").rstrip(".") in info for dose in doses)


@given(EXACT)
def test_a_dose_with_words_for_all_of_it_is_read_back(doses):
    written = dosage.write(line(*doses))
    assert written.losses == ()
    assert dosage.doses(written.dosage, written.take_with) == doses


@pytest.mark.parametrize(
    "found",
    [
        {"amount": "1-2", "frequency": "once per day", "time_of_day": ["morning"]},
        {"amount": "1", "frequency": "twice per day", "time_of_day": ["morning"]},
        {"amount": "1", "frequency": "once per day"},
        {"amount": "1", "frequency": "every night"},
        {"amount": "1", "frequency": "once per day", "time_of_day": ["at noon"]},
        {"amount": "one", "frequency": "once per day", "time_of_day": ["morning"]},
        {"amount": "0", "frequency": "once per day", "time_of_day": ["morning"]},
        {"amount": None, "frequency": None, "time_of_day": None},
        {"amount": {}, "frequency": [], "time_of_day": 7},
        {},
    ],
)
def test_a_doubtful_dosage_is_no_dose(found):
    assert dosage.doses(found) == ()


def test_every_morning_is_one_in_the_morning():
    found = {"amount": "1/2", "frequency": "Every morning"}
    assert dosage.doses(found) == (Dose(Slot.BREAKFAST, HALF),)


def test_a_doubtful_dosage_keeps_its_words():
    found = {"amount": "1-2", "frequency": "every night", "format": "capsule"}
    assert dosage.sig(found, "food") == "1-2 capsule every night, with food."
    assert dosage.sig({}) == ""


def test_an_unlisted_form_is_written_out():
    found = dosage.write(line(Dose(Slot.EVENING, ONE), dose_form="Softgels"))
    assert found.dosage["additional_info"] == "Take 1 softgel in the evening."
    assert "Softgels" in found.losses[0]


def test_a_wording_reads_as_one_line():
    doses = (Dose(Slot.BREAKFAST, ONE, True), Dose(Slot.BEDTIME, ONE, True))
    found = dosage.wording(line(*doses, duration_days=30, dose_form="capsule"))
    assert found.text == "1 capsule twice per day, morning and bedtime, with food, for 30 days."
    assert found.losses == found.problems == ()


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"sku": ""}, "no Fullscript variant"),
        ({"units": 0}, "At least one bottle"),
        ({"duration_days": 0}, "at least one day"),
        ({"pills": (PlanPill("1", 1, Slot.EVENING),)}, "does not make packs"),
        ({"doses": (Dose(Slot.EVENING, Decimal(0)),)}, "more than nothing"),
    ],
)
def test_a_line_that_cannot_be_sent_says_why(change, problem):
    (found,) = dosage.wording(replace(line(Dose(Slot.EVENING, ONE)), **change)).problems
    assert problem in found
