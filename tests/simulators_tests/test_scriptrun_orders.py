"""ScriptRun: what may be pushed, and what comes back (reference sections 3, 4 and 6)."""

import datetime as dt
import email.utils
import time

import pytest
import requests

from tests.simulators.scriptrun import app

GOOD = {"patient_name": "Elena Marsh", "patient_address": "100 Sample Ave, Tampa, FL 33602"}
BAD = {"patient_name": "Elena Marsh"}


@pytest.fixture
def push(sims):
    def push(*orders, key=app.HARBOR_KEY, **more):
        more.setdefault("json", {"orders": list(orders)})
        headers = {"X-API-Key": key} if key else {}
        url = sims.scriptrun + "/api/webhook/orders"
        return requests.post(url, headers=headers, timeout=20, **more)

    return push


def packages(sims):
    return sims.holds("scriptrun")["packages"]


def test_one_order_makes_one_package(sims, push):
    answer = push(GOOD)
    body = answer.json()
    assert (answer.status_code, body["created"], body["warnings"]) == (200, 1, [])
    assert list(packages(sims)) == body["package_ids"]


@pytest.mark.parametrize("key", ["", "sk_test_unknown", "sk_live_harbor"])
def test_a_missing_or_unknown_key_is_401(sims, push, key):
    assert push(GOOD, key=key).status_code == 401
    assert packages(sims) == {}


def test_a_key_is_revoked_at_once(sims, push):
    sims.act("scriptrun/key", key=app.HARBOR_KEY, active=False)
    assert push(GOOD).status_code == 401
    assert push(GOOD, key=app.MEADOW_KEY).status_code == 200


def test_a_reached_plan_limit_stops_one_tenant(sims, push):
    sims.act("scriptrun/key", key=app.HARBOR_KEY, limit_reached=True)
    assert [push(GOOD).status_code, push(GOOD, key=app.MEADOW_KEY).status_code] == [402, 200]


def test_a_feature_off_the_plan_is_403(sims, push):
    sims.act("scriptrun/key", key=app.HARBOR_KEY, features=["webhooks"])
    assert push(GOOD | {"cold_chain": True}).status_code == 403
    assert push(GOOD | {"cold_chain": False}).status_code == 200


@pytest.mark.parametrize(
    "extra",
    [
        {"patient_name": " "},
        {"patient_address": ""},
        {"patient_phone": "813-555-0142"},
        {"copay_amount": "7.25"},
        {"copay_amount": -1},
        {"priority": "STAT"},
        {"delivery_date": "tomorrow"},
        {"delivery_date": "2020-01-01"},
        {"requires_signature": "true"},
        {"controlled_substance": True},
        {"controlled_substance": True, "dea_schedule": "I"},
        {"dea_schedule": "IV"},
        {"medications": "one"},
        {"pharmacy_id": "main"},
        {"rx_number": None},
        {"patient_email": "x@y.example"},
    ],
    ids=str,
)
def test_a_bad_order_is_400_and_says_where(sims, push, extra):
    answer = push(GOOD | extra)
    assert (answer.status_code, answer.json()["error"]) == (400, "Validation failed")
    assert answer.json()["details"][0].startswith("orders[0].")
    assert packages(sims) == {}


@pytest.mark.parametrize("count", [0, 101])
def test_a_request_holds_1_to_100_orders(push, count):
    assert push(*[GOOD] * count).status_code == 400


def test_an_order_with_every_field_is_taken(sims, push):
    order = GOOD | {
        "patient_phone": "+18135550142",
        "rx_number": "RX-0000101",
        "medications": ["Made-up Drug 10 mg"],
        "copay_amount": 7.25,
        "priority": "stat",
        "delivery_date": sims.now()[:10],
        "requires_signature": True,
        "cold_chain": True,
        "controlled_substance": True,
        "dea_schedule": "IV",
        "external_patient_id": "PMS-000417",
        "pharmacy_id": "3f0c1b7e-0000-4000-8000-00000000a001",
        "notes": "Ring bell twice",
        "barcode": "ORD-1",
    }
    (number,) = push(order).json()["package_ids"]
    assert packages(sims)[number]["order"] == order


def test_a_partial_success_names_what_failed(push):
    body = push(GOOD, BAD, GOOD).json()
    assert body["created"] == len(body["package_ids"]) == 2
    assert body["warnings"] == ["orders[1].patient_address is required"]


def test_a_partial_success_has_other_guises(sims, push):
    sims.knob(
        "scriptrun",
        partial_status="207",
        package_ids_on_partial="nulls",
        warning_items="object",
    )
    answer = push(GOOD, BAD)
    assert answer.status_code == 207
    assert answer.json()["package_ids"][1] is None
    assert answer.json()["warnings"][0]["index"] == 1


def test_ids_can_come_shuffled(sims, push):
    sims.knob("scriptrun", package_ids_on_partial="shuffled")
    ids = push(GOOD, BAD, GOOD | {"notes": "second"}).json()["package_ids"]
    assert packages(sims)[ids[0]]["order"]["notes"] == "second"


def test_all_failed_can_be_200_and_details_objects(sims, push):
    sims.knob("scriptrun", detail_items="object")
    assert push(BAD).json()["details"][0]["field"] == "patient_address"
    sims.knob("scriptrun", all_failed_status="200")
    assert push(BAD).json()["created"] == 0


def test_created_can_be_wrong(sims, push):
    sims.knob("scriptrun", created_wrong=True)
    assert push(GOOD).json()["created"] == 2


def test_an_address_without_zip_is_taken_with_a_warning(push):
    body = push(GOOD | {"patient_address": "1 Test Dr, Tampa FL"}).json()
    assert (body["created"], len(body["warnings"])) == (1, 1)


def test_sms_makes_the_phone_required(sims, push):
    sims.knob("scriptrun", sms_enabled=True)
    assert push(GOOD).status_code == 400
    assert push(GOOD | {"patient_phone": "+18135550142"}).status_code == 200


def test_a_repeated_barcode_makes_a_second_package_and_is_counted(sims, push):
    for key in (app.HARBOR_KEY, app.HARBOR_KEY, app.MEADOW_KEY):
        push(GOOD | {"barcode": "ORD-1"}, key=key)
    assert len(packages(sims)) == 3
    assert sims.holds("scriptrun")["duplicates"] == 1


def test_repeats_can_be_matched_by_barcode(sims, push):
    sims.knob("scriptrun", dedupe="barcode")
    first, second = (push(GOOD | {"barcode": "ORD-1"}).json() for _ in range(2))
    assert first["package_ids"] == second["package_ids"]
    assert len(packages(sims)) == 1


def test_requests_a_minute_are_limited_by_the_clock(sims, push):
    sims.knob("scriptrun", requests_per_minute=3)
    statuses = [push(GOOD).status_code for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    assert push(GOOD, key=app.MEADOW_KEY).status_code == 200
    assert 1 <= int(push(GOOD).headers["Retry-After"]) <= 60
    sims.advance(61)
    assert push(GOOD).status_code == 200


def test_ten_thousand_orders_an_hour_are_the_cap(sims, push):
    hundred = [GOOD] * 100
    assert {push(*hundred).status_code for _ in range(100)} == {200}
    late = push(GOOD)
    assert late.status_code == 429
    assert 3500 < int(late.headers["Retry-After"]) <= 3600
    sims.advance(int(late.headers["Retry-After"]) + 1)
    assert push(GOOD).status_code == 200


def test_retry_after_can_be_a_date_or_missing(sims, push):
    sims.knob("scriptrun", requests_per_minute=1, retry_after="date")
    push(GOOD)
    moment = email.utils.parsedate_to_datetime(push(GOOD).headers["Retry-After"])
    assert 0 < moment.timestamp() - time.time() <= 61
    sims.knob("scriptrun", retry_after="missing")
    assert "Retry-After" not in push(GOOD).headers


def test_a_reset_after_the_push_leaves_a_package(sims, push):
    sims.fault("scriptrun", "reset_after", method="POST")
    with pytest.raises(requests.ConnectionError):
        push(GOOD)
    assert len(packages(sims)) == 1


def test_no_address_reads_packages(sims):
    answer = requests.get(sims.scriptrun + "/api/webhook/orders", timeout=5)
    assert answer.status_code == 405


def test_a_csv_imports_good_rows_and_names_bad_ones(sims):
    day = (dt.datetime.fromisoformat(sims.now()) + dt.timedelta(days=1)).date()
    text = (
        "patient_name,patient_address,patient_phone,copay_amount,patient_phne,delivery_date\r\n"
        f'Elena Marsh,"100 Sample Ave, Tampa, FL 33602",+18135550142,7.25,lost,{day}\r\n'
        'Theo Albrecht,"5 ""Old"" Rd, Tampa, FL 33602",,,,\r\n'
        "Nobody,,,,,\r\n"
    )
    done = sims.act("scriptrun/import_csv", key=app.HARBOR_KEY, csv=text)
    assert (done["created"], done["ignored_columns"]) == (2, ["patient_phne"])
    assert done["errors"] == [{"row": 3, "message": "patient_address is required"}]
    orders = [package["order"] for package in packages(sims).values()]
    assert orders[0]["patient_phone"] == "+18135550142"
    assert orders[1] == {
        "patient_name": "Theo Albrecht",
        "patient_address": '5 "Old" Rd, Tampa, FL 33602',
    }
