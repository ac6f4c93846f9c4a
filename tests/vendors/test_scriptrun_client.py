"""The ScriptRun client against the simulated vendor, over HTTP (ScriptRun reference 3 to 5)."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest

from practice.vendors.contract import AccessRevoked, BadAnswer, ParcelOrder, Refused, Unavailable
from practice.vendors.scriptrun import payloads
from practice.vendors.scriptrun.client import ScriptRun
from tests.simulators.scriptrun import app
from tests.vendors.wire_server import answer, serving

TODAY = dt.date(2026, 5, 4)
ORDER = ParcelOrder(
    barcode="ORD-01HZX0000000000000000000A1",
    patient_ref="patient-0417",
    recipient_name="Jamie Example",
    address_line="100 Sample Ave Apt 4, Tampa, FL 33602",
    phone_e164="+18135550142",
    rx_number="RX-0000101",
    copay=Decimal("7.25"),
    delivery_date=dt.date(2040, 1, 2),
)


@pytest.fixture
def client(simulators):
    return ScriptRun(
        base_url=simulators.scriptrun, api_key=app.HARBOR_KEY, live=False, read_timeout=5
    )


def packages(simulators):
    return simulators.holds("scriptrun")["packages"]


def test_a_parcel_is_booked_once(simulators, client):
    accepted = client.book(ORDER)
    assert list(packages(simulators)) == [accepted.parcel_id]
    assert accepted.warnings == ()
    order = packages(simulators)[accepted.parcel_id]["order"]
    assert (order["barcode"], order["copay_amount"]) == (ORDER.barcode, 7.25)


@pytest.mark.parametrize("style", ["string", "object"])
def test_what_is_wrong_is_said(simulators, client, style):
    simulators.knob("scriptrun", detail_items=style)
    wrong = ScriptRun(
        base_url=simulators.scriptrun, api_key=app.HARBOR_KEY, live=False, pharmacy_id="no-uuid"
    )
    with pytest.raises(Refused) as raised:
        wrong.book(ORDER)
    assert raised.value.message == "Validation failed"
    assert "uuid" in raised.value.details[0]
    assert packages(simulators) == {}


@pytest.mark.parametrize("ids", ["compact", "nulls"])
@pytest.mark.parametrize("status", ["200", "207"])
def test_a_success_that_made_nothing_is_a_refusal(simulators, ids, status):
    simulators.knob(
        "scriptrun", all_failed_status="200", package_ids_on_partial=ids, partial_status=status
    )
    wrong = ScriptRun(
        base_url=simulators.scriptrun, api_key=app.HARBOR_KEY, live=False, pharmacy_id="no-uuid"
    )
    with pytest.raises(Refused) as raised:
        wrong.book(ORDER)
    assert "uuid" in raised.value.details[0]


def test_a_success_that_contradicts_itself_is_unknown(simulators, client):
    simulators.knob("scriptrun", created_wrong=True)
    with pytest.raises(BadAnswer):
        client.book(ORDER)
    assert len(packages(simulators)) == 1


@pytest.mark.parametrize(
    "body",
    [
        b'{"created": true, "package_ids": ["a"]}',
        b'{"created": 1}',
        b'{"package_ids": ["a"]}',
        b'{"created": 1, "package_ids": [""]}',
        b'{"created": 0, "package_ids": ["a"]}',
        b"[]",
        b"",
    ],
)
def test_a_success_of_another_shape_is_unknown(body):
    with serving(answer(body=body)) as server, pytest.raises(BadAnswer):
        ScriptRun(base_url=server.url, api_key="sk_test_x", live=False).book(ORDER)


def test_an_unknown_key_is_access_revoked(simulators, scriptrun):
    with pytest.raises(AccessRevoked) as raised:
        scriptrun.book(ORDER)
    assert not raised.value.paused


def test_a_full_plan_pauses(simulators, client):
    simulators.act("scriptrun/key", key=app.HARBOR_KEY, limit_reached=True)
    with pytest.raises(AccessRevoked) as raised:
        client.book(ORDER)
    assert raised.value.paused


def test_a_feature_that_is_not_on_the_plan_is_refused(simulators, client):
    simulators.act("scriptrun/key", key=app.HARBOR_KEY, features=[])
    with pytest.raises(Refused) as raised:
        client.book(replace(ORDER, cold_chain=True))
    assert raised.value.status == 403


@pytest.mark.parametrize(
    ("style", "shortest", "longest"), [("seconds", 1, 3600), ("date", 1, 3600), ("missing", 60, 60)]
)
def test_a_slow_down_says_how_long(simulators, client, style, shortest, longest):
    simulators.knob("scriptrun", requests_per_minute=0, retry_after=style)
    with pytest.raises(Unavailable) as raised:
        client.book(ORDER)
    assert shortest <= raised.value.retry_after <= longest
    assert not raised.value.maybe_done


@pytest.mark.parametrize("kind", ["reset_after", "status_after", "truncated"])
def test_an_answer_lost_after_the_parcel_was_made_is_unknown(simulators, client, kind):
    simulators.fault("scriptrun", kind, method="POST", params={"short": True})
    with pytest.raises((Unavailable, BadAnswer)) as raised:
        client.book(ORDER)
    assert getattr(raised.value, "maybe_done", True)
    assert len(packages(simulators)) == 1
    assert len(simulators.log("scriptrun")) == 1


@pytest.mark.parametrize(("key", "live"), [("sk_live_x", False), ("sk_test_x", True), ("x", True)])
def test_a_key_of_the_other_world_is_refused(key, live):
    with pytest.raises(ValueError, match="key"):
        ScriptRun(base_url="https://courier.example", api_key=key, live=live)


def test_the_order_says_only_what_is_known():
    bare = replace(ORDER, rx_number="", copay=Decimal(0), notes="")
    found = payloads.write(bare)
    assert found["requires_signature"] is found["cold_chain"] is False
    assert found["delivery_date"] == "2040-01-02"
    assert not {"copay_amount", "rx_number", "notes", "dea_schedule", "medications"} & set(found)
    assert None not in found.values()


def test_a_controlled_substance_is_signed_for():
    found = payloads.write(replace(ORDER, controlled_schedule="IV"))
    assert found["controlled_substance"] is found["requires_signature"] is True
    assert found["dea_schedule"] == "IV"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"recipient_name": " "}, "no name"),
        ({"recipient_name": "x" * 201}, "at most 200"),
        ({"recipient_name": "Jamie\nExample"}, "single lines"),
        ({"address_line": ""}, "no address"),
        ({"address_line": "1 " + "x" * 300 + ", FL 33602"}, "at most 300"),
        ({"address_line": "P.O. Box 12, Tampa, FL 33602"}, "PO box"),
        ({"address_line": "PO BOX 12, Tampa, FL 33602"}, "PO box"),
        ({"address_line": "12 Main St, Post Office Box 3, Tampa, FL 33602"}, "PO box"),
        ({"address_line": "100 Sample Ave, Tampa, FL"}, "ZIP code"),
        ({"address_line": "100 Sample Ave, Tampa 33602"}, "ZIP code"),
        ({"address_line": "Sample Ave, Tampa, FL 33602"}, "house number"),
        ({"patient_ref": ""}, "no reference"),
        ({"phone_e164": ""}, "no phone number"),
        ({"phone_e164": "813-555-0142"}, "not international"),
        ({"priority": "Urgent"}, "priority"),
        ({"delivery_date": None}, "needs a date"),
        ({"delivery_date": dt.date(2026, 5, 3)}, "in the past"),
        ({"controlled_schedule": "I"}, "schedule"),
        ({"barcode": ""}, "barcode"),
        ({"barcode": "has blanks"}, "barcode"),
        ({"barcode": "x" * 65}, "barcode"),
        ({"copay": Decimal("-1")}, "copay"),
        ({"copay": Decimal("1.005")}, "copay"),
        ({"copay": Decimal("NaN")}, "copay"),
        ({"notes": "x" * 501}, "at most 500"),
    ],
)
def test_an_order_that_cannot_be_booked_says_why(simulators, client, change, problem):
    order = replace(ORDER, **change)
    (found,) = payloads.problems(order, TODAY)
    assert problem in found
    with pytest.raises(Refused):
        client.book(order, TODAY)
    assert simulators.log("scriptrun") == []


@pytest.mark.parametrize(
    "address",
    [
        "100 Sample Ave Apt 4, Tampa, FL 33602",
        "7B Boxwood Ct, Tampa, FL 33602-1234",
        "221 Pobble Lane, Tampa, FL, 33602",
        "Suite 9, 1200 Example Blvd, Tampa, FL 33602",
    ],
)
def test_a_street_address_is_fine(address):
    assert payloads.problems(replace(ORDER, address_line=address), TODAY) == ()
