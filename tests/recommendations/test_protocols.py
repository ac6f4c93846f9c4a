"""Reusable plans: taken in from the vendor, kept in words or numbers, put on a draft."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.models import Listing
from practice import tenancy
from practice.models import AuditEntry, Connection
from practice.roles import Role
from practice.vendors.contract import Dose, HeldProtocol, PlanLine, Slot
from recommendations import edit, protocols
from recommendations.models import Plan, Protocol
from tests.factories import MembershipFactory, UserFactory
from tests.recommendations.hand import Hand
from tests.recommendations.rows import ListingFactory

LIST = "/harbor/protocols/"
TAKE_IN = "/harbor/protocols/take-in/fullscript"


@pytest.fixture
def nora(signed_in, harbor, simulators):
    nora = Hand(harbor, signed_in, simulators)
    with tenancy.unit(tenancy.EVERYTHING):
        nora.listing.kind = "bottle"
        nora.listing.save()
    return nora


def there(nora, name) -> str:
    held = nora.held("protocols").values()
    return next(p["id"] for p in held if p["name"] == name and p["clinic_id"] in _ours(nora, name))


def _ours(nora, name):
    [clinic] = [c["id"] for c in nora.held("clinics").values() if c["key"] == "harbor"]
    return (clinic, None)


def ask(nora, *names, whom="me"):
    chosen = [there(nora, name) for name in names]
    named = {f"name-{number}": name for number, name in zip(chosen, names, strict=True)}
    return nora.client.post(TAKE_IN, {"protocol": chosen, "for": whom} | named)


def taken_in(nora, *names, whom="me") -> list[Protocol]:
    assert ask(nora, *names, whom=whom).status_code == 302
    with nora.harbor.scope():
        for name in names:
            with tenancy.unit():
                found = Protocol.objects.get(name=name)
            protocols.take_in(found.pk, timezone.now())
    with nora.harbor.unit():
        return [Protocol.objects.get(vendor_protocol_id=there(nora, name)) for name in names]


def lines_of(nora, protocol):
    with nora.harbor.unit():
        return [(item.listing.name, given) for item, given in protocols.lines(protocol)]


def page(nora, address=LIST):
    return nora.client.get(address).content.decode()


def test_an_empty_list_leads_to_what_is_kept_there(nora):
    assert TAKE_IN in page(nora)


def test_what_is_kept_there_is_listed_to_tick(nora):
    shown = page(nora, TAKE_IN)
    assert "Sleep support" in shown
    assert "Not for colleagues" not in shown
    assert "Winter immunity" in page(nora, TAKE_IN + "?from=shared")
    assert "Stress basics" in page(nora, TAKE_IN + "?from=vendor")


def test_nothing_ticked_takes_in_nothing(nora):
    answer = nora.client.post(TAKE_IN, {"for": "me"}, follow=True)
    assert "Tick the protocols" in answer.content.decode()
    with nora.harbor.unit():
        assert not Protocol.objects.exists()


def test_one_is_taken_in_with_its_lines_in_words(nora):
    [sleep] = taken_in(nora, "Sleep support")
    [(name, given)] = lines_of(nora, sleep)
    assert given.doses == ()
    assert "1-2 capsule every night" in given.sig
    assert (given.units, given.duration_days) == (1, 30)
    assert (sleep.owner_id, sleep.left_out) == (nora.harbor.nora.pk, [])
    assert name in page(nora, f"{LIST}{sleep.pk}/")


def test_what_could_not_be_taken_in_is_said(nora):
    [bone] = taken_in(nora, "Bone and balance")
    assert len(lines_of(nora, bone)) == 1
    [sentence] = bone.left_out
    assert sentence.startswith("Line 2: the product (number ")
    assert "is not in the catalogue" in page(nora, f"{LIST}{bone.pk}/")


def test_taking_in_again_writes_the_same_one_anew(nora, simulators):
    [before] = taken_in(nora, "Gut reset")
    line = {"variant_id": nora.sku, "units_to_purchase": "3", "dosage": {"amount": "1"}}
    simulators.act(
        "fullscript/make-protocol",
        protocol_id=before.vendor_protocol_id,
        recommendations=[line],
    )
    nora.client.post(f"{LIST}{before.pk}/again")
    with nora.harbor.scope():
        protocols.take_in(before.pk, timezone.now())
    [(_, given)] = lines_of(nora, before)
    assert given.units == 3
    with nora.harbor.unit():
        assert Protocol.objects.count() == 1


def test_one_that_is_gone_there_keeps_its_lines_and_says_so(nora, simulators):
    [gut] = taken_in(nora, "Gut reset")
    simulators.act("fullscript/delete-protocol", protocol_id=gut.vendor_protocol_id)
    nora.client.post(f"{LIST}{gut.pk}/again")
    with nora.harbor.scope():
        protocols.take_in(gut.pk, timezone.now())
    with nora.harbor.unit():
        gut.refresh_from_db()
    assert "does not know this protocol any more" in gut.left_out[0]
    assert len(lines_of(nora, gut)) == 1


def test_a_vendor_that_is_down_is_asked_again(nora, simulators):
    ask(nora, "Gut reset")
    with nora.harbor.unit():
        gut = Protocol.objects.get()
    simulators.fault("fullscript", "status", path="/clinic/protocols/", params={"code": 500})
    later = timezone.now() + 2 * protocols.RETRIED_AFTER
    with nora.harbor.scope():
        protocols.take_in(gut.pk, later)
    with nora.harbor.unit():
        assert protocols.due(later) == [(nora.harbor.practice.pk, gut.pk)]
    with nora.harbor.scope():
        protocols.take_in(gut.pk, later)
    with nora.harbor.unit():
        assert protocols.due(later) == []


def test_a_list_that_cannot_be_read_is_explained(nora, simulators):
    simulators.fault("fullscript", "status", path="/protocols", params={"code": 500})
    answer = nora.client.get(TAKE_IN)
    assert answer.status_code == 503
    assert "did not show its protocols" in answer.content.decode()


def test_ones_own_is_not_shown_to_a_colleague(nora):
    [own, shared] = taken_in(nora, "Sleep support", "Gut reset")
    with nora.harbor.unit():
        Protocol.objects.filter(pk=shared.pk).update(owner=None)
    with tenancy.unit(tenancy.EVERYTHING):
        sam, ada = (
            MembershipFactory(practice=nora.harbor.practice, user=UserFactory(), **fields)
            for fields in ({}, {"role": Role.ASSISTANT, "is_clinician": False})
        )
    for member, sees in ((sam, False), (ada, True)):
        browser = Client()
        browser.force_login(member.user)
        shown = browser.get(LIST).content.decode()
        assert ("Sleep support" in shown, "Gut reset" in shown) == (sees, True)
        assert (browser.get(f"{LIST}{own.pk}/").status_code == 200) == sees
        assert browser.get(f"{LIST}{shared.pk}/").status_code == 200


def test_an_archived_one_leaves_the_lists_and_comes_back_when_taken_in(nora):
    [gut] = taken_in(nora, "Gut reset")
    nora.client.post(f"{LIST}{gut.pk}/archive")
    page(nora)  # says that it was archived
    assert "Gut reset" not in page(nora)
    assert nora.client.get(f"{LIST}{gut.pk}/").status_code == 404
    taken_in(nora, "Gut reset")
    assert nora.client.get(f"{LIST}{gut.pk}/").status_code == 200


# --- Lines


def held(*lines, **fields):
    return HeldProtocol(id="1", name="Made up", lines=lines, **fields)


def listing(**fields):
    with tenancy.unit(tenancy.EVERYTHING):
        return ListingFactory(vendor="fullscript", **fields)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("line", "words"),
    [
        ({"units": 120}, "120 to buy is more"),
        ({"duration_days": 9000}, "9000 days cannot be kept"),
        ({"sig": "x" * 301}, "longer than a plan's can be"),
        ({"notes": "x" * 501}, "longer than a plan's can be"),
    ],
)
def test_a_line_that_no_plan_could_hold_is_left_out_and_named(line, words):
    zinc = listing(name="Zinc")
    items, left_out = protocols.read(held(PlanLine(sku="z", **line)), {"z": zinc})
    assert items == []
    assert left_out[0].startswith("Zinc: ")
    assert words in left_out[0]


@pytest.mark.django_db
def test_a_product_that_stands_twice_is_taken_once():
    zinc = listing(name="Zinc")
    twice = held(PlanLine(sku="z"), PlanLine(sku="z", units=2))
    items, left_out = protocols.read(twice, {"z": zinc})
    assert [given.units for _, given in items] == [1]
    assert left_out == ["Zinc stands there twice. The first was taken."]


@pytest.mark.parametrize(
    ("doses", "kept"),
    [
        ([(Slot.BREAKFAST, "0.5")], True),
        ([(Slot.BREAKFAST, "0.125")], False),
        ([(Slot.BREAKFAST, "100")], False),
        ([(Slot.BREAKFAST, "1"), (Slot.BREAKFAST, "2")], False),
    ],
)
def test_a_dose_is_a_number_where_it_is_kept_exactly_and_words_otherwise(doses, kept):
    line = PlanLine(sku="z", doses=tuple(Dose(slot, Decimal(n)) for slot, n in doses))
    given = protocols.values_of(line)
    assert bool(given.doses) == kept
    assert bool(given.sig) != kept


# --- On a draft


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


def statements(nora, address) -> int:
    with CaptureQueriesContext(connection) as asked:
        page(nora, address)
    frame = ("SAVEPOINT", "RELEASE", "SELECT set_config")
    return len([one for one in asked if not one["sql"].startswith(frame)])


def test_the_list_costs_the_same_for_one_and_for_many(nora):
    page(nora)  # the first look of all notes when it was
    costs = []
    for count in (1, 40):
        with nora.harbor.unit():
            Protocol.objects.bulk_create(
                Protocol(practice=nora.harbor.practice, name=f"Of {count}", owner=nora.harbor.nora)
                for _ in range(count)
            )
        costs.append(statements(nora, LIST))
    assert costs[0] == costs[1]
    assert costs[0] <= 8
