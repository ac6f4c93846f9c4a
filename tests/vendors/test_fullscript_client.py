"""The Fullscript client against the simulated vendor, over HTTP."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest

from practice.vendors.contract import (
    AccessRevoked,
    BadAnswer,
    Dose,
    PatientRow,
    PlanLine,
    Refused,
    Slot,
    Unavailable,
)
from practice.vendors.fullscript import vocabulary
from tests.vendors.conftest import NORA, consent, outgoing


@pytest.fixture
def elena(nora_at_fullscript):
    client, _ = nora_at_fullscript
    return next(row for row in client.search_patients("elena.marsh") if row.last_name == "Marsh")


@pytest.fixture
def plan(nora_at_fullscript, elena):
    client, _ = nora_at_fullscript
    variant = client.products().rows[0].sku
    doses = (
        Dose(Slot.BREAKFAST, Decimal(1), with_food=True),
        Dose(Slot.BEDTIME, Decimal(1), with_food=True),
    )
    line = PlanLine(sku=variant, units=2, doses=doses, duration_days=30, dose_form="Capsules")
    return outgoing(line, patient_id=elena.id, message="See you in a month.")


# Connecting


def test_a_practitioner_connects(simulators, nora_at_fullscript):
    client, tokens = nora_at_fullscript
    account = client.account(tokens)
    assert (account.name, account.email) == ("Harbor Integrative Clinic", NORA)
    assert account.practitioner_id == tokens.owner_id
    assert vocabulary.missing_scopes("create_plan", tokens.scopes) == frozenset()
    assert tokens.expires_at > dt.datetime.now(dt.UTC) + dt.timedelta(minutes=110)


def test_a_member_of_staff_connects_without_being_a_practitioner(simulators, fullscript):
    person = next(iter(simulators.holds("fullscript")["staff"]))
    back = consent(fullscript.authorize_url("abc"), answer="authorize", person=person)
    tokens = fullscript.exchange(back["code"])
    account = fullscript.with_token(tokens.access_token).account(tokens)
    assert back["state"] == "abc"
    assert account.id
    assert account.practitioner_id == ""


def test_a_code_works_once(simulators, fullscript):
    person = next(iter(simulators.holds("fullscript")["practitioners"]))
    back = consent(fullscript.authorize_url("abc"), answer="authorize", person=person)
    fullscript.exchange(back["code"])
    with pytest.raises(Refused) as raised:
        fullscript.exchange(back["code"])
    assert raised.value.request_id


def test_the_old_refresh_token_works_until_the_new_pair_is_used(nora_at_fullscript):
    client, held = nora_at_fullscript
    client.refresh(held)
    fresh = client.refresh(held)
    client.with_token(fresh.access_token).account(fresh)
    with pytest.raises(AccessRevoked):
        client.refresh(held)
    assert client.refresh(fresh).access_token != fresh.access_token


def test_a_revoked_person_must_reconnect(simulators, nora_at_fullscript):
    client, held = nora_at_fullscript
    simulators.act("fullscript/revoke-person", person_id=held.owner_id)
    with pytest.raises(AccessRevoked) as raised:
        client.account(held)
    assert raised.value.status == 401
    with pytest.raises(AccessRevoked):
        client.refresh(held)


def test_a_revoke_needs_no_json_back(nora_at_fullscript):
    client, held = nora_at_fullscript
    client.revoke(held.access_token)
    with pytest.raises(AccessRevoked):
        client.account(held)


def test_a_refresh_that_meets_trouble_keeps_the_pair(simulators, nora_at_fullscript):
    client, held = nora_at_fullscript
    simulators.fault("fullscript", "status", path="oauth/token", params={"code": 503})
    with pytest.raises(Unavailable):
        client.refresh(held)
    assert client.refresh(held).access_token


# Catalogue


def test_all_pages_of_the_catalogue_are_read(simulators, nora_at_fullscript):
    client, _ = nora_at_fullscript
    rows, page, pages = [], 1, set()
    while page is not None:
        found = client.products(page)
        rows += found.rows
        pages.add(found.pages)
        page = found.next
    assert pages == {
        len({call["query"] for call in simulators.log("fullscript") if "catalog" in call["path"]})
    }
    assert len({row.sku for row in rows}) == len(rows)
    assert all(row.brand and row.retail_price > 0 for row in rows)


@pytest.mark.parametrize(
    "meta", [{"next_page": 1}, {"next_page": 3.5}, {"next_page": "soon"}, {}, None]
)
def test_a_listing_without_a_clear_end_is_not_believed(simulators, nora_at_fullscript, meta):
    client, _ = nora_at_fullscript
    body = {"products": [], "meta": meta}
    simulators.fault("fullscript", "status", path="products", params={"code": 200, "body": body})
    with pytest.raises(BadAnswer):
        client.products()


def test_a_restricted_catalogue_is_a_right_to_be_granted(simulators, nora_at_fullscript):
    client, _ = nora_at_fullscript
    simulators.configure("fullscript", granted=[])
    with pytest.raises(AccessRevoked) as raised:
        client.products()
    assert raised.value.status == 403


def test_one_variant_is_the_same_as_in_the_list(nora_at_fullscript):
    client, _ = nora_at_fullscript
    listed = client.products().rows[0]
    one = client.variant(listed.sku)
    assert (one.sku, one.name, one.retail_price) == (listed.sku, listed.name, listed.retail_price)
    assert client.variant("no-such-variant") is None


# Patients


def test_dependents_and_their_guardian_are_both_found(nora_at_fullscript):
    client, _ = nora_at_fullscript
    found = client.search_patients("nandakumar.family@mail.example")
    assert {row.first_name for row in found} == {"Priya", "Arjun"}


@pytest.mark.parametrize("welcome", [True, False])
def test_a_new_patient_is_welcomed_only_when_told_so(simulators, nora_at_fullscript, welcome):
    client, _ = nora_at_fullscript
    simulators.knob("fullscript", plain_ids=True, extra_keys=True)
    row = PatientRow(
        "", "Ida", "Berg", "ida.berg@mail.example", dt.date(1990, 2, 3), our_id="our-patient-1"
    )
    made = client.create_patient(row, send_welcome_email=welcome)
    assert made == replace(row, id=made.id, is_dependent=False)
    assert client.patients_by_our_id("our-patient-1") == (made,)
    assert len(simulators.mail()) == int(welcome)


@pytest.mark.parametrize("body", ["list", "string"])
def test_what_the_vendor_finds_wrong_is_said(simulators, nora_at_fullscript, body):
    client, _ = nora_at_fullscript
    simulators.knob("fullscript", validation_body=body)
    with pytest.raises(Refused) as raised:
        client.create_patient(PatientRow("", "", "Berg", "no"), send_welcome_email=False)
    assert raised.value.details == ("First name can't be blank", "Email is invalid")


def test_nobody_is_none(nora_at_fullscript):
    client, _ = nora_at_fullscript
    assert client.patient("nobody") is None
    assert client.patients_by_our_id("nobody") == ()


# Plans


def test_a_plan_is_created_active_and_read_back(nora_at_fullscript, plan):
    client, tokens = nora_at_fullscript
    held = client.create_plan(plan)
    assert (held.state, held.our_id, held.practitioner_id) == (
        "active",
        "plan-0001",
        tokens.owner_id,
    )
    assert held.link
    again = client.plan(held.id)
    assert again.lines[0].doses == plan.lines[0].doses
    assert (again.lines[0].units, again.lines[0].duration_days) == (2, 30)
    assert client.find_plan("plan-0001") == (again,)
    assert client.plans_of_patient(plan.patient.id) == [again]


def test_a_cancelled_plan_says_so(nora_at_fullscript, plan):
    client, _ = nora_at_fullscript
    held = client.create_plan(plan)
    assert client.cancel_plan(held.id).state == "cancelled"


@pytest.mark.parametrize(
    "doses",
    [
        (Dose(Slot.MIDDAY, Decimal(3)),),
        (Dose(Slot.WAKING, Decimal("0.5")), Dose(Slot.BEDTIME, Decimal(2), with_food=False)),
        tuple(Dose(slot, Decimal(1)) for slot in Slot if slot is not Slot.AS_NEEDED),
        (Dose(Slot.AS_NEEDED, Decimal(1)),),
        (),
    ],
)
def test_every_dose_is_accepted_with_its_words(simulators, nora_at_fullscript, plan, doses):
    client, _ = nora_at_fullscript
    line = replace(plan.lines[0], doses=doses, sig="Two sprays under the tongue.")
    held = client.create_plan(replace(plan, lines=(line,)))
    dosage = simulators.holds("fullscript")["plans"][held.id]["recommendations"][0]["dosage"]
    info = dosage["additional_info"] or ""
    assert dosage["amount"] in (None, "1", "1/2")
    assert ("Two sprays" in info) is (not doses)
    if dosage["amount"] is None or dosage["frequency"] is None:
        assert "Take" in info or "Two sprays" in info or dosage["duration"] == "as needed"


@pytest.mark.parametrize("kind", ["reset_after", "status_after"])
def test_a_lost_create_is_found_again(simulators, nora_at_fullscript, plan, kind):
    client, _ = nora_at_fullscript
    simulators.fault("fullscript", kind, path="treatment_plans$", method="POST")
    with pytest.raises(Unavailable) as raised:
        client.create_plan(plan)
    assert raised.value.maybe_done
    (found,) = client.look_up(plan, dt.datetime.now(dt.UTC))
    assert list(simulators.holds("fullscript")["plans"]) == [found.id]


def test_a_plan_that_was_never_stored_is_not_found(simulators, nora_at_fullscript, plan):
    client, _ = nora_at_fullscript
    simulators.fault("fullscript", "reset_before", path="treatment_plans$", method="POST")
    with pytest.raises(Unavailable):
        client.create_plan(plan)
    assert client.look_up(plan, dt.datetime.now(dt.UTC)) == ()


def test_an_unlinked_patient_stops_the_plan(simulators, nora_at_fullscript, plan):
    client, _ = nora_at_fullscript
    with pytest.raises(Refused, match="fullscript") as raised:
        client.create_plan(outgoing(*plan.lines))
    assert "not linked" in raised.value.message


@pytest.mark.parametrize("created", [True, False])
def test_a_session_grant_comes_with_either_status(simulators, nora_at_fullscript, created):
    client, _ = nora_at_fullscript
    simulators.knob("fullscript", grant_status_201=created)
    grant = client.hand_over()
    assert grant.secret_token
    left = grant.expires_at - dt.datetime.now(dt.UTC)
    assert dt.timedelta(seconds=100) < left <= dt.timedelta(seconds=121)


# Links


@pytest.mark.parametrize("known", [True, False])
def test_a_link_opens_a_plan_for_the_patient(simulators, nora_at_fullscript, elena, known):
    client, tokens = nora_at_fullscript
    someone = PatientRow("", "Ida", "Berg", "ida.berg@mail.example", our_id="ours-7")
    opened = client.plan_link(
        elena if known else someone, practitioner_id=tokens.owner_id, send_welcome_email=False
    )
    (link,) = simulators.holds("fullscript")["links"].values()
    assert opened.url.startswith(f"{simulators.fullscript}/")
    assert opened.patient_id == (elena.id if known else "")
    assert opened.url not in repr(opened)
    assert link["patient_id"] == (elena.id if known else None)
    assert link["suggestion"]["send_welcome_email"] == "false"


def test_a_plan_is_edited_by_its_own_link(simulators, nora_at_fullscript, plan):
    client, _ = nora_at_fullscript
    held = client.create_plan(plan)
    assert client.edit_link(held.id).url.startswith(simulators.fullscript)
    (link,) = simulators.holds("fullscript")["links"].values()
    assert link["plan_id"] == held.id


def test_a_link_to_somewhere_else_is_not_followed(simulators, nora_at_fullscript):
    client, _ = nora_at_fullscript
    elsewhere = {"dynamic_links": {"redirect_url": "https://evil.example/plans/1"}}
    simulators.fault("fullscript", "status", path="links", params={"code": 200, "body": elsewhere})
    with pytest.raises(BadAnswer):
        client.edit_link("plan-1")


# Events


def test_events_made_in_fullscript_are_listed_and_read(simulators, nora_at_fullscript, elena):
    client, _ = nora_at_fullscript
    made = simulators.act("fullscript/make-plan", patient_id=elena.id)
    today = dt.datetime.now(dt.UTC).date()
    ids, following = client.events("treatment_plans", today, today)
    assert following is None
    event = client.event(ids[-1])
    assert (event.type, event.data["id"]) == ("treatment_plan.created", made["plan_id"])
    assert event.account_id
    assert client.event("no-such-event") is None
