"""How a line reads at WholeScripts, what is lost, and what stops it (reference 8, 9.1)."""

from dataclasses import replace
from decimal import Decimal

import pytest

from practice.vendors.contract import Dose, PlanLine, PlanPill, ReferralCode, Slot
from practice.vendors.wholescripts import items, payloads
from tests.vendors.conftest import outgoing

SKU = "000000000300000001"
PILL = "000000000100000001"
MORNING = Dose(Slot.BREAKFAST, Decimal(1))
BOTTLE = PlanLine(sku=SKU, doses=(MORNING, Dose(Slot.EVENING, Decimal(2))))
PACK = PlanLine(
    sku="000000000200000633",
    pack_name="Daily pack",
    pills=(PlanPill(PILL, 2, Slot.BREAKFAST), PlanPill(PILL, 1, Slot.BEDTIME, with_food=False)),
)


def test_a_bottle_says_every_key_and_nothing_of_packs():
    assert items.write(BOTTLE).item == {
        "Sku": SKU,
        "Quantity": 1,
        "Dosing": "1-AM|2-PM",
        "Notes": "",
        "MedPaxName": "",
        "MedPaxPills": [],
        "ItemDuration": "Ongoing",
    }
    assert items.wording(BOTTLE).losses == items.wording(BOTTLE).problems == ()


def test_a_pack_says_its_pills_and_no_dosing():
    item = items.write(PACK).item
    assert item["Dosing"] == ""
    assert item["MedPaxPills"] == [
        {"Sku": PILL, "Quantity": 2, "ItemTime": "AM"},
        {"Sku": PILL, "Quantity": 1, "ItemTime": "Bedtime without food"},
    ]
    assert items.wording(PACK).problems == ()


@pytest.mark.parametrize(
    ("doses", "words"),
    [
        ((MORNING, Dose(Slot.BEDTIME, Decimal(1))), "Take 1 at breakfast and 1 at bedtime."),
        ((Dose(Slot.BREAKFAST, Decimal("0.50")),), "Take 0.5 at breakfast."),
        ((Dose(Slot.AS_NEEDED, Decimal(2)),), "Take 2 as needed."),
    ],
)
def test_a_dose_without_a_word_goes_whole_into_the_notes(doses, words):
    line = replace(BOTTLE, doses=doses, notes="Shake well.")
    item = items.write(line).item
    assert (item["Dosing"], item["Notes"]) == ("", f"{words} Shake well.")
    assert items.wording(line).losses


def test_food_goes_into_the_notes_beside_the_dosing():
    line = replace(BOTTLE, doses=(replace(MORNING, with_food=True),))
    item = items.write(line).item
    assert (item["Dosing"], item["Notes"]) == ("1-AM", "Take 1 at breakfast with food.")
    assert items.wording(line).losses


def test_free_text_is_kept_word_for_word():
    line = PlanLine(sku=SKU, sig="1 scoop in water, 10 min before lunch")
    assert items.write(line).item["Notes"] == "1 scoop in water, 10 min before lunch"


@pytest.mark.parametrize(
    ("days", "as_needed", "length", "lost"),
    [
        (None, False, "Ongoing", False),
        (None, True, "As Needed", False),
        (28, False, "4 Weeks", False),
        (14, False, "As Needed", True),
        (90, False, "As Needed", True),
        (28, True, "As Needed", True),
    ],
)
def test_a_length_is_one_of_three_or_said_in_the_notes(days, as_needed, length, lost):
    line = replace(BOTTLE, duration_days=days, as_needed=as_needed)
    item = items.write(line).item
    assert item["ItemDuration"] == length
    assert (f"{days} days" in item["Notes"]) is lost
    assert ("Not only as needed" in item["Notes"]) is (lost and not as_needed)
    assert bool(items.wording(line).losses) is lost


def test_the_same_pill_at_the_same_time_is_counted_together():
    twice = (PlanPill(PILL, 2, Slot.EVENING), PlanPill(PILL, 3, Slot.EVENING))
    item = items.write(replace(PACK, pills=twice)).item
    assert item["MedPaxPills"] == [{"Sku": PILL, "Quantity": 5, "ItemTime": "PM"}]


def test_a_packets_food_goes_into_the_notes():
    fed = (PlanPill(PILL, 1, Slot.EVENING, with_food=True),)
    line = replace(PACK, pills=fed)
    assert items.write(line).item["Notes"] == "Packet in the evening: take with food."
    assert items.wording(line).losses


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (replace(BOTTLE, sku=""), "no WholeScripts SKU"),
        (replace(PACK, sku=""), "No pack product"),
        (replace(BOTTLE, units=0), "At least one"),
        (replace(BOTTLE, notes="x" * 501), "at most 500"),
        (replace(BOTTLE, notes="😀" * 251), "502 characters"),
        (replace(BOTTLE, notes="one\ntwo"), "line breaks"),
        (replace(BOTTLE, pack_name="Pack"), "at least one pill"),
        (replace(BOTTLE, duration_days=0), "at least one day"),
        (replace(BOTTLE, doses=(Dose(Slot.EVENING, Decimal(0)),)), "more than nothing"),
        (replace(PACK, pack_name=" "), "needs a name"),
        (replace(PACK, pack_name="x" * 61), "at most 60"),
        (replace(PACK, doses=(MORNING,)), "no dose of its own"),
        (replace(PACK, pills=(PlanPill(PILL, 1, Slot.MIDDAY),)), "no packet to take at midday"),
        (replace(PACK, pills=(PlanPill(PILL, 7, Slot.EVENING),)), "at most 6"),
        (replace(PACK, pills=(PlanPill(PILL, 4, Slot.EVENING),) * 2), "at most 6"),
        (replace(PACK, pills=(PlanPill(PILL, 0, Slot.EVENING),)), "at least one of each"),
        (replace(PACK, pills=(PlanPill("", 1, Slot.EVENING),)), "no SKU"),
        (replace(PACK, pills=(PlanPill(PILL, 1, Slot.BEDTIME, True),)), "without food"),
        (
            replace(
                PACK,
                pills=(PlanPill(PILL, 1, Slot.EVENING, True), PlanPill(PILL, 1, Slot.EVENING)),
            ),
            "agree on food",
        ),
    ],
)
def test_a_line_that_cannot_be_sent_says_why(line, problem):
    (found,) = items.wording(line).problems
    assert problem in found


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"practitioner_email": ""}, "practitioner's e-mail is missing"),
        ({"message": "x" * 501}, "The message"),
        ({"lines": ()}, "no line for WholeScripts"),
        ({"lines": (BOTTLE,) * 51}, "At most 50"),
        ({"referral": ReferralCode("CODE", "", Decimal(5))}, "together with its name"),
        ({"referral": ReferralCode("C" * 49, "N", Decimal(5))}, "at most 48"),
    ],
)
def test_a_plan_that_cannot_be_sent_says_why(change, problem):
    (found,) = payloads.problems(replace(outgoing(BOTTLE), **change))
    assert problem in found


@pytest.mark.parametrize("email", ["", "nobody", "two words@x.example", "a@b.example\n"])
def test_a_patient_without_an_address_stops_the_plan(email):
    assert payloads.problems(outgoing(BOTTLE, email=email))


def test_a_sound_plan_has_no_problem():
    referral = ReferralCode("HARBOR15", "LINDQVIST", Decimal(15))
    assert payloads.problems(outgoing(BOTTLE, PACK, referral=referral)) == ()
