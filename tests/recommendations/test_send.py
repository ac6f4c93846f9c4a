"""Each part is sent once, judged by what the vendor holds in the end."""

import datetime as dt

import pytest
from django.utils import timezone

from catalog.models import Listing
from practice import tenancy
from practice.models import Connection, PatientEvent
from practice.vendors.contract import Slot
from recommendations import follow_up, send, sign
from recommendations.models import Dose, Pack, PackPill, Plan, PlanItem, Sending
from tests import dance
from tests.factories import MembershipFactory
from tests.simulators import catalogue

State = Sending.State
WORDS = '{"success": false, "msg": "Item is not available"}'


@pytest.fixture
def connected(signed_in, harbor, simulators):
    dance.connect(signed_in, simulators, "harbor", "wholescripts")
    return harbor


def listing(sku, kind="bottle", vendor="wholescripts"):
    now = timezone.now()
    return Listing.objects.create(
        vendor=vendor,
        sku=sku,
        kind=kind,
        name=f"Product {sku[-4:]}",
        first_seen_at=now,
        seen_at=now,
    )


def shelf():
    """A bottle's and a pill's SKU that the vendor really lists."""
    products = catalogue.wholescripts_products(20)
    bottle = next(p for p in products if p["quantity"] > 0)
    pill = next(p for p in products if p["medPaxSku"])
    return bottle["sku"], pill["medPaxSku"]


def make_plan(harbor) -> Plan:
    """One bottle, twice a day, and one pack."""
    bottle_sku, pill_sku = shelf()
    with harbor.unit():
        plan = Plan.objects.create(
            practice=harbor.practice, patient=harbor.patient, clinician=harbor.nora
        )
    with tenancy.unit(tenancy.EVERYTHING):
        bottle, pill = listing(bottle_sku), listing(pill_sku, kind="pill")
    with harbor.unit():
        item = PlanItem.objects.create(practice=harbor.practice, plan=plan, listing=bottle)
        for slot, quantity in ((Slot.BREAKFAST, 1), (Slot.EVENING, 2)):
            Dose.objects.create(practice=harbor.practice, item=item, slot=slot, quantity=quantity)
        pack = Pack.objects.create(
            practice=harbor.practice,
            plan=plan,
            listing_vendor="wholescripts",
            sku="000000000200000633",
            name="Elena daily",
            duration_days=28,
        )
        PackPill.objects.create(
            practice=harbor.practice, pack=pack, listing=pill, slot=Slot.BREAKFAST, quantity=2
        )
    return plan


@pytest.fixture
def plan(connected):
    return make_plan(connected)


def signed(harbor, plan, **options):
    with harbor.unit():
        plan = Plan.objects.get(pk=plan.pk)
        return sign.queue(plan, harbor.nora, timezone.now(), packs_confirmed=True, **options)[0]


def attempt(harbor, sending, act=send.attempt, later=0):
    with harbor.scope():
        act(sending.pk, timezone.now() + dt.timedelta(seconds=later))
    with harbor.unit():
        sending.refresh_from_db()
    return sending


def recommendations(simulators):
    return list(simulators.holds("wholescripts")["recommendations"])


def test_a_signed_plan_arrives_with_its_doses_and_pills(connected, plan, simulators):
    sending = attempt(connected, signed(connected, plan))
    assert sending.state == State.SENT
    [held] = recommendations(simulators)
    bottle, pack = held["body"]["Items"]
    assert bottle["Dosing"] == "1-AM|2-PM"
    assert [(p["Quantity"], p["ItemTime"]) for p in pack["MedPaxPills"]] == [(2, "AM")]
    assert pack["ItemDuration"] == "4 Weeks"
    assert str(held["id"]) == sending.vendor_plan_id


def test_a_second_attempt_finds_nothing_to_do(connected, plan, simulators):
    sending = attempt(connected, signed(connected, plan))
    attempt(connected, sending)
    assert len(recommendations(simulators)) == 1


def test_a_plan_is_signed_once(connected, plan):
    signed(connected, plan)
    with pytest.raises(sign.NotReady, match="signed already"):
        signed(connected, plan)


def test_a_reply_lost_after_storing_is_found_and_not_sent_again(connected, plan, simulators):
    simulators.fault("wholescripts", "reset_after", method="POST", path="/Recommendations$")
    sending = attempt(connected, signed(connected, plan))
    assert sending.state == State.UNKNOWN
    sending = attempt(connected, sending, follow_up.look_up, later=31)
    assert sending.state == State.SENT
    [held] = recommendations(simulators)
    assert sending.vendor_plan_id == str(held["id"])


def test_a_request_that_never_arrived_is_left_to_a_person(connected, plan, simulators, settings):
    simulators.fault("wholescripts", "reset_before", method="POST", path="/Recommendations$")
    sending = attempt(connected, signed(connected, plan))
    assert sending.state == State.UNKNOWN
    for later in (31, 200, 900):
        sending = attempt(connected, sending, follow_up.look_up, later=later)
    assert sending.state == State.NEEDS_REVIEW
    assert recommendations(simulators) == []


def test_a_person_may_send_again_what_never_arrived(signed_in, connected, plan, simulators):
    simulators.fault("wholescripts", "reset_before", method="POST", path="/Recommendations$")
    sending = attempt(connected, signed(connected, plan))
    for later in (31, 200, 900):
        sending = attempt(connected, sending, follow_up.look_up, later=later)
    signed_in.post(f"/harbor/plans/sendings/{sending.pk}/again")
    assert attempt(connected, sending).state == State.SENT
    assert len(recommendations(simulators)) == 1


def test_a_look_up_is_not_made_before_its_time(connected, plan, simulators):
    simulators.fault("wholescripts", "reset_after", method="POST", path="/Recommendations$")
    sending = attempt(connected, signed(connected, plan))
    assert attempt(connected, sending, follow_up.look_up).state == State.UNKNOWN


def test_a_vendor_that_is_down_is_tried_later(connected, plan, simulators):
    simulators.fault("wholescripts", "status", path="PractitionerPatients", params={"code": 503})
    sending = attempt(connected, signed(connected, plan))
    assert sending.state == State.QUEUED
    assert sending.not_before_at > timezone.now()
    assert "not available" in sending.last_error
    assert attempt(connected, sending, later=400).state == State.SENT


def test_retry_after_is_obeyed(connected, plan, simulators):
    simulators.fault(
        "wholescripts",
        "status",
        path="PractitionerPatients",
        params={"code": 429, "headers": {"Retry-After": "600"}},
    )
    sending = attempt(connected, signed(connected, plan))
    assert sending.not_before_at > timezone.now() + dt.timedelta(seconds=590)


def test_an_error_after_the_request_is_unknown(connected, plan, simulators):
    simulators.fault("wholescripts", "status_after", method="POST", path="/Recommendations$")
    assert attempt(connected, signed(connected, plan)).state == State.UNKNOWN


def test_a_patient_of_somebody_else_gets_nothing(connected, plan, simulators):
    with connected.unit():
        connected.patient.email = "a.kowalska@post.example"
        connected.patient.save()
    sending = attempt(connected, signed(connected, plan))
    assert sending.state == State.REFUSED
    assert "cannot be linked" in sending.last_error
    assert recommendations(simulators) == []


def test_a_refusal_shows_the_vendors_words(connected, plan, simulators):
    simulators.fault(
        "wholescripts",
        "status",
        method="POST",
        path="/Recommendations$",
        params={"code": 200, "body": WORDS},
    )
    sending = attempt(connected, signed(connected, plan))
    assert (sending.state, sending.last_error) == (State.REFUSED, "Item is not available")


def test_an_expired_connection_keeps_the_part_until_it_is_connected_again(
    signed_in, connected, plan, simulators
):
    sending = signed(connected, plan)
    simulators.act("wholescripts/revoke", practitioner=dance.NORA)
    with connected.unit():
        Connection.objects.update(expires_at=timezone.now())
    sending = attempt(connected, sending)
    assert sending.state == State.QUEUED
    assert "Connect it again" in sending.last_error
    dance.connect(signed_in, simulators, "harbor", "wholescripts")
    assert attempt(connected, sending).state == State.SENT


def test_a_dead_workers_claim_becomes_unknown(connected, plan, simulators):
    sending = signed(connected, plan)
    now = timezone.now()
    with connected.scope():
        send.claim(sending.pk, now)
    with tenancy.declare(tenancy.EVERYTHING):
        follow_up.recover(now + dt.timedelta(seconds=1000))
    with connected.unit():
        sending.refresh_from_db()
    assert sending.state == State.UNKNOWN


def test_a_patient_without_an_email_stops_the_signing(connected, plan):
    with connected.unit():
        connected.patient.email = ""
        connected.patient.save()
    with pytest.raises(sign.NotReady, match="e-mail"):
        signed(connected, plan)
    with connected.unit():
        assert Plan.objects.get(pk=plan.pk).is_draft


def test_packs_must_be_confirmed(connected, plan):
    with pytest.raises(sign.NotReady, match="Confirm the number of pills"), connected.unit():
        sign.queue(plan, connected.nora, timezone.now())


def test_nobody_signs_for_a_colleague(connected, plan):
    with connected.unit():
        colleague = MembershipFactory(practice=connected.practice)
    with pytest.raises(sign.NotReady, match="Only Nora"), connected.unit():
        sign.queue(plan, colleague, timezone.now(), packs_confirmed=True)


def test_the_same_within_a_day_asks_first(connected, plan, simulators):
    attempt(connected, signed(connected, plan))
    with connected.unit():
        Plan.objects.filter(pk=plan.pk).update(state=Plan.State.DRAFT)
        Sending.objects.update(plan=copy_of(plan))
    with pytest.raises(sign.NotReady, match="Send again"):
        signed(connected, plan)
    assert signed(connected, plan, again=True).state == State.QUEUED


def copy_of(plan):
    return Plan.objects.create(
        practice=plan.practice, patient=plan.patient, clinician=plan.clinician, state="signed"
    )


def test_the_timeline_tells_of_it(connected, plan, simulators):
    attempt(connected, signed(connected, plan))
    with connected.unit():
        texts = set(PatientEvent.objects.values_list("text", flat=True))
    assert {"Plan signed", "Plan sent to WholeScripts"} <= texts


def test_a_refused_signing_leaves_no_part_behind(signed_in, connected, plan, simulators):
    """The first vendor's part must not go out when the second stops the signing."""
    dance.connect(signed_in, simulators, "harbor", "fullscript")
    attempt(connected, signed(connected, plan))
    with tenancy.unit(tenancy.EVERYTHING):
        theirs = listing("variant-1", vendor="fullscript")
    with connected.unit():
        Plan.objects.filter(pk=plan.pk).update(state=Plan.State.DRAFT)
        Sending.objects.update(plan=copy_of(plan))
        PlanItem.objects.create(practice=plan.practice, plan=plan, listing=theirs)
    answer = signed_in.post(f"/harbor/plans/{plan.pk}/sign", {"packs_confirmed": "yes"})
    assert answer.status_code == 422
    with connected.unit():
        assert Plan.objects.get(pk=plan.pk).is_draft
        assert not Sending.objects.filter(plan=plan).exists()


def test_what_it_was_signed_in_spite_of_is_kept_with_its_reason(connected, plan):
    with tenancy.unit(tenancy.EVERYTHING):
        Listing.objects.filter(kind="bottle").update(stock=0)
    with connected.unit():
        bottle = plan.items.get().listing_id
    signed(connected, plan, reasons={f"stock:{bottle}": "  It comes\non Friday "})
    with connected.unit():
        plan.refresh_from_db()
    [alert] = plan.alerts
    assert alert["key"] == f"stock:{bottle}"
    assert alert["reason"] == "It comes on Friday"
