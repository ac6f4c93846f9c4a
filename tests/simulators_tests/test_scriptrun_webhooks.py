"""ScriptRun: events as signed webhooks, again by the clock until they are taken (reference 7)."""

import hashlib
import hmac
import json

import pytest
import requests

from tests.simulators.scriptrun import app
from tests.simulators.scriptrun.webhooks import WAITS
from tests.simulators_tests.webhook_receiver import Receiver

ORDER = {
    "patient_name": "Elena Marsh",
    "patient_address": "100 Sample Ave, Tampa, FL 33602",
    "rx_number": "RX-1",
    "external_patient_id": "P-1",
    "copay_amount": 7.25,
    "requires_signature": True,
    "barcode": "ORD-1",
}


@pytest.fixture
def receiver(sims):
    receiver = Receiver()
    sims.act("scriptrun/endpoint", key=app.HARBOR_KEY, url=receiver.url)
    yield receiver
    sims.act("scriptrun/endpoint", key=app.HARBOR_KEY, url="")
    receiver.close()


@pytest.fixture
def package(sims, receiver):
    """A package of Harbor's, its `package.created` taken and forgotten."""
    number = push(sims).json()["package_ids"][0]
    sims.act("scriptrun/flush")
    receiver.got.clear()
    return number


def push(sims, **more):
    return requests.post(
        sims.scriptrun + "/api/webhook/orders",
        json={"orders": [ORDER | more]},
        headers={"X-API-Key": app.HARBOR_KEY},
        timeout=10,
    )


def verified(one, secret=app.HARBOR_SECRET) -> int:
    """The signature's time, after checking it over the raw bytes as a receiver would."""
    parts = dict(part.split("=", 1) for part in one["headers"]["X-ScriptRun-Signature"].split(","))
    message = parts["t"].encode() + b"." + one["body"]
    wanted = hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(wanted, parts["v1"])
    return int(parts["t"])


def log(sims):
    return list(sims.holds("scriptrun")["deliveries"].values())


def test_a_push_sends_package_created(sims, receiver):
    number = push(sims).json()["package_ids"][0]
    sims.act("scriptrun/flush")
    (event,) = receiver.events()
    assert event["event"] == receiver.got[0]["headers"]["X-ScriptRun-Event"] == "package.created"
    assert event["data"] == {
        "package_id": number,
        "external_patient_id": "P-1",
        "rx_number": "RX-1",
        "barcode": "ORD-1",
        "source": "api",
    }


def test_the_barcode_can_be_left_out_of_created(sims, receiver):
    sims.knob("scriptrun", created_event_has_barcode=False)
    push(sims)
    sims.act("scriptrun/flush")
    assert "barcode" not in receiver.events()[0]["data"]


def test_created_can_arrive_before_the_answer(sims, receiver):
    sims.knob("scriptrun", event_before_response=True)
    sims.fault("scriptrun", "reset_after", method="POST")
    with pytest.raises(requests.ConnectionError):
        push(sims)
    assert [event["event"] for event in receiver.events()] == ["package.created"]


def test_delivered_carries_proof_and_a_signature_over_the_raw_bytes(sims, receiver, package):
    sims.act("scriptrun/deliver", package_id=package)
    sims.act("scriptrun/flush")
    (event,) = receiver.events()
    assert event["event"] == "delivery.completed"
    assert event["data"]["copay_collected"] == 7.25
    assert event["data"]["proof"]["photo_url"].startswith("https://storage.scriptrun.app/")
    verified(receiver.got[0])
    assert json.dumps(event).encode() != receiver.got[0]["body"]


def test_failed_gives_its_reason_and_may_be_followed_by_delivered(sims, receiver, package):
    sims.act("scriptrun/fail", package_id=package, reason="dog in the yard")
    sims.act("scriptrun/deliver", package_id=package)
    sims.act("scriptrun/flush")
    failed, completed = receiver.events()
    assert failed["data"]["reason"] == "dog in the yard"
    assert completed["event"] == "delivery.completed"
    assert sims.holds("scriptrun")["packages"][package]["state"] == "completed"


def test_a_refusal_is_tried_again_after_each_wait_and_given_up_within_a_day(
    sims, receiver, package
):
    receiver.answers = [500] * 20
    sims.act("scriptrun/fail", package_id=package)
    sims.act("scriptrun/flush")
    for tried, wait in enumerate(WAITS, 1):
        sims.advance(wait - 6)
        sims.act("scriptrun/flush")
        assert len(receiver.got) == tried
        sims.advance(7)
        sims.act("scriptrun/flush")
        assert len(receiver.got) == tried + 1
    assert log(sims)[-1]["state"] == "given up"
    assert sum(WAITS) < 24 * 3600


@pytest.mark.parametrize(("hours", "arrives"), [(1, True), (6, True), (25, False)])
def test_an_outage_is_survived_for_less_than_a_day(sims, receiver, package, hours, arrives):
    receiver.answers = [503]
    sims.act("scriptrun/deliver", package_id=package)
    sims.act("scriptrun/flush")
    sims.advance(hours * 3600)
    assert sims.act("scriptrun/flush")["pending"] == 0
    assert (log(sims)[-1]["state"] == "delivered") is arrives


@pytest.mark.parametrize("again", [True, False])
def test_a_retry_is_signed_anew_or_not(sims, receiver, package, again):
    sims.knob("scriptrun", resign_on_retry=again)
    receiver.answers = [500]
    sims.act("scriptrun/deliver", package_id=package)
    sims.act("scriptrun/flush")
    sims.advance(11)
    sims.act("scriptrun/flush")
    first, second = (verified(one) for one in receiver.got)
    assert (second - first >= 11) is again
    assert again or second == first


def test_an_address_that_is_gone_is_noted(sims, receiver, package):
    sims.act("scriptrun/endpoint", key=app.HARBOR_KEY, url="http://127.0.0.1:9/none")
    sims.act("scriptrun/deliver", package_id=package)
    sims.act("scriptrun/flush")
    assert log(sims)[-1]["attempts"][0]["error"] == "ConnectionError"


def test_one_event_can_come_twice(sims, receiver, package):
    sims.act("scriptrun/deliver", package_id=package)
    sims.act("scriptrun/duplicate")
    sims.act("scriptrun/flush")
    first, second = receiver.got
    assert first["body"] == second["body"]


def test_events_can_come_out_of_order(sims, receiver, package):
    sims.act("scriptrun/reorder", package_id=package)
    sims.act("scriptrun/flush")
    first, second = receiver.events()
    assert [first["event"], second["event"]] == ["delivery.completed", "delivery.failed"]
    assert first["created_at"] > second["created_at"]


@pytest.mark.parametrize(("action", "drift"), [("stale", -301), ("future", 301)])
def test_a_signature_can_be_rightly_made_at_the_wrong_time(sims, receiver, package, action, drift):
    sims.act(f"scriptrun/{action}", package_id=package)
    sims.act("scriptrun/flush")
    sent_at = log(sims)[-1]["signed_at"]
    assert verified(receiver.got[0]) - sent_at == drift


def test_a_wrong_secret_does_not_verify(sims, receiver, package):
    sims.act("scriptrun/wrong_secret", package_id=package)
    sims.act("scriptrun/flush")
    with pytest.raises(AssertionError):
        verified(receiver.got[0])


def test_foreign_unknown_and_staff_events_arrive(sims, receiver):
    for action in ("foreign", "unknown_type", "driver", "route"):
        sims.act(f"scriptrun/{action}", key=app.HARBOR_KEY)
    sims.act("scriptrun/flush")
    assert [event["event"] for event in receiver.events()] == [
        "delivery.completed",
        "package.reassigned",
        "driver.status_changed",
        "route.completed",
    ]


def test_a_body_can_be_a_mebibyte(sims, receiver):
    sims.act("scriptrun/huge", key=app.HARBOR_KEY)
    sims.act("scriptrun/flush")
    assert len(receiver.got[0]["body"]) > 2**20


def test_an_order_entered_by_hand_is_announced(sims, receiver):
    made = sims.act("scriptrun/created", key=app.HARBOR_KEY, rx_number="RX-7")
    sims.act("scriptrun/flush")
    (event,) = receiver.events()
    assert (event["data"]["package_id"], event["data"]["source"]) == (made["package_id"], "manual")


def test_a_tenant_hears_of_its_own_packages_only(sims, receiver, package):
    made = sims.act("scriptrun/created", key=app.MEADOW_KEY)
    done = sims.act("scriptrun/deliver", package_id=made["package_id"])
    sims.act("scriptrun/flush")
    assert done["queued"] is False
    assert receiver.got == []


def test_without_the_plans_feature_no_webhook_is_sent(sims, receiver, package):
    sims.act("scriptrun/key", key=app.HARBOR_KEY, features=[])
    assert sims.act("scriptrun/deliver", package_id=package)["queued"] is False


def test_unknown_values_are_null_or_absent(sims, receiver):
    for style in ("null", "absent"):
        sims.knob("scriptrun", null_or_absent=style)
        made = sims.act("scriptrun/created", key=app.HARBOR_KEY)
        sims.act("scriptrun/deliver", package_id=made["package_id"])
    sims.act("scriptrun/flush")
    with_nulls, without = (e["data"] for e in receiver.events() if e["event"][0] == "d")
    assert with_nulls["copay_collected"] is with_nulls["proof"]["signature_url"] is None
    assert "copay_collected" not in without
    assert "signature_url" not in without["proof"]


@pytest.mark.parametrize(("knob", "collected"), [(True, 0), (False, None)])
def test_a_copay_of_zero_may_count(sims, receiver, knob, collected):
    sims.knob("scriptrun", zero_copay_is_present=knob)
    number = push(sims, copay_amount=0).json()["package_ids"][0]
    sims.act("scriptrun/deliver", package_id=number)
    sims.act("scriptrun/flush")
    assert receiver.events()[-1]["data"]["copay_collected"] == collected


def test_proof_can_be_fetched_here_or_lie_elsewhere(sims, receiver, package):
    hosts = {}
    for style in ("local", "other_host", "private"):
        sims.knob("scriptrun", proof_urls=style)
        sims.act("scriptrun/deliver", package_id=package)
        sims.act("scriptrun/flush")
        hosts[style] = receiver.events()[-1]["data"]["proof"]["photo_url"]
    assert requests.get(hosts["local"], timeout=5).content.startswith(b"\x89PNG")
    assert hosts["other_host"].startswith("https://files.example/")
    assert hosts["private"].startswith("http://10.0.0.7/")


def test_a_person_presses_delivered_on_the_control_page(sims, receiver, package):
    answer = requests.post(
        f"{sims.control}/do/scriptrun/deliver",
        data={"package_id": package, "copay_collected": ""},
        timeout=5,
    )
    sims.act("scriptrun/flush")
    assert answer.ok
    assert receiver.events()[0]["data"]["package_id"] == package


def test_the_control_page_shows_packages_and_answers(sims, receiver, package):
    page = requests.get(sims.control, timeout=5).text
    assert "Elena Marsh" in page
    assert "package.created" in page
    assert receiver.url in page


def test_a_kept_endpoint_outlives_a_reset(sims):
    kept = {"key": app.MEADOW_KEY, "url": "http://127.0.0.1:9/kept", "keep": True}
    sims.act("scriptrun/endpoint", **kept)
    sims.reset()
    assert endpoint_of(sims, app.MEADOW_KEY)["url"] == "http://127.0.0.1:9/kept"
    sims.act("scriptrun/endpoint", **kept | {"url": ""})
    sims.reset()
    assert endpoint_of(sims, app.MEADOW_KEY)["url"] == ""


def endpoint_of(sims, key):
    config = requests.get(f"{sims.control}/api/config/scriptrun", timeout=5).json()
    return config["keys"][key]["endpoint"]
