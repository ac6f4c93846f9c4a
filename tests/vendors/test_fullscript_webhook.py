"""Fullscript's webhooks: envelopes, probes, and the simulator's own signatures (reference 6)."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from practice.vendors.contract import BadAnswer, Verdict
from practice.vendors.fullscript import webhook
from tests.simulators.fullscript import app

EVENT = {
    "id": "event-1",
    "type": "treatment_plan.created",
    "created_at": "2026-05-04T10:00:00.000Z",
    "clinic_id": "clinic-1",
    "data": {"treatment_plan": {"id": "plan-1", "active": "true"}},
}


@pytest.mark.parametrize("body", [{"event_payload": {"event": EVENT}}, {"event": EVENT}, EVENT])
def test_an_event_is_read_from_any_envelope(body):
    event = webhook.parse(json.dumps(body).encode())
    assert (event.id, event.type, event.account_id) == ("event-1", EVENT["type"], "clinic-1")
    assert event.data == {"id": "plan-1", "active": "true"}
    assert webhook.plan_ids(event) == ("plan-1",)


@pytest.mark.parametrize("data", [{"name": "Zinc"}, {"product": {"name": "Zinc"}}])
def test_data_is_read_flat_or_nested(data):
    event = webhook.event(EVENT | {"type": "product.created", "data": data})
    assert event.data == {"name": "Zinc"}


def test_an_order_names_its_plans_and_patient():
    data = {"id": "order-1", "treatment_plan_ids": ["plan-1", "plan-2"], "patient_id": "patient-1"}
    event = webhook.event(EVENT | {"type": "order.placed", "data": data})
    assert webhook.plan_ids(event) == ("plan-1", "plan-2")
    assert webhook.patient_id(event) == "patient-1"


def test_an_unknown_type_is_kept():
    event = webhook.event(EVENT | {"type": "fulfillment.shipment.shipped", "data": {"x": 1}})
    assert (event.type, event.data) == ("fulfillment.shipment.shipped", {"x": 1})
    assert webhook.plan_ids(event) == ()


def test_a_product_event_names_its_variants():
    variants = [{"id": "variant-1"}, {"id": ""}, {"sku": "x"}, {"id": "variant-1"}, {"id": 2}]
    data = {"name": "Zinc", "variants": variants}
    event = webhook.event(EVENT | {"type": "product.updated", "data": data})
    assert webhook.variant_ids(event) == ("variant-1", "2")
    assert webhook.variant_ids(webhook.event(EVENT | {"data": data})) == ()


def test_what_a_database_cannot_hold_is_replaced():
    event = webhook.parse(b'{"id":"e","type":"t","data":{"note":"a\\u0000b\\ud800"}}')
    assert event.data == {"note": "a\ufffdb\ufffd"}


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"event":{"id":"x"}}', b'{"type":"t"}', b"7"])
def test_what_is_no_event_is_said_to_be_none(body):
    with pytest.raises(BadAnswer):
        webhook.parse(body)


@pytest.mark.parametrize(("body", "probe"), [(b"", True), (b" \r\n", True), (b"{}", False)])
def test_an_empty_call_is_a_probe(body, probe):
    assert webhook.is_probe(body) is probe


# The reference's vectors (6.4): the second body is not ASCII, its raw UTF-8 bytes are signed.
VECTOR_KEY, VECTOR_AT = "made-up-signature-key", 1_700_000_000
VECTORS = [
    (
        '{"event":{"id":"e1","type":"patient.updated"}}',
        "9a79e86c0264d319f4e6c65aeb67211e5aefbbf12096528a4360d7bf46d8e7e5",
    ),
    (
        '{"event":{"id":"e2","type":"patient.updated","data":{"patient":{"first_name":"Zoë"}}}}',
        "f0b2eecdd2efd76123f2515eaa68465e4eab7a38c194352d4e4f279ef0c8c4b8",
    ),
]


@pytest.mark.parametrize(("body", "digest"), VECTORS)
@pytest.mark.parametrize(
    ("keys", "late", "verdict"),
    [
        ([VECTOR_KEY], 0, Verdict.GENUINE),
        (["rolled-to", VECTOR_KEY], 300, Verdict.GENUINE),
        ([VECTOR_KEY], -300, Verdict.GENUINE),
        ([VECTOR_KEY], 301, Verdict.STALE),
        ([VECTOR_KEY], -301, Verdict.STALE),
        (["rolled-to"], 0, Verdict.FORGED),
    ],
)
def test_the_references_signatures_are_verified(body, digest, keys, late, verdict):
    headers = {"Fullscript-Signature": f"t={VECTOR_AT},v1={digest}"}
    found = webhook.verify(headers, body.encode(), keys, VECTOR_AT + late)
    assert found is verdict
    assert webhook.verify(headers, body.encode()[:-1], keys, VECTOR_AT) is Verdict.FORGED


@pytest.fixture
def endpoint(simulators):
    """An address that answers with the challenge and keeps (headers, body) of each call."""
    calls = []

    class Endpoint(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            calls.append((dict(self.headers), body))
            answer = json.dumps(webhook.challenge_answer(app.WEBHOOK_CHALLENGE)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Endpoint)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    simulators.knob("fullscript", background=False)
    simulators.configure_webhook("fullscript", url=f"http://127.0.0.1:{server.server_port}/")
    yield calls
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("envelope", ["event_payload", "event"])
def test_the_simulators_deliveries_are_genuine(simulators, nora_at_fullscript, endpoint, envelope):
    client, _ = nora_at_fullscript
    simulators.knob("fullscript", envelope=envelope)
    patient = client.search_patients("elena.marsh")[0]
    made = simulators.act("fullscript/make-plan", patient_id=patient.id)
    simulators.act("fullscript/deliver-due")
    (_, probe), (headers, body) = endpoint
    assert webhook.is_probe(probe)
    verdict = webhook.verify(headers, body, ["an older key", app.WEBHOOK_KEY], time.time())
    assert verdict is Verdict.GENUINE
    event = webhook.parse(body, headers)
    assert webhook.plan_ids(event) == (made["plan_id"],)


def test_a_changed_body_is_forged(simulators, nora_at_fullscript, endpoint):
    client, _ = nora_at_fullscript
    patient = client.search_patients("elena.marsh")[0]
    simulators.act("fullscript/make-plan", patient_id=patient.id)
    simulators.act("fullscript/deliver-due")
    headers, body = endpoint[-1]
    assert webhook.verify(headers, body + b" ", [app.WEBHOOK_KEY], time.time()) is Verdict.FORGED
