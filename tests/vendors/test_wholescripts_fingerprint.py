"""A recommendation's fingerprint is the same sent and read back (reference 10)."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from practice.vendors.contract import Dose, PlanLine, PlanPill, Slot
from practice.vendors.wholescripts import payloads
from practice.vendors.wholescripts.fingerprint import fingerprint
from tests.vendors.conftest import outgoing

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cc",)), max_size=20)
SKUS = st.integers(1, 99).map(lambda n: f"{n:018}")
DOSES = st.lists(
    st.builds(Dose, st.sampled_from(list(Slot)), st.integers(1, 6).map(Decimal)), max_size=3
).map(tuple)
PILLS = st.lists(
    st.builds(
        PlanPill,
        SKUS,
        st.integers(1, 3),
        st.sampled_from([Slot.BREAKFAST, Slot.EVENING, Slot.BEDTIME]),
    ),
    min_size=1,
    max_size=3,
).map(tuple)
BOTTLES = st.builds(
    PlanLine,
    sku=SKUS,
    units=st.integers(1, 9),
    doses=DOSES,
    notes=TEXT,
    duration_days=st.sampled_from([None, 14, 28]),
)
PACKS = st.builds(PlanLine, sku=SKUS, pack_name=st.just("Pack"), pills=PILLS, notes=TEXT)
LINES = st.lists(st.one_of(BOTTLES, PACKS), min_size=1, max_size=3)


def as_read(body, *, backwards=False):
    """What a GET answers for a posted body: other case, nulls, blanks, another order."""
    items = [
        {
            "itemDuration": item["ItemDuration"],
            "sku": item["Sku"],
            "name": "As the vendor calls it",
            "quantity": item["Quantity"],
            "dosing": item["Dosing"].replace("|", " | ") or None,
            "notes": f" {item['Notes']} ",
            "medPaxName": item["MedPaxName"],
            "medPaxPills": [
                {"name": "x", **{key[0].lower() + key[1:]: pill[key] for key in pill}}
                for pill in item["MedPaxPills"][:: -1 if backwards else 1]
            ]
            or None,
        }
        for item in body["Items"][:: -1 if backwards else 1]
    ]
    return {
        "id": 7,
        "practitionerEmail": body["PractitionerEmail"].upper(),
        "emailTo": body["EmailTo"].upper(),
        "status": "Sent",
        "dateSentUtc": "2026-05-04T10:00:00.1234567",
        "items": items,
    }


@given(LINES, st.booleans())
def test_what_was_sent_is_recognised(lines, backwards):
    plan = outgoing(*lines)
    read = payloads.held_plan(as_read(payloads.write_plan(plan), backwards=backwards))
    assert read.fingerprint == payloads.plan_fingerprint(plan)


@pytest.mark.parametrize(
    "change",
    [
        {"Sku": "000000000300000009"},
        {"Quantity": 2},
        {"Dosing": "2-AM"},
        {"Notes": "Something else."},
        {"ItemDuration": "4 Weeks"},
        {"MedPaxPills": [{"Sku": "1", "Quantity": 1, "ItemTime": "AM"}]},
    ],
)
def test_another_item_is_another_recommendation(change):
    line = PlanLine(sku="000000000300000001", doses=(Dose(Slot.BREAKFAST, Decimal(1)),))
    body = payloads.write_plan(outgoing(line))
    other = body | {"Items": [body["Items"][0] | change]}
    assert fingerprint(body) != fingerprint(other)


@pytest.mark.parametrize("key", ["PractitionerEmail", "EmailTo"])
def test_another_person_is_another_recommendation(key):
    body = payloads.write_plan(outgoing(PlanLine(sku="000000000300000001")))
    assert fingerprint(body) != fingerprint(body | {key: "other@mail.example"})


def test_a_pill_moved_to_another_time_is_another_recommendation():
    def pack(slot):
        pills = (PlanPill("1", 1, slot),)
        return payloads.plan_fingerprint(outgoing(PlanLine(sku="2", pack_name="P", pills=pills)))

    assert pack(Slot.BREAKFAST) != pack(Slot.EVENING)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
def test_nothing_a_vendor_answers_makes_it_raise(value):
    assert len(fingerprint({"items": [value, {"medPaxPills": value, "dosing": value}]})) == 64
