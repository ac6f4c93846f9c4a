"""The WholeScripts client against the simulated vendor, over HTTP."""

import datetime as dt
from decimal import Decimal

import pytest

from practice.vendors.contract import (
    AccessRevoked,
    BadAnswer,
    Dose,
    Kind,
    PatientStanding,
    PlanLine,
    PlanPill,
    Refused,
    Slot,
    Unavailable,
)
from practice.vendors.wholescripts import payloads
from practice.vendors.wholescripts.client import WholeScripts
from tests.vendors.conftest import CALLBACK, NORA, consent, outgoing

SAMUEL = "samuel.okafor@harbor-integrative.example"
PACK_SKU = "000000000200000633"


@pytest.fixture
def bottle(wholescripts):
    rows = wholescripts.products().rows
    return next(row for row in rows if row.kind is Kind.BOTTLE)


@pytest.fixture
def plan(wholescripts):
    rows = wholescripts.products().rows
    bottle = next(row for row in rows if row.kind is Kind.BOTTLE)
    pill = next(row for row in rows if row.kind is Kind.PILL)
    morning = (Dose(Slot.BREAKFAST, Decimal(1)), Dose(Slot.EVENING, Decimal(2)))
    return outgoing(
        PlanLine(sku=bottle.sku, units=2, doses=morning, notes="With plenty of water."),
        PlanLine(
            sku=PACK_SKU,
            duration_days=28,
            pack_name="Elena's pack",
            pills=(
                PlanPill(pill.sku, 2, Slot.EVENING),
                PlanPill(pill.sku, 1, Slot.BEDTIME, with_food=False),
            ),
        ),
    )


def sent(simulators):
    return simulators.holds("wholescripts")["recommendations"]


# Connecting


def test_a_practitioner_connects(wholescripts):
    back = consent(wholescripts.authorize_url("abc"), decision="allow", practitioner=NORA)
    tokens = wholescripts.exchange(back["code"])
    assert back["state"] == "abc"
    assert tokens.refresh_token
    lifetime = tokens.expires_at - dt.datetime.now(dt.UTC)
    assert dt.timedelta(minutes=14) < lifetime <= dt.timedelta(minutes=15)


def test_a_code_works_once(wholescripts):
    back = consent(wholescripts.authorize_url("abc"), decision="allow", practitioner=NORA)
    wholescripts.exchange(back["code"])
    with pytest.raises(Refused):
        wholescripts.exchange(back["code"])


@pytest.mark.parametrize("rotates", [True, False])
def test_a_refresh_brings_or_keeps_the_refresh_token(simulators, nora_at_wholescripts, rotates):
    client, held = nora_at_wholescripts
    simulators.knob("wholescripts", refresh_rotates=rotates)
    fresh = client.refresh(held)
    assert fresh.access_token != held.access_token
    assert fresh.refresh_token
    assert (fresh.refresh_token != held.refresh_token) is rotates


@pytest.mark.parametrize("error_body", ["valid", "trailing_comma"])
def test_a_refused_refresh_needs_a_person(simulators, nora_at_wholescripts, error_body):
    client, held = nora_at_wholescripts
    simulators.knob("wholescripts", error_body=error_body)
    simulators.act("wholescripts/revoke", practitioner=NORA)
    with pytest.raises(AccessRevoked):
        client.refresh(held)


def test_logout_ends_both_tokens(nora_at_wholescripts):
    client, held = nora_at_wholescripts
    client.logout()
    with pytest.raises(AccessRevoked):
        client.referral_codes()
    with pytest.raises(AccessRevoked):
        client.refresh(held)


def test_no_password_or_token_ever_stands_in_a_url(simulators, nora_at_wholescripts):
    client, held = nora_at_wholescripts
    client.refresh(held)
    assert simulators.holds("wholescripts")["counts"]["unsafe_token_get"] == 0


def test_only_the_emr_path_is_spoken_to():
    with pytest.raises(ValueError, match="EMR"):
        WholeScripts(
            base_url="https://vendor.example/api/Orders",
            username="u",
            password="p",
            redirect_uri=CALLBACK,
        )


# Catalogue


def test_the_catalogue_comes_whole(simulators, wholescripts):
    simulators.knob("wholescripts", blank_sku_row=True, include_onlineMAP=True)
    page = wholescripts.products()
    kinds = {row.kind for row in page.rows}
    assert kinds == {Kind.BOTTLE, Kind.PILL}
    assert (page.next, page.skipped, page.total) == (None, 1, len(page.rows) + 1)
    assert all(len(row.sku) == 18 for row in page.rows)
    assert any(row.stock is not None and row.stock <= 0 and not row.in_stock for row in page.rows)


def test_a_catalogue_of_another_shape_is_a_bad_answer(simulators, wholescripts):
    simulators.knob("wholescripts", wrong_top_level=True)
    with pytest.raises(BadAnswer):
        wholescripts.products()


@pytest.mark.parametrize("shape", ["object", "array"])
def test_one_product_comes_in_either_shape(simulators, wholescripts, bottle, shape):
    simulators.knob("wholescripts", product_single_shape=shape)
    assert wholescripts.product(bottle.sku)[0] == bottle


@pytest.mark.parametrize("style", ["empty", "404", "success_false"])
@pytest.mark.parametrize("shape", ["object", "array"])
def test_an_unknown_product_is_nothing(simulators, wholescripts, style, shape):
    simulators.knob("wholescripts", not_found_style=style, product_single_shape=shape)
    assert wholescripts.product("9" * 18) == ()


@pytest.mark.parametrize("how", ["base64", "ints"])
def test_files_come_in_either_form(simulators, wholescripts, bottle, how):
    simulators.knob("wholescripts", file_bytes=how)
    assert wholescripts.product_image(bottle.sku).content_type == "image/png"
    assert wholescripts.product_sheet(bottle.sku).content.startswith(b"%PDF-")
    assert wholescripts.product_image("9" * 18) is None


def test_a_sku_that_is_no_sku_is_not_asked_for(simulators, wholescripts):
    with pytest.raises(Refused):
        wholescripts.product("../Orders/Submit")
    assert simulators.log("wholescripts") == []


def test_the_wrong_account_is_access_revoked(simulators):
    stranger = WholeScripts(
        base_url=f"{simulators.wholescripts}/api/EMR",
        username="someone",
        password="else",
        redirect_uri=CALLBACK,
    )
    with pytest.raises(AccessRevoked):
        stranger.brands()


# The practitioner's own


def test_the_practitioners_own_lists_are_read(nora_at_wholescripts):
    client, _ = nora_at_wholescripts
    assert {row.kind for row in client.private_label()} >= {Kind.BOTTLE, Kind.PACK}
    assert all(row.is_private_label for row in client.private_label())
    assert {code.code for code in client.referral_codes()} == {"HARBOR15", "HARBOR5"}


@pytest.mark.parametrize("how", ["query", "ignored"])
def test_a_patient_is_known_new_or_elsewhere(simulators, nora_at_wholescripts, how):
    client, _ = nora_at_wholescripts
    simulators.knob("wholescripts", patients_filter=how)
    standing, row = client.patient_standing("Elena.Marsh@mail.example")
    assert (standing, row.last_name) == (PatientStanding.KNOWN, "Marsh")
    assert client.patient_standing("new.person@mail.example") == (PatientStanding.NEW, None)


def test_a_filter_that_answers_others_is_asked_again_without(simulators, nora_at_wholescripts):
    client, _ = nora_at_wholescripts
    others = {"success": True, "msg": "", "patients": [{"email": "lewis.grant@mail.example"}]}
    simulators.fault(
        "wholescripts", "status", path="Patients", params={"code": 200, "body": others}
    )
    assert client.patient_standing("elena.marsh@mail.example")[0] is PatientStanding.KNOWN
    assert len([c for c in simulators.log("wholescripts") if "Patients" in c["path"]]) == 2


@pytest.mark.parametrize("status", ["200", "400"])
def test_somebody_elses_patient_is_told_apart(simulators, nora_at_wholescripts, status):
    client, _ = nora_at_wholescripts
    simulators.knob("wholescripts", business_failure_status=status)
    standing = client.patient_standing("owen.hart@mail.example")
    assert standing == (PatientStanding.ELSEWHERE, None)


def test_the_patient_search_may_go_by_path(simulators, wholescripts, nora_at_wholescripts):
    _, tokens = nora_at_wholescripts
    simulators.knob("wholescripts", patients_filter="path")
    by_path = WholeScripts(
        base_url=f"{simulators.wholescripts}/api/EMR",
        username="u",
        password="p",
        redirect_uri=CALLBACK,
        access_token=tokens.access_token,
        patients_by="path",
    )
    assert by_path.patient_standing("elena.marsh@mail.example")[0] is PatientStanding.KNOWN
    assert by_path.patient_standing("owen.hart@mail.example")[0] is PatientStanding.ELSEWHERE


# Recommendations


def test_a_recommendation_is_sent_and_read_back(simulators, nora_at_wholescripts, plan):
    client, _ = nora_at_wholescripts
    held = client.recommend(plan)
    assert held.link.startswith("https://www.wholescripts.com/")
    assert sent(simulators)[0]["send_email_given"]
    assert simulators.mail() == []
    again = client.recommendation(held.id, NORA)
    assert (again.fingerprint, again.state) == (held.fingerprint, "active")
    assert [line.doses for line in again.lines] == [line.doses for line in plan.lines]
    assert again.lines[1].pills == plan.lines[1].pills


@pytest.mark.parametrize("status", ["200", "400"])
def test_a_refusal_carries_the_vendors_words(simulators, nora_at_wholescripts, status):
    client, _ = nora_at_wholescripts
    simulators.knob("wholescripts", business_failure_status=status)
    with pytest.raises(Refused) as raised:
        client.recommend(outgoing(PlanLine(sku="9" * 18)))
    assert "Invalid SKU" in raised.value.message
    assert raised.value.details == ()
    assert sent(simulators) == []


def test_what_cannot_be_said_is_not_sent(simulators, nora_at_wholescripts):
    client, _ = nora_at_wholescripts
    with pytest.raises(Refused) as raised:
        client.recommend(outgoing(PlanLine(sku="9" * 18), email=""))
    assert "e-mail" in raised.value.message
    assert not [call for call in simulators.log("wholescripts") if "Recomm" in call["path"]]


@pytest.mark.parametrize(
    "fault", [("reset_after", {}), ("status_after", {"code": 500}), ("truncated", {"short": True})]
)
def test_a_lost_answer_is_found_again_by_fingerprint(simulators, nora_at_wholescripts, plan, fault):
    client, _ = nora_at_wholescripts
    started = dt.datetime.now(dt.UTC)
    client.recommend(outgoing(PlanLine(sku=plan.lines[0].sku, units=9)))
    kind, params = fault
    simulators.fault("wholescripts", kind, path="Recommendations$", method="POST", params=params)
    with pytest.raises(Unavailable) as raised:
        client.recommend(plan)
    assert raised.value.maybe_done
    (found,) = client.look_up(plan, started)
    assert len(sent(simulators)) == 2
    assert int(found.id) == sent(simulators)[1]["id"]


@pytest.mark.parametrize("knob", [{"success_without_id": True}, {"wrong_top_level": True}])
def test_a_success_without_its_id_is_unknown(simulators, nora_at_wholescripts, plan, knob):
    client, _ = nora_at_wholescripts
    simulators.knob("wholescripts", **knob)
    with pytest.raises(BadAnswer):
        client.recommend(plan)
    assert len(sent(simulators)) == 1


@pytest.mark.parametrize(
    "body",
    [
        {"success": False, "recommendationId": 7, "msg": "Odd"},
        {"recommendationId": 7},
        {"success": "true", "recommendationId": 7},
        {"success": True, "recommendationId": True},
        {"success": True, "recommendationId": -1},
    ],
)
def test_an_answer_that_contradicts_itself_is_unknown(simulators, nora_at_wholescripts, plan, body):
    client, _ = nora_at_wholescripts
    simulators.fault(
        "wholescripts", "status_after", method="POST", params={"code": 200, "body": body}
    )
    with pytest.raises(BadAnswer):
        client.recommend(plan)


def test_nothing_is_found_where_nothing_was_stored(simulators, nora_at_wholescripts, plan):
    client, _ = nora_at_wholescripts
    started = dt.datetime.now(dt.UTC)
    simulators.fault("wholescripts", "reset_before", path="Recommendations$", method="POST")
    with pytest.raises(Unavailable) as raised:
        client.recommend(plan)
    assert raised.value.maybe_done
    assert client.look_up(plan, started) == ()


def test_an_older_twin_is_not_taken_for_the_lost_one(simulators, nora_at_wholescripts, plan):
    client, _ = nora_at_wholescripts
    client.recommend(plan)
    later = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=11)
    assert client.look_up(plan, later) == ()


@pytest.mark.parametrize("style", ["empty", "404", "success_false"])
def test_no_recommendations_is_no_error(simulators, nora_at_wholescripts, style):
    client, _ = nora_at_wholescripts
    simulators.knob("wholescripts", not_found_style=style)
    assert client.recommendations("nobody+at.all@mail.example", NORA) == ()
    assert client.recommendation("424242", NORA) is None


def test_other_practitioners_rows_are_dropped(simulators, nora_at_wholescripts, plan):
    client, _ = nora_at_wholescripts
    simulators.knob("wholescripts", other_practitioner_rows=True, pills_null=True)
    body = payloads.write_plan(plan)
    simulators.act("wholescripts/recommendation", practitioner=SAMUEL, body=body)
    held = client.recommend(plan)
    found = client.recommendations(plan.patient.email, NORA)
    assert [one.id for one in found] == [held.id]
    assert found[0].fingerprint == held.fingerprint


def test_an_unknown_status_is_kept_as_it_is(simulators, nora_at_wholescripts, plan):
    client, _ = nora_at_wholescripts
    held = client.recommend(plan)
    simulators.knob("wholescripts", status_values="unknown")
    again = client.recommendation(held.id, NORA)
    assert (again.state, again.raw_state) == ("unknown", "Opened By Patient")


def test_without_a_token_nobody_is_asked(simulators, wholescripts):
    with pytest.raises(AccessRevoked):
        wholescripts.referral_codes()
    assert simulators.log("wholescripts") == []


@pytest.mark.parametrize("status", [400, 404])
def test_an_address_that_the_server_refuses_in_a_path_is_followed_by_its_ids(
    simulators, nora_at_wholescripts, bottle, status
):
    client, _ = nora_at_wholescripts
    email = "elena+harbor@mail.example"
    held = client.recommend(outgoing(PlanLine(sku=bottle.sku), email=email))
    refusal = {"code": status, "body": "<h1>Bad Request</h1>"}
    simulators.fault("wholescripts", "status", path="/Recommendations/", times=0, params=refusal)
    assert client.recommendations(email, NORA) == ()
    (found,) = client.recommendations(email, NORA, [held.id, "999999"])
    assert (found.id, found.patient_email) == (held.id, email)
