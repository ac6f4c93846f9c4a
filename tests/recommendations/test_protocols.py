"""Reusable plans: taken in from the vendor, kept in words or numbers, listed."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from practice import tenancy
from practice.roles import Role
from practice.vendors.contract import Dose, PlanLine, Slot
from recommendations import protocols
from recommendations.models import Protocol
from tests.factories import MembershipFactory, UserFactory
from tests.recommendations.protocol_book import (
    LIST,
    TAKE_IN,
    ask,
    held,
    lines_of,
    listing,
    page,
    taken_in,
)
from tests.recommendations.protocol_book import nora as nora


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
