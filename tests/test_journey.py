"""The main job in Chromium on the demo's real parts: PostgreSQL, Valkey, a worker process,
the simulators over HTTP and Fullscript's published SDK. Judged by what each vendor holds."""

import json

import pytest
import requests
from playwright.sync_api import expect

from tests import canaries
from tests.journey import PATIENT, Journey
from tests.stack.demo import Demo


@pytest.fixture(scope="module")
def demo(ground):
    # Not in pytest's own folder: it shuts out PostgreSQL's user whenever another run starts.
    demo = Demo(ground.scratch / "demo", port=0)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("LOG_FORMAT", "json")  # as in production
        try:
            demo.start()
            demo.wire = canaries.Wire(demo.env["REDIS_URL"])
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


# What goes wrong, with a patient's name wherever one could stand.
STRAY = [
    ("GET", "/harbor/patients/999/?q=Elena+Marsh"),
    ("GET", "/no/such/Marsh?name=Elena"),
    ("GET", "/elsewhere/patients/?q=elena.marsh@mail.example"),
    ("POST", "/account/login/?next=/harbor/patients/?q=Marsh"),
    ("POST", "/hooks/fullscript?name=Marsh"),
    ("POST", "/hooks/scriptrun/Marsh"),
    ("PUT", "/hooks/fullscript/Elena"),
]


# pytest gathers tests by browser: without it another module's stand between, and a new demo
# would be started that nobody walked through.
@pytest.mark.usefixtures("browser_name")
def test_the_walk_left_no_name_in_logs_and_no_secret_in_logs_database_or_broker(demo, capsys):
    """Goal H3. Reads what the walk above left behind, after some requests gone astray."""
    for method, path in STRAY:
        body = {"email": "elena.marsh@mail.example", "password": "Elena Marsh"}
        away = requests.request(method, demo.site + path, data=body, allow_redirects=False)
        assert away.status_code >= 300
    secret = canaries.secrets_of(demo)
    persons = canaries.of_patients() | canaries.of_members()
    logs = {
        name: (demo.folder / "logs" / f"{name}.log").read_text()
        for name in ("web", "worker", "beat")
    }
    wire = demo.wire.text()
    [postgres] = [part for part in demo.started if hasattr(part, "superuser")]
    with postgres.superuser("regimen") as connection:
        dump = canaries.dump(connection)

    assert {name: canaries.found_in(text, persons | secret) for name, text in logs.items()} == {
        "web": [],
        "worker": [],
        "beat": [],
    }
    assert canaries.found_in(wire, persons | secret) == []
    assert canaries.found_in(dump, secret) == []
    # It was looked for where there was something to find.
    assert "practice.tasks.work_off_receipts" in wire
    assert PATIENT.split()[0] in dump
    assert len(secret) >= 15
    lines = [json.loads(line) for line in logs["worker"].splitlines() if line.startswith("{")]
    assert [line for line in lines if line.get("practice_id") and line.get("request_id")]
    served = [json.loads(line) for line in logs["web"].splitlines() if line.startswith("{")]
    finished = [line for line in served if line["event"] == "request_finished"]
    assert [line for line in finished if {"practice_id", "user_id", "request_id"} <= line.keys()]
    with capsys.disabled():
        print(
            f"\nH3: {len(secret)} secrets and {len(persons)} words of persons: 0 found in "
            f"{sum(map(len, logs.values()))} characters of logs and {len(wire)} of the broker; "
            f"0 secrets in {len(dump)} of the database"
        )
