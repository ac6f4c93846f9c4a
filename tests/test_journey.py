"""The main job in Chromium on the demo's real parts: PostgreSQL, Valkey, a worker process,
the simulators over HTTP and Fullscript's published SDK. Judged by what each vendor holds."""

import pytest
from playwright.sync_api import expect

from tests.journey import PATIENT, Journey
from tests.stack.demo import Demo


@pytest.fixture(scope="module")
def demo(ground):
    # Not in pytest's own folder: it shuts out PostgreSQL's user whenever another run starts.
    demo = Demo(ground.scratch / "demo", port=0)
    try:
        demo.start()
        yield demo
    finally:
        demo.stop()


@pytest.fixture
def journey(page, demo):
    page.set_default_timeout(15_000)
    return Journey(page, demo)


def test_a_patient_goes_from_an_empty_plan_to_a_delivered_parcel(journey, demo):
    journey.sign_in()
    journey.connect_fullscript()
    journey.connect_wholescripts()
    journey.watch_the_catalogue_fill()
    journey.start_a_plan()
    bottle = journey.add("magnesium", "WholeScripts")
    journey.dose(bottle, {"breakfast": "1", "evening": "2"})
    tablets = journey.add("zinc", "Fullscript")
    journey.dose(tablets, {"bedtime": "1"})
    pill = journey.make_a_pack("vitamin", {"breakfast": "2", "evening": "1"})
    journey.sign()
    journey.activate_in_the_frame(tablets)
    journey.all_parts_arrive()
    sheet = journey.open_the_sheet()
    expect(sheet).to_contain_text(PATIENT)
    for product in (bottle, tablets, pill):
        expect(sheet).to_contain_text(product)
    journey.book_the_courier()
    journey.driver_delivers()
    journey.timeline_tells_of_the_delivery()

    vendors = demo.simulators

    [recommendation] = vendors.holds("wholescripts")["recommendations"]
    item, pack = recommendation["body"]["Items"]
    assert (item["Dosing"], item["Quantity"]) == ("1-AM|2-PM", 1)
    packed = [(found["Quantity"], found["ItemTime"]) for found in pack["MedPaxPills"]]
    assert packed == [(2, "AM"), (1, "PM")]
    assert recommendation["body"]["EmailTo"] == "elena.marsh@mail.example"

    [plan] = vendors.holds("fullscript")["plans"].values()
    [line] = plan["recommendations"]
    assert plan["state"] == "active"
    assert (line["dosage"]["amount"], line["dosage"]["time_of_day"]) == ("1", ["bedtime"])

    [package] = vendors.holds("scriptrun")["packages"].values()
    assert package["order"]["patient_name"] == PATIENT
    assert package["order"]["requires_signature"] is True
    assert vendors.holds("scriptrun")["duplicates"] == 0
