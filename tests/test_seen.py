"""Every page, part and file about a patient says in the audit trail who was shown it.

Addresses are read from the URLconf: a new one that shows a patient and does not say so
fails here with its name, and so does one whose argument has no value in `ids`.
"""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from deliveries.models import Delivery, Proof
from practice import tenancy
from practice.models import AuditEntry, PatientLink
from practice.roles import Role
from recommendations.models import (
    LabOrder,
    LabResult,
    OutsidePlan,
    Pack,
    Plan,
    PlanItem,
    Sending,
)
from tests.factories import ConnectionFactory, MembershipFactory, PatientFactory
from tests.recommendations.bridge import Bridge
from tests.recommendations.conftest import make_harbor
from tests.recommendations.hand import Hand
from tests.recommendations.rows import ListingFactory
from tests.test_urls import signed_in, within_a_practice

# Who names one of these asks about one patient; in the folder of deliveries also `pk`.
OF_A_PATIENT = {"patient_id", "plan_id", "sending_id", "delivery_id", "outside_id", "lab_id"}


def about_a_patient():
    return [
        pytest.param(one.id, one.values[2], id=one.id)
        for one in within_a_practice()
        if OF_A_PATIENT & set(one.values[2])
        or (one.id.startswith("deliveries:") and "pk" in one.values[2])
    ]


@pytest.fixture
def desk(db, client, simulators):
    """Nora owns the practice and practises; Elena has one of everything."""
    harbor = make_harbor()
    with tenancy.unit(tenancy.EVERYTHING):
        harbor.nora.role = Role.OWNER
        harbor.nora.save()
        sold = ListingFactory()
    client.force_login(harbor.nora.user)
    hand = Hand(harbor, client, simulators)
    desk = {"hand": hand, "client": client, "patient": harbor.patient, "practice": harbor.practice}
    sending, draft = hand.signed(), hand.plan()
    with harbor.unit():
        own = {"practice": harbor.practice}
        ConnectionFactory(
            membership=harbor.nora, state="active", email=harbor.nora.user.email, **own
        )
        item = PlanItem.objects.create(plan=draft, listing=sold, **own)
        pack = Pack.objects.create(
            plan=draft, listing_vendor="wholescripts", sku="P1", name="Daily", **own
        )
        parcel = Delivery.objects.create(
            patient=harbor.patient,
            booked_by=harbor.nora,
            delivery_date=dt.date(2026, 7, 28),
            recipient_name="Elena Marsh",
            address_line="100 Sample Ave, Tampa, FL 33602",
            **own,
        )
        proof = Proof.objects.create(delivery=parcel, kind="photo", url="https://a.example", **own)
        proof.keep(b"\x89PNG", "image/png", timezone.now())
        signed = Plan.objects.create(
            patient=harbor.patient,
            clinician=harbor.nora,
            signed_by=harbor.nora,
            signed_at=timezone.now(),
            state=Plan.State.SIGNED,
            **own,
        )
        PlanItem.objects.create(plan=signed, listing=hand.listing, **own)
        standing = Sending.objects.create(
            plan=signed,
            vendor="fullscript",
            connection=hand.connection,
            road="api",
            state=Sending.State.CONFIRMED,
            raw_state="active",
            vendor_plan_id="p1",
            settled_at=timezone.now(),
            **own,
        )
        outside = OutsidePlan.objects.create(
            patient=harbor.patient,
            vendor="fullscript",
            vendor_plan_id="o1",
            state="active",
            read_at=timezone.now(),
            **own,
        )
        other = PatientFactory(last_name="Quince", archived_at=timezone.now(), **own)
        lab, result = a_laboratory_order(hand)
    desk["standing"] = standing.pk
    desk["ids"] = {
        "lab_id": lab.pk,
        "result_id": result.pk,
        "patient_id": harbor.patient.pk,
        "other_id": other.pk,
        "plan_id": draft.pk,
        "item_id": item.pk,
        "pack_id": pack.pk,
        "sending_id": sending.pk,
        "outside_id": outside.pk,
        "pk": parcel.pk,
        "kind": "photo",
        "vendor": "fullscript",
    }
    return desk


def a_laboratory_order(hand):
    """It, and a result of it that is here."""
    harbor, connection, now = hand.harbor, hand.connection, timezone.now()
    own = {"practice": harbor.practice}
    at = {"vendor": "fullscript", "account_id": connection.account_id}
    at["vendor_patient_id"] = hand.patient_id()
    PatientLink.objects.create(
        patient=harbor.patient, evidence="confirmed", linked_at=now, **at, **own
    )
    lab = LabOrder.objects.create(
        patient=harbor.patient,
        connection=connection,
        vendor_lab_order_id="l1",
        state="ready",
        first_seen_at=now,
        changed_at=now,
        read_at=now,
        **at,
        **own,
    )
    result = LabResult.objects.create(order=lab, vendor_result_id="r1", **own)
    result.hold(b"%PDF-1.4", "application/pdf", now)
    return lab, result


# Where another value leads to the page.
INSTEAD = {"recommendations:plan-standing": {"vendor": "wholescripts"}}
OF_WHAT_STANDS = {"recommendations:sending-stop", "recommendations:sending-checkout"}


def path_of(desk, name, arguments, **other):
    standing = {"sending_id": desk["standing"]} if name in OF_WHAT_STANDS else {}
    values = desk["ids"] | INSTEAD.get(name, {}) | standing | other
    wanted = set(arguments) - {"practice_slug"}
    assert wanted <= set(values), f"add {sorted(wanted - set(values))} to `ids`"
    return reverse(name, kwargs={"practice_slug": "harbor"} | {key: values[key] for key in wanted})


def entries(**wanted):
    with tenancy.unit(tenancy.EVERYTHING):
        return list(AuditEntry.objects.filter(**wanted).order_by("id"))


def shown_to(client, path, **headers):
    """The answer, and what it was that the trail says was viewed."""
    before = len(entries(action="viewed"))
    answer = client.get(path, headers=headers)
    return answer, entries(action="viewed")[before:]


def test_the_walk_finds_the_pages_about_a_patient():
    names = {one.id for one in about_a_patient()}
    assert {"practice:patient-detail", "recommendations:plan-sheet", "deliveries:proof-show"} <= (
        names
    )


@pytest.mark.parametrize(("name", "arguments"), about_a_patient())
def test_what_shows_a_patient_says_so_once(name, arguments, desk):
    answer, noted = shown_to(desk["client"], path_of(desk, name, arguments))
    assert answer.status_code in (200, 405), f"{name} answers {answer.status_code}"
    if answer.status_code == 200:
        assert [entry.patient_id for entry in noted] == [desk["patient"].pk]
    else:
        assert noted == []


@pytest.mark.parametrize(("name", "arguments"), about_a_patient())
def test_a_part_of_it_alone_says_so_too(name, arguments, desk):
    path = path_of(desk, name, arguments)
    answer, noted = shown_to(desk["client"], path, **{"hx-request": "true"})
    if answer.status_code == 200:
        assert [entry.patient_id for entry in noted] == [desk["patient"].pk]


@pytest.mark.parametrize(("name", "arguments"), about_a_patient())
def test_what_is_not_found_was_not_seen(name, arguments, desk):
    ids = {key: 987_654 for key in desk["ids"] if key not in ("kind", "vendor")}
    nowhere = path_of(desk, name, arguments, **ids)
    here = path_of(desk, name, arguments)
    before = len(entries())
    with tenancy.unit(tenancy.EVERYTHING):
        stranger = signed_in(MembershipFactory().user)
    after = len(entries())
    assert desk["client"].get(nowhere).status_code in (404, 405)
    assert stranger.get(here).status_code == 404
    assert before < after == len(entries())


def test_who_may_not_has_seen_nothing(desk):
    with tenancy.unit(tenancy.EVERYTHING):
        rae = MembershipFactory(practice=desk["practice"], role=Role.READ_ONLY, is_clinician=False)
    path = path_of(desk, "recommendations:sending-hand-over", ["sending_id"])
    answer, noted = shown_to(signed_in(rae.user), path)
    assert (answer.status_code, noted) == (403, [])


def test_a_page_that_asks_again_is_noted_once(desk, django_capture_on_commit_callbacks):
    path = path_of(desk, "deliveries:delivery-detail", ["pk"])
    with django_capture_on_commit_callbacks(execute=True):
        desk["client"].get(path)
    _, noted = shown_to(desk["client"], path, **{"hx-request": "true"})
    assert noted == []


LISTS = ["practice:today", "practice:patient-list"]
LISTS += ["recommendations:plan-list", "deliveries:delivery-list"]


@pytest.mark.parametrize("name", LISTS)
def test_a_list_says_whom_it_showed(name, desk):
    answer, noted = shown_to(desk["client"], reverse(name, args=["harbor"]))
    assert answer.status_code == 200
    assert [(entry.kind, entry.detail) for entry in noted] == [
        (name, {"patients": [desk["patient"].pk]})
    ]


def test_a_search_says_what_it_found_and_not_what_was_asked(desk):
    with tenancy.unit(tenancy.EVERYTHING):
        PatientFactory(practice=desk["practice"], last_name="Quill")
    words = {"q": "Marsh"}
    desk["client"].post("/harbor/patients/", words, headers={"hx-request": "true"})
    (noted,) = entries(action="searched")
    assert noted.detail == {"found": 1, "patients": [desk["patient"].pk]}
    assert "Marsh" not in repr(vars(noted))


def test_people_who_look_alike_were_shown(desk):
    same = {"first_name": "Elena", "last_name": "Marsh", "birth_date": "1984-03-09"}
    desk["client"].post("/harbor/patients/add", same)
    (noted,) = entries(kind="practice:look-alikes")
    assert noted.detail == {"patients": [desk["patient"].pk]}


def test_the_browser_tells_that_a_sheet_was_printed(desk):
    path = path_of(desk, "recommendations:plan-sheet-printed", ["plan_id"])
    assert desk["client"].post(path).status_code == 204
    (noted,) = entries(action="printed")
    assert (noted.kind, noted.object_id) == ("recommendations:plan-sheet", desk["ids"]["plan_id"])
    assert (noted.patient_id, noted.who) == (desk["patient"].pk, "Nora Lindqvist, ND")


def test_a_plan_that_left_says_where_how_and_with_what_end(desk):
    hand = desk["hand"]
    with hand.harbor.unit():
        sending = Sending.objects.get(pk=desk["ids"]["sending_id"])
        plan = Plan.objects.get(pk=sending.plan_id)
    hand.post(sending, "activated", plan_id=hand.made_there())
    (noted,) = entries(action="sent")
    assert noted.patient_id == desk["patient"].pk
    assert noted.detail == {
        "vendor": "fullscript",
        "road": "hand_over",
        "outcome": "accepted",
        "signed_by_id": plan.signed_by_id,
    }


def test_printing_tells_of_itself(page, desk):
    bridge = Bridge(page, desk["client"])
    bridge.open(path_of(desk, "recommendations:plan-sheet", ["plan_id"]))
    with page.expect_response("**/sheet/printed"):
        page.pdf()
    assert [entry.patient_id for entry in entries(action="printed")] == [desk["patient"].pk]
