"""A protocol put on a draft, taken back, and a plan started with one."""

from decimal import Decimal

import pytest
from django.utils import timezone

from catalog.models import Listing
from practice import tenancy
from practice.models import AuditEntry, Connection
from practice.vendors.contract import Dose, PlanLine, Slot
from recommendations import edit, protocols
from recommendations.models import Plan, Protocol
from tests.factories import MembershipFactory, UserFactory
from tests.recommendations.protocol_book import LIST, held, listing, page
from tests.recommendations.protocol_book import nora as nora


@pytest.fixture
def protocol(nora):
    """A protocol for everybody with two products, one of which Nora's usual plan has."""
    zinc = listing(name="Zinc")
    doses = (Dose(Slot.BREAKFAST, Decimal("1.5"), True),)
    lines = (PlanLine(sku="z", doses=doses, notes="After a meal."), PlanLine(sku="m", units=4))
    with nora.harbor.unit():
        made = Protocol.objects.create(practice=nora.harbor.practice, name="Winter")
    known = {"z": zinc, "m": nora.listing}
    with nora.harbor.scope():
        protocols.write(made, held(*lines, message="Stay warm."), known, timezone.now())
    with nora.harbor.unit():
        made.refresh_from_db()
    return made


def on_plan(nora, plan):
    with nora.harbor.unit():
        return list(plan.items.values_list("listing__name", "units"))


def added(nora, plan, protocol):
    return nora.client.post(f"/harbor/plans/{plan.pk}/protocol", {"protocol": protocol.pk})


def test_only_what_a_draft_lacks_is_added(nora, protocol):
    plan = nora.plan()
    shown = added(nora, plan, protocol).content.decode()
    assert on_plan(nora, plan) == [("Calm Magnesium", 1), ("Zinc", 1)]
    assert "1 product added from" in shown
    assert "Calm Magnesium is on the plan already and stays as it is." in shown
    with nora.harbor.unit():
        zinc = plan.items.get(listing__name="Zinc")
        [dose] = zinc.doses.all()
        plan.refresh_from_db()
    assert (dose.slot, dose.quantity, dose.with_food) == ("breakfast", Decimal("1.5"), True)
    assert (zinc.notes, plan.message) == ("After a meal.", "Stay warm.")


def undo_of(answer) -> str:
    return answer.context["added"]["token"]


def test_what_was_added_can_be_taken_back_at_once(nora, protocol):
    plan = nora.plan()
    token = undo_of(added(nora, plan, protocol))
    nora.client.post(f"/harbor/plans/{plan.pk}/protocol/undo", {"added": token})
    assert on_plan(nora, plan) == [("Calm Magnesium", 1)]
    with nora.harbor.unit():
        plan.refresh_from_db()
    assert plan.message == ""


def test_a_line_that_was_changed_since_stays(nora, protocol):
    plan = nora.plan()
    token = undo_of(added(nora, plan, protocol))
    with nora.harbor.unit():
        plan.items.filter(listing__name="Zinc").update(units=7)
    answer = nora.client.post(
        f"/harbor/plans/{plan.pk}/protocol/undo", {"added": token}, follow=True
    )
    assert on_plan(nora, plan) == [("Calm Magnesium", 1), ("Zinc", 7)]
    assert "Changed since, and left on the plan: Zinc." in answer.content.decode()


@pytest.mark.parametrize("token", ["", "made-up", "a:b:c"])
def test_a_made_up_undo_is_refused(nora, protocol, token):
    plan = nora.plan()
    added(nora, plan, protocol)
    answer = nora.client.post(f"/harbor/plans/{plan.pk}/protocol/undo", {"added": token})
    assert answer.status_code == 422
    assert len(on_plan(nora, plan)) == 2


def test_an_undo_of_a_removal_is_no_undo_of_an_addition(nora, protocol):
    plan = nora.plan()
    with nora.harbor.unit():
        token = edit.remove(plan.items.get())
    answer = nora.client.post(f"/harbor/plans/{plan.pk}/protocol/undo", {"added": token})
    assert answer.status_code == 422


def test_a_product_that_is_no_longer_offered_is_said(nora, protocol):
    with tenancy.unit(tenancy.EVERYTHING):
        Listing.objects.filter(name="Zinc").update(retired_at=timezone.now())
    plan = nora.plan()
    shown = added(nora, plan, protocol).content.decode()
    assert "Zinc is no longer offered." in shown
    assert on_plan(nora, plan) == [("Calm Magnesium", 1)]


def test_a_colleagues_private_label_is_not_put_on_a_plan(nora, protocol):
    with tenancy.unit(tenancy.EVERYTHING):
        sam = MembershipFactory(practice=nora.harbor.practice, user=UserFactory())
        other = Connection.objects.create(
            practice=nora.harbor.practice, membership=sam, vendor="fullscript", state="active"
        )
        Listing.objects.filter(name="Zinc").update(practice=nora.harbor.practice, connection=other)
    shown = added(nora, nora.plan(), protocol).content.decode()
    assert "Zinc can only be ordered over a colleague" in shown


def test_a_plan_is_started_for_a_patient_found_by_name(nora, protocol):
    here = f"{LIST}{protocol.pk}/"
    shown = nora.client.post(here, {"q": "marsh"}).content.decode()
    assert "Elena Marsh, born Mar 9, 1984" in shown
    answer = nora.client.post(here + "start", {"patient": nora.harbor.patient.pk})
    with nora.harbor.unit():
        plan = Plan.objects.get()
    assert answer["Location"] == f"/harbor/plans/{plan.pk}/"
    assert {name for name, _ in on_plan(nora, plan)} == {"Zinc", "Calm Magnesium"}


def test_a_plan_is_started_with_one_from_the_patients_page(nora, protocol):
    here = f"/harbor/plans/start/{nora.harbor.patient.pk}"
    assert "Start with a protocol" in page(nora, here)
    assert nora.client.post(here, {"protocol": "999999"}).status_code == 404
    nora.client.post(here, {"protocol": protocol.pk})
    with nora.harbor.unit():
        plan = Plan.objects.get()
    assert len(on_plan(nora, plan)) == 2


def test_it_is_added_to_an_open_draft_from_its_own_page(nora, protocol):
    plan = nora.plan()
    assert "Elena Marsh" in page(nora, f"{LIST}{protocol.pk}/")
    nora.client.post(f"{LIST}{protocol.pk}/start", {"plan": plan.pk})
    assert len(on_plan(nora, plan)) == 2


def test_who_was_found_and_whose_drafts_were_shown_is_noted(nora, protocol):
    here = f"{LIST}{protocol.pk}/"
    nora.client.post(here, {"q": "marsh"})
    nora.plan()
    nora.client.get(here)
    with tenancy.unit(tenancy.EVERYTHING):
        noted = AuditEntry.objects.filter(kind="protocols:protocol-detail")
        assert noted.count() == 2
