"""What the WholeScripts reference asks of a client, a test a line (12, "Acceptance list")."""

import datetime as dt
import json

import pytest
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

from catalog.models import Listing, Product
from practice import connect, tenancy
from practice.models import Connection
from practice.vendors.contract import (
    AccessRevoked,
    Kind,
    PatientStanding,
    PlanLine,
    PlanPill,
    Refused,
    Slot,
)
from practice.vendors.wholescripts import payloads
from recommendations import follow_up
from recommendations.models import Sending
from tests import dance
from tests.recommendations.conftest import make_harbor
from tests.recommendations.rows import ListingFactory
from tests.recommendations.test_send import attempt, make_plan, recommendations, signed
from tests.stack import forks
from tests.vendors.conftest import NORA, consent, outgoing

SAMUEL = "samuel.okafor@harbor-integrative.example"
State = Sending.State


@pytest.fixture
def connected(signed_in, harbor, simulators):
    dance.connect(signed_in, simulators, "harbor", "wholescripts")
    return harbor


def connection_of(harbor) -> Connection:
    with harbor.unit():
        return Connection.objects.select_related("membership__user").get()


def calls(simulators, ending, method="") -> list[dict]:
    log = simulators.log("wholescripts")
    return [c for c in log if c["path"].endswith(ending) and method in ("", c["method"])]


def entry(**fields) -> dict:
    return {
        "id": 7,
        "practitionerEmail": NORA,
        "emailTo": "elena.marsh@mail.example",
        "dateSentUtc": "2026-05-04T16:56:35.817",
        "status": "Sent",
        "items": [{"sku": "1", "quantity": 1, "dosing": "", "medPaxPills": [], **fields}],
    }


# Connecting


def test_a_token_is_never_asked_for_by_get(connected, simulators):
    with connected.scope():
        connect.refresh(connection_of(connected))
    assert len(calls(simulators, "/Token", "POST")) == 2
    assert simulators.holds("wholescripts")["counts"]["unsafe_token_get"] == 0


def test_a_callback_without_our_state_connects_nothing(signed_in, harbor, simulators):
    there = signed_in.get("/harbor/connections/wholescripts/begin")
    back = dance.consent(there["Location"], simulators, "wholescripts", NORA)
    forged = back.query.replace("state=", "state=x")
    signed_in.get(f"{back.path}?{forged}")
    assert calls(simulators, "/Token") == []
    with harbor.unit():
        assert not Connection.objects.filter(state="active").exists()


def test_the_error_redirect_changes_nothing(connected, signed_in):
    before = connection_of(connected)
    signed_in.get("/connect/wholescripts/callback?error=access_denied")
    signed_in.get("/connect/wholescripts/callback?error=<script>")
    after = connection_of(connected)
    assert (after.state, after.access_token) == (before.state, before.access_token)


def test_a_code_is_exchanged_once_also_when_the_answer_is_lost(signed_in, harbor, simulators):
    simulators.fault("wholescripts", "reset_after", path="/Token$")
    dance.connect(signed_in, simulators, "harbor", "wholescripts")
    assert len(calls(simulators, "/Token")) == 1
    with harbor.unit():
        assert not Connection.objects.filter(state="active").exists()


@pytest.mark.parametrize("rotates", [True, False])
def test_twenty_parallel_calls_make_one_refresh(committed_db, client, simulators, ground, rotates):
    harbor = make_harbor()
    client.force_login(harbor.nora.user)
    dance.connect(client, simulators, "harbor", "wholescripts")
    simulators.knob("wholescripts", refresh_rotates=rotates)
    with harbor.unit():
        Connection.objects.update(expires_at=timezone.now())
    simulators.clear_log("wholescripts")
    given = {"practice": harbor.practice.pk, "connection": connection_of(harbor).pk}
    assert forks.ended(forks.start(ground, "call", 20, **given)) == ["answered"] * 20
    assert len(calls(simulators, "/Token")) == 1


def test_a_logout_after_idling_refreshes_first(connected, signed_in, simulators):
    connection = connection_of(connected)
    with connected.unit():
        Connection.objects.update(expires_at=timezone.now() - dt.timedelta(hours=1))
    simulators.act("wholescripts/expire", practitioner=NORA)
    simulators.clear_log("wholescripts")
    signed_in.post(f"/harbor/connections/{connection.pk}/disconnect")
    paths = [call["path"].rsplit("/", 1)[1] for call in simulators.log("wholescripts")]
    assert paths == ["Token", "Logout"]
    held = simulators.holds("wholescripts")
    assert not [one for one in held["refresh"].values() if one["practitioner"] == NORA]


@pytest.mark.parametrize("lives", [True, False])
def test_a_logout_that_is_refused_before_its_time_refreshes_once(
    connected, signed_in, simulators, lives
):
    """`lives`: what refreshes is good still. Otherwise nobody can confirm it, which is said."""
    connection = connection_of(connected)
    simulators.act(f"wholescripts/{'expire' if lives else 'revoke'}", practitioner=NORA)
    simulators.clear_log("wholescripts")
    page = signed_in.post(f"/harbor/connections/{connection.pk}/disconnect", follow=True)
    paths = [call["path"].rsplit("/", 1)[1] for call in simulators.log("wholescripts")]
    assert paths == ["Logout", "Token"] + ["Logout"] * lives
    after = connection_of(connected)
    assert (after.state, after.access_token, after.errand) == ("disconnected", "", "")
    assert ("could not confirm" in page.content.decode()) is not lives


def test_a_lost_answer_to_a_refresh_is_asked_for_once_more_and_then_ends_the_connection(
    connected, simulators
):
    """The old token died with the answer that was lost: only the person helps."""
    simulators.knob("wholescripts", refresh_rotates=True, refresh_old_token_valid=False)
    simulators.fault("wholescripts", "reset_after", path="/Token$")
    simulators.clear_log("wholescripts")
    with connected.scope(), pytest.raises(AccessRevoked):
        connect.refresh(connection_of(connected))
    assert len(calls(simulators, "/Token")) == 2
    assert connection_of(connected).state == "needs_reconnect"


# Answers


def test_success_false_in_a_200_is_a_failure(simulators, nora_at_wholescripts):
    client, _ = nora_at_wholescripts
    simulators.knob("wholescripts", business_failure_status="200")
    with pytest.raises(Refused):
        client.recommend(outgoing(PlanLine(sku="9" * 18)))
    assert recommendations(simulators) == []


def test_success_true_with_a_message_is_no_failure(simulators, nora_at_wholescripts):
    client, _ = nora_at_wholescripts
    nobody = {"patients": [], "count": 0, "success": True, "msg": "No patients found"}
    simulators.fault(
        "wholescripts", "status", path="Patients", params={"code": 200, "body": nobody}
    )
    assert client.patient_standing("new@mail.example") == (PatientStanding.NEW, None)


# Catalogue


def test_leading_zeros_survive_the_database_and_json(connected, wholescripts):
    sku = next(row.sku for row in wholescripts.products().rows if row.sku.startswith("000"))
    with tenancy.unit(tenancy.EVERYTHING):
        ListingFactory(vendor="wholescripts", sku=sku)
        [kept] = Listing.objects.filter(sku=sku).values_list("sku", flat=True)
    assert json.loads(json.dumps(kept, cls=DjangoJSONEncoder)) == sku
    assert len(kept) == 18


def page_of(signed_in, **fields) -> str:
    with tenancy.unit(tenancy.EVERYTHING):
        product = Product.objects.create(name="Calm")
        ListingFactory(vendor="wholescripts", product=product, **fields)
    return signed_in.get(f"/harbor/catalogue/{product.pk}/").content.decode()


def test_negative_stock_is_out(connected, signed_in):
    assert "out of stock" in page_of(signed_in, stock=-3, in_stock=False)


def test_the_vendors_html_is_cut_down(connected, signed_in):
    html = '<p onclick="x()">Calm<img src=x onerror=alert(1)></p><script>alert(2)</script>'
    words = page_of(signed_in, description_html=html + "<table><tr><td>5 mg</td></tr></table>")
    assert "<td>5 mg</td>" in words
    assert not any(bad in words for bad in ("onclick", "onerror", "alert(2)"))


def test_an_unknown_warning_is_shown(connected, signed_in):
    assert "warning: NewlyMade" in page_of(signed_in, warnings=["NewlyMade"])


def test_a_time_without_a_zone_is_utc():
    assert payloads.held_plan(entry()).sent_at == dt.datetime(
        2026, 5, 4, 16, 56, 35, 817000, tzinfo=dt.UTC
    )


# Recommendations


def test_no_dosing_equals_empty_dosing(nora_at_wholescripts):
    null, empty = (payloads.held_plan(entry(dosing=dosing)) for dosing in (None, ""))
    assert null.lines == empty.lines
    assert null.fingerprint == empty.fingerprint


def test_a_bottles_sku_is_refused_as_a_pill(simulators, nora_at_wholescripts, wholescripts):
    client, _ = nora_at_wholescripts
    bottle = next(row for row in wholescripts.products().rows if row.kind is Kind.BOTTLE)
    pack = PlanLine(
        sku="000000000200000633",
        duration_days=28,
        pack_name="Daily",
        pills=(PlanPill(bottle.sku, 1, Slot.EVENING),),
    )
    with pytest.raises(Refused):
        client.recommend(outgoing(pack))
    assert recommendations(simulators) == []


@pytest.mark.parametrize("notifies", [True, False])
def test_whether_to_write_to_the_patient_is_always_said(connected, simulators, notifies):
    plan = make_plan(connected)
    with connected.unit():
        type(plan).objects.update(notify_patient=notifies)
    attempt(connected, signed(connected, plan))
    [held] = recommendations(simulators)
    assert (held["send_email_given"], held["body"]["SendEmail"]) == (True, notifies)
    assert len(simulators.mail()) == notifies


def test_an_answer_lost_after_storing_leaves_one_recommendation(connected, simulators):
    simulators.fault("wholescripts", "reset_after", method="POST", path="/Recommendations$")
    sending = attempt(connected, signed(connected, make_plan(connected)))
    assert sending.state == State.UNKNOWN
    sending = attempt(connected, sending, act=follow_up.look_up, later=31)
    [held] = recommendations(simulators)
    assert (sending.state, sending.vendor_plan_id) == (State.SENT, str(held["id"]))


def test_an_unknown_slot_length_and_status_are_kept_word_for_word():
    pills = [{"sku": "2", "quantity": 1, "itemTime": "At noon sharp"}]
    held = payloads.held_plan(
        entry(dosing="1-Noon", itemDuration="8 Weeks", medPaxPills=pills) | {"status": "Seen by"}
    )
    [line] = held.lines
    words = f"{line.sig} {line.notes}"
    assert all(word in words for word in ("1-Noon", "8 Weeks", "At noon sharp"))
    assert held.raw_state == "Seen by"


def test_other_practitioners_rows_are_dropped(simulators, nora_at_wholescripts, wholescripts):
    client, _ = nora_at_wholescripts
    simulators.knob("wholescripts", other_practitioner_rows=True)
    back = consent(wholescripts.authorize_url("s" * 32), decision="allow", practitioner=SAMUEL)
    samuel = wholescripts.with_token(wholescripts.exchange(back["code"]).access_token)
    bottle = next(row for row in wholescripts.products().rows if row.kind is Kind.BOTTLE)
    client.recommend(outgoing(PlanLine(sku=bottle.sku)))
    assert samuel.recommendations("elena.marsh@mail.example", SAMUEL) == ()
    assert len(client.recommendations("elena.marsh@mail.example", NORA)) == 1


def test_no_patient_token_or_password_stands_in_the_logs(connected, simulators, caplog):
    caplog.set_level("DEBUG")
    attempt(connected, signed(connected, make_plan(connected)))
    tokens = connection_of(connected).tokens()
    secrets = [tokens.access_token, tokens.refresh_token]
    patient = connected.patient
    people = [patient.first_name, patient.last_name, patient.email, "1984-03-09"]
    assert [word for word in (*secrets, *people) if word in caplog.text] == []
    assert "wholescripts" in caplog.text
