"""A difference is one a patient could tell; spelling is none."""

from decimal import Decimal

import pytest

from practice.vendors.contract import Dose, PlanLine, Slot
from practice.vendors.fullscript import dosage, payloads
from recommendations import compare

NAMES = {"v1": "Magnesium", "v2": "Zinc"}
AT_BREAKFAST = (Dose(Slot.BREAKFAST, Decimal(1)),)


def ours(**fields):
    line = PlanLine(**({"sku": "v1", "doses": AT_BREAKFAST} | fields))
    return PlanLine(**(vars(line) | {"reads": dosage.wording(line).text}))


def theirs(sku="v1", units=1, refill=False, **words):
    amount = {"amount": "1", "frequency": "once per day", "time_of_day": ["morning"]}
    plan = {
        "id": "p",
        "recommendations": [
            {
                "variant_id": sku,
                "units_to_purchase": units,
                "refill": refill,
                "dosage": amount | words,
            }
        ],
    }
    return payloads.held_plan(plan).lines


def differences(line, held):
    return compare.rows([line], held, NAMES)


@pytest.mark.parametrize(
    "words",
    [
        {},
        {"duration": "ongoing"},
        {"amount": "1.0"},
        {"frequency": "Once per day", "time_of_day": "morning"},
        {"frequency": "every morning", "time_of_day": []},
        {"format": "capsule"},
    ],
)
def test_another_spelling_of_a_dose_is_no_difference(words):
    assert differences(ours(), theirs(**words)) == []


@pytest.mark.parametrize("slot", [Slot.MIDDAY, Slot.MID_MORNING])
def test_what_we_wrote_in_words_is_no_difference(slot):
    line = ours(doses=(Dose(slot, Decimal(3)),), dose_form="capsule", notes="After sport.")
    written = dosage.write(line).dosage
    held = {"amount": None, "frequency": None, "time_of_day": []} | written
    assert differences(line, theirs(**held)) == []


@pytest.mark.parametrize(
    ("words", "what"),
    [
        ({"units": 2}, ["units"]),
        ({"amount": "2"}, ["dose"]),
        ({"time_of_day": ["bedtime"]}, ["dose"]),
        ({"duration": "30"}, ["length"]),
        ({"duration": "as needed"}, ["length"]),
        ({"additional_info": "Not with milk."}, ["note"]),
        ({"refill": True}, ["refill"]),
        ({"units": 3, "amount": "1-2", "refill": True}, ["units", "dose", "refill"]),
    ],
)
def test_what_a_patient_could_tell_is_named(words, what):
    (row,) = differences(ours(), theirs(**words))
    assert (row["kind"], row["what"]) == ("changed", what)


def test_a_product_may_be_missing_and_another_added():
    first, second = differences(ours(), theirs(sku="v2", units=2))
    assert (first["kind"], first["name"], first["theirs"]) == ("missing", "Magnesium", None)
    assert (second["kind"], second["name"], second["ours"]) == ("added", "Zinc", None)


def test_a_product_that_stands_there_twice_was_added_once():
    (row,) = differences(ours(), theirs() + theirs())
    assert row["kind"] == "added"


def test_a_product_nobody_knows_is_named_by_its_number():
    *_, row = differences(ours(), theirs() + theirs(sku="v9"))
    assert row["name"] == "v9"


def test_rows_written_before_they_had_columns_are_read_as_words():
    assert compare.sentence("Zinc was added there.") == "Zinc was added there."
