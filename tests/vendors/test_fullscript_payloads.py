"""Fullscript's JSON in all its spellings (Fullscript reference 4.2, 5, 8.4)."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from practice.vendors.contract import Dose, PatientRow, PlanLine, Slot
from practice.vendors.fullscript import payloads, people
from tests.vendors.conftest import outgoing

JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
PLAIN = {"amount": "1", "frequency": "once per day", "duration": "14", "format": "tablet"}
REST = {
    "id": "plan-1",
    "state": "active",
    "patient": {"id": "patient-1"},
    "practitioner": {"id": "practitioner-1"},
    "created_at": "2026-05-04T10:00:00.000Z",
    "invitation_url": "https://fullscript.example/invite/1",
    "metadata": {"id": "ours-1"},
    "recommendations": [
        {
            "variant_id": "variant-1",
            "units_to_purchase": 2,
            "refill": False,
            "take_with": "food",
            "dosage": {**PLAIN, "additional_info": "Slowly.", "time_of_day": ["evening"]},
        }
    ],
}
EMBED = {
    "id": "plan-1",
    "state": "active",
    "patient": {"id": "patient-1", "firstName": "Elena", "email": "elena@mail.example"},
    "practitioner": {"id": "practitioner-1"},
    "recommendations": [
        {
            "variantId": "variant-1",
            "unitsToPurchase": 2,
            "takeWith": "food",
            "dosage": {
                "recommendedAmount": "1",
                "recommendedFrequency": "once per day",
                "recommendedDuration": "14",
                "format": "tablet",
                "additionalInfo": "Slowly.",
                "timeOfDay": ["evening"],
            },
        }
    ],
}


@pytest.mark.parametrize("spelling", [REST, EMBED])
def test_a_plan_is_read_in_either_spelling(spelling):
    plan = payloads.held_plan(spelling)
    assert (plan.id, plan.state, plan.patient_id) == ("plan-1", "active", "patient-1")
    assert plan.lines == (
        PlanLine(
            sku="variant-1",
            units=2,
            doses=(Dose(Slot.EVENING, Decimal(1), True),),
            duration_days=14,
            notes="Slowly.",
            dose_form="tablet",
        ),
    )


def test_a_plan_keeps_our_id_its_link_and_time():
    plan = payloads.held_plan(REST)
    assert (plan.our_id, plan.link) == ("ours-1", "https://fullscript.example/invite/1")
    assert plan.sent_at == dt.datetime(2026, 5, 4, 10, tzinfo=dt.UTC)


def test_an_unknown_state_stays_unknown_with_its_word():
    plan = payloads.held_plan({**REST, "state": "paused"})
    assert (plan.state, plan.raw_state) == ("unknown", "paused")


def test_what_is_written_is_text_and_says_its_state():
    line = PlanLine(sku="variant-1", units=3, doses=(Dose(Slot.EVENING, Decimal(1), True),))
    body = payloads.write_plan(outgoing(line, practitioner_id="practitioner-1", message="Hello"))
    assert body == {
        "state": "active",
        "practitioner_id": "practitioner-1",
        "personal_message": "Hello",
        "metadata": {"id": "plan-0001"},
        "recommendations": [
            {
                "variant_id": "variant-1",
                "units_to_purchase": "3",
                "take_with": "food",
                "dosage": {
                    "amount": "1",
                    "frequency": "once per day",
                    "time_of_day": ["evening"],
                    "duration": "ongoing",
                },
            }
        ],
    }


def test_the_welcome_is_always_said_as_text():
    row = PatientRow("", "Ida", "Berg", "ida@mail.example", our_id="ours-1")
    body = people.new_patient(row, False)
    assert body["send_welcome_email"] == "false"
    assert body["metadata"] == {"id": "ours-1"}
    assert "mobile_number" not in body


def product(**variant):
    return {
        "id": "product-1",
        "name": "Example Zinc",
        "description_html": "<p>Made up.</p>",
        "brand": {"name": "ExampleBrand"},
        "dosage": {f"recommended_{key}": PLAIN[key] for key in ("amount", "frequency")},
        "variants": [
            {
                "id": "variant-1",
                "sku": "EX-1",
                "units": "60",
                "unit_of_measure": "capsules",
                "availability": "In Stock",
                "status": "available",
                "upc": "001",
                "msrp": "19.90",
            }
            | variant
        ],
    }


def test_a_variant_becomes_a_row_named_by_its_id():
    ((row,), skipped) = payloads.product_rows(product())
    assert (row.sku, row.name, skipped) == ("variant-1", "Example Zinc, 60 capsules", 0)
    assert (row.retail_price, row.in_stock, row.upc) == (Decimal("19.90"), True, "001")
    assert row.default_doses == ()
    assert row.default_sig == "1 once per day."
    assert row.raw["sku"] == "EX-1"


@pytest.mark.parametrize(
    ("availability", "status", "in_stock"),
    [
        ("Out of Stock", "available", False),
        ("In Stock", "discontinued", False),
        ("Ships in 3 weeks", "available", None),
        (None, None, None),
    ],
)
def test_stock_is_unknown_unless_said(availability, status, in_stock):
    ((row,), _) = payloads.product_rows(product(availability=availability, status=status))
    assert row.in_stock is in_stock


def test_a_variant_without_an_id_is_counted():
    assert payloads.product_rows(product(id=None)) == ((), 1)


def test_the_practitioners_own_dosage_comes_first():
    own = {"recommended_amount": "1", "recommended_frequency": "every morning"}
    ((row,), _) = payloads.product_rows(product() | {"custom_dosage": own})
    assert row.default_doses == (Dose(Slot.BREAKFAST, Decimal(1)),)


@pytest.mark.parametrize(
    ("body", "message", "details"),
    [
        (b'{"error": "No."}', "No.", ("No.",)),
        (b'{"error": ["One", "Two"]}', "One; Two", ("One", "Two")),
        (b'{"error": "[\\"One\\", \\"Two\\"]"}', "One; Two", ("One", "Two")),
        (b'{"error": "`[\\"One\\", \\"Two\\"]`"}', "One; Two", ("One", "Two")),
        (
            b'{"error": "Must have `catalog` scope"}',
            "Must have `catalog` scope",
            ("Must have `catalog` scope",),
        ),
        (b'["One"]', "", ("One",)),
        (b'{"errors": {"email": "taken", "name": null}}', "email: taken", ("email: taken",)),
        (b'{"error": "[one"}', "[one", ("[one",)),
        (b'{"errors": ["One"]}', "One", ("One",)),
        (b'{"error": {"email": ["is invalid"]}}', "email: is invalid", ("email: is invalid",)),
        (b'{"error":"invalid_grant","error_description":"Gone."}', "Gone.", ("invalid_grant",)),
        (b'{"status":404,"error":"Not Found"}', "Not Found", ("Not Found",)),
        (b"<html>", "", ()),
        (b"", "", ()),
        (b"7", "", ("7",)),
    ],
)
def test_an_error_is_read_in_any_shape(body, message, details):
    assert payloads.error(body) == (message, details)


@given(JUNK)
def test_no_shape_breaks_reading(junk):
    odd = dict.fromkeys(("patient", "recommendations", "metadata", "state", "id"), junk)
    payloads.held_plan(odd)
    payloads.held_plan({"recommendations": [{"dosage": junk, "units_to_purchase": junk}]})
    payloads.product_rows({"variants": [{"id": "1", "msrp": junk}], "dosage": junk, "brand": junk})
    people.patient({"date_of_birth": junk, "metadata": junk, "first_name": junk})


@given(st.binary(max_size=60))
def test_no_error_body_breaks_reading(body):
    message, details = payloads.error(body)
    assert isinstance(message, str)
    assert isinstance(details, tuple)
