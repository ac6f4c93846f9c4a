"""ScriptRun's webhooks: what they say of a parcel, and whether they are genuine (reference 7)."""

import datetime as dt
import json
import queue
import threading
import time
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from hypothesis import given
from hypothesis import strategies as st

from practice.vendors.contract import BadAnswer, Refused, Verdict
from practice.vendors.scriptrun import proof, webhook
from practice.vendors.scriptrun.client import ScriptRun
from tests.simulators.scriptrun import app
from tests.vendors.test_scriptrun_client import ORDER
from tests.vendors.wire_server import answer, serving

STORAGE = webhook.PROOF_ORIGIN
JUNK = st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.lists(st.integers())


def body(kind="delivery.completed", **data):
    return json.dumps(
        {
            "id": "evt_1",
            "event": kind,
            "created_at": "2026-05-04T16:20:31Z",
            "data": {"package_id": "package-1"} | data,
        }
    ).encode()


def outcome(kind="delivery.completed", **data):
    return webhook.outcome(webhook.parse(body(kind, **data)))


def test_a_delivery_says_when_with_what_proof():
    found = outcome(
        delivered_at="2026-05-04T16:20:12Z",
        copay_collected=7.25,
        copay_method="card",
        proof={
            "photo_url": f"{STORAGE}/a/photo.jpg",
            "signature_url": None,
            "lat": 27.95,
            "lng": -82.45,
        },
    )
    assert (found.kind, found.parcel_id) == ("delivered", "package-1")
    assert found.at == dt.datetime(2026, 5, 4, 16, 20, 12, tzinfo=dt.UTC)
    assert (found.copay_collected, found.latitude) == (Decimal("7.25"), Decimal("27.95"))
    assert (found.photo_url, found.signature_url) == (f"{STORAGE}/a/photo.jpg", "")


def test_without_a_time_of_its_own_the_events_counts():
    found = outcome("delivery.failed", reason="Dog in the yard")
    assert (found.kind, found.reason) == ("failed", "Dog in the yard")
    assert found.at == dt.datetime(2026, 5, 4, 16, 20, 31, tzinfo=dt.UTC)


def test_a_created_parcel_carries_our_barcode():
    assert outcome("package.created", barcode="ORD-1").barcode == "ORD-1"


@pytest.mark.parametrize("kind", ["route.completed", "driver.status_changed", "package.moved", "*"])
def test_other_events_say_nothing_of_a_parcel(kind):
    assert outcome(kind) is None


def test_an_event_without_a_parcel_says_nothing():
    assert outcome(package_id=None) is None


@pytest.mark.parametrize("place", [(0, 0), (91, 0), (0, 181), (None, 5), ("x", 5)])
def test_a_place_off_the_globe_is_unknown(place):
    found = outcome(proof={"lat": place[0], "lng": place[1]})
    assert (found.latitude, found.longitude) == (None, None)


@pytest.mark.parametrize(
    "url",
    [
        "http://storage.scriptrun.app/a.jpg",
        "https://storage.scriptrun.app.evil.example/a.jpg",
        "https://storage.scriptrun.app@evil.example/a.jpg",
        "https://user@storage.scriptrun.app/a.jpg",
        "https://storage.scriptrun.app:8443/a.jpg",
        "https://169.254.169.254/latest",
        "https://[::1",
        "//storage.scriptrun.app/a.jpg",
        "https://storage.scriptrun.app/a b.jpg",
        "javascript:alert(1)",
        7,
        None,
    ],
)
def test_proof_from_elsewhere_is_not_looked_at(url):
    assert outcome(proof={"photo_url": url}).photo_url == ""


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"[]", b'{"id":1,"event":"x","data":{}}', b'{"id":"1","event":"x","data":[]}',
     b'{"id":"1","data":{}}', b'{"id":" ","event":"x","data":{}}'],
)  # fmt: skip
def test_what_is_no_event_is_said_to_be_none(raw):
    with pytest.raises(BadAnswer):
        webhook.parse(raw)


def test_a_header_that_names_another_type_is_refused():
    assert webhook.parse(body(), {webhook.EVENT_HEADER: "delivery.completed"}).id == "evt_1"
    with pytest.raises(BadAnswer):
        webhook.parse(body(), {webhook.EVENT_HEADER: "delivery.failed"})


@given(JUNK)
def test_no_value_breaks_reading(junk):
    names = ("delivered_at", "proof", "copay_collected", "copay_method", "rx_number", "reason")
    assert outcome(**dict.fromkeys(names, junk)).parcel_id == "package-1"


# Against the simulator


@pytest.fixture
def hook(simulators):
    """A registered address; gives the queue of (headers, body) it got."""
    calls = queue.Queue()

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self):
            length = int(self.headers["Content-Length"])
            calls.put((dict(self.headers), self.rfile.read(length)))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Hook)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/"
    simulators.act("scriptrun/endpoint", key=app.HARBOR_KEY, url=url)
    yield calls
    server.shutdown()
    server.server_close()


@pytest.fixture
def parcel(simulators, hook):
    client = ScriptRun(base_url=simulators.scriptrun, api_key=app.HARBOR_KEY, live=False)
    accepted = client.book(ORDER)
    simulators.act("scriptrun/flush")
    return accepted.parcel_id


def heard(simulators, hook, kind):
    """The (headers, body) of the next event of `kind`."""
    simulators.act("scriptrun/flush")
    while True:
        headers, raw = hook.get(timeout=5)
        if headers.get(webhook.EVENT_HEADER) == kind:
            return headers, raw


def judged(headers, raw, secret=app.HARBOR_SECRET):
    return webhook.verify(headers, raw, ["retired-secret", secret], time.time())


def test_a_booked_parcel_comes_back_under_our_barcode(simulators, hook, parcel):
    headers, raw = heard(simulators, hook, "package.created")
    found = webhook.outcome(webhook.parse(raw, headers))
    assert judged(headers, raw) is Verdict.GENUINE
    assert (found.parcel_id, found.barcode) == (parcel, ORDER.barcode)


def test_a_delivered_parcels_proof_is_fetched(simulators, hook, parcel):
    simulators.knob("scriptrun", proof_urls="local")
    simulators.act("scriptrun/deliver", package_id=parcel)
    headers, raw = heard(simulators, hook, "delivery.completed")
    event = webhook.parse(raw, headers)
    assert judged(headers, raw) is Verdict.GENUINE
    assert webhook.outcome(event).photo_url == ""
    photo = webhook.outcome(event, [simulators.scriptrun]).photo_url
    assert proof.fetch(photo, [simulators.scriptrun]).content_type == "image/png"


@pytest.mark.parametrize(
    ("action", "verdict"),
    [("stale", Verdict.STALE), ("future", Verdict.STALE), ("wrong_secret", Verdict.FORGED)],
)
def test_an_oddly_signed_event_is_told_apart(simulators, hook, parcel, action, verdict):
    simulators.act(f"scriptrun/{action}", package_id=parcel)
    headers, raw = heard(simulators, hook, "delivery.completed")
    assert judged(headers, raw) is verdict


def test_another_practices_secret_proves_nothing(simulators, hook, parcel):
    headers, raw = heard(simulators, hook, "package.created")
    assert judged(headers, raw, app.MEADOW_SECRET) is Verdict.FORGED


# Proof files


def test_proof_is_not_fetched_from_anywhere_else():
    with pytest.raises(Refused):
        proof.fetch("https://evil.example/a.png")


def test_what_is_no_image_is_not_kept():
    page = answer(body=b"<svg onload=alert(1)>", Content_Type="image/png")
    with serving(page) as server, pytest.raises(BadAnswer):
        proof.fetch(f"{server.url}/a.png", [server.url])


def test_a_signed_address_is_asked_for_as_it_is():
    png = answer(body=b"\x89PNG\r\n\x1a\n....")
    with serving(png) as server:
        proof.fetch(f"{server.url}/a%20b/c.png?token=x%2By&exp=1", [server.url])
    assert server.heard[0].startswith(b"GET /a%20b/c.png?token=x%2By&exp=1 ")
    assert b"sk_test" not in server.heard[0]
