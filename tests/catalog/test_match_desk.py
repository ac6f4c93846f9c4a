"""Pairs the matcher is unsure of, and what staff say of them: heeded by every later reading."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog import match, review
from catalog.models import Listing, Review
from practice import tenancy
from practice.models import AuditEntry
from practice.vendors.contract import Kind
from tests.factories import PracticeFactory, staff_user

pytestmark = pytest.mark.django_db
LIST = "/admin/catalog/review/"
LISTINGS = "/admin/catalog/listing/"
WHY = "Both labels read side by side"
BARCODE = "00871149003217"


@pytest.fixture
def staff(db):
    browser = Client(headers={"x-forwarded-proto": "https"})
    browser.force_login(staff_user(email="op@staff.example"))
    return browser


def listing(sku, *, vendor="wholescripts", gtin="", key="", practice=None, **fields):
    now = timezone.now()
    with tenancy.unit(tenancy.EVERYTHING):
        return Listing.objects.create(
            vendor=vendor,
            sku=sku,
            kind=Kind.BOTTLE,
            practice=practice,
            gtin=gtin,
            upc=gtin,
            name_key=key,
            first_seen_at=now,
            seen_at=now,
            **{"name": f"Zinc {sku}", **fields},
        )


def key(count="60", strength="30000mcg", brand="solara", words="zinc"):
    return f"{brand}|{words}|{strength}|capsule|{count}"


def read(practice=None):
    """What a reading does once its rows are stored."""
    scope = tenancy.of_practice(practice.pk) if practice else tenancy.EVERYTHING
    owner = practice.pk if practice else None
    with tenancy.declare(scope):
        list(match.run(owner))
        with tenancy.unit():
            review.find(owner)


def read_changed(*listings):
    """The same after the vendor changed something about these rows."""
    with tenancy.unit(tenancy.EVERYTHING):
        Listing.objects.filter(pk__in=[row.pk for row in listings]).update(matched_by="")
    read()


def pairs(**which):
    with tenancy.unit(tenancy.EVERYTHING):
        return list(Review.objects.filter(**which).order_by("pk"))


def are_one(*listings):
    with tenancy.unit(tenancy.EVERYTHING):
        held = Listing.objects.filter(pk__in=[row.pk for row in listings])
        return held.values("product").distinct().count() == 1


@pytest.fixture
def doubted(db):
    """One barcode on two labels with another count."""
    two = (
        listing("A1", gtin=BARCODE, key=key(count="60"), count="60", count_unit="Capsules"),
        listing("B1", gtin=BARCODE, key=key(count="90"), vendor="fullscript", count="90"),
    )
    read()
    return two


def done(staff, deed, row, path=LIST):
    page = staff.post(path, {"action": deed, "_selected_action": [row.pk]})
    return staff.post(path, {"confirmed": page.context["token"], "reason": WHY}, follow=True)


def test_one_barcode_on_labels_that_differ_is_asked_about_once(doubted):
    read()
    [pair] = pairs()
    assert (pair.one, pair.other) == doubted
    assert (pair.evidence, pair.state) == ("gtin", "open")


def test_one_name_in_two_shops_under_two_barcodes_is_asked_about(db):
    listing("A1", gtin=BARCODE, key=key())
    listing("B1", gtin="00871149003224", key=key(), vendor="fullscript")
    read()
    assert [pair.evidence for pair in pairs()] == ["name"]


def test_one_name_twice_in_one_shop_is_not_asked_about(db):
    listing("A1", gtin=BARCODE, key=key())
    listing("A2", gtin="00871149003224", key=key())
    read()
    assert pairs() == []


def test_what_is_sure_is_not_asked_about(db):
    one, two = (
        listing("A1", gtin=BARCODE, key=key()),
        listing("B1", gtin=BARCODE, key=key(), vendor="fullscript"),
    )
    read()
    assert (pairs(), are_one(one, two)) == ([], True)


def test_a_question_that_answered_itself_is_forgotten(doubted):
    with tenancy.unit(tenancy.EVERYTHING):
        Listing.objects.filter(pk=doubted[1].pk).update(name_key=key(count="60"))
    read_changed(doubted[1])
    assert (pairs(), are_one(*doubted)) == ([], True)


def test_the_same_makes_them_one_and_no_reading_undoes_it(staff, doubted):
    done(staff, "say_same", pairs()[0])
    assert are_one(*doubted)
    read_changed(*doubted)
    read_changed(doubted[0])
    assert are_one(*doubted)
    [pair] = pairs()
    assert (pair.state, pair.decided_by) == ("same", "op@staff.example")


def test_not_the_same_is_remembered_even_when_the_labels_come_to_agree(staff, doubted):
    done(staff, "say_apart", pairs()[0])
    with tenancy.unit(tenancy.EVERYTHING):
        Listing.objects.filter(pk=doubted[1].pk).update(name_key=key(count="60"))
    read_changed(*doubted)
    assert not are_one(*doubted)


def test_a_change_of_mind_takes_them_apart_again(staff, doubted):
    done(staff, "say_same", pairs()[0])
    [pair] = pairs()
    page = staff.get(f"{LIST}{pair.pk}/change/")
    done(staff, "say_apart", pair, path=page.context["row_list"])
    assert not are_one(*doubted)


def test_a_split_is_remembered(staff):
    one, two = (
        listing("A1", gtin=BARCODE, key=key()),
        listing("B1", gtin=BARCODE, key=key(), vendor="fullscript"),
    )
    read()
    done(staff, "split", two, path=LISTINGS)
    assert not are_one(one, two)
    read_changed(one, two)
    assert not are_one(one, two)
    assert [(pair.evidence, pair.state) for pair in pairs()] == [("split", "apart")]


def test_a_listing_alone_on_its_product_is_not_split(staff):
    alone = listing("A1", gtin=BARCODE, key=key())
    read()
    page = done(staff, "split", alone, path=LISTINGS)
    assert "nothing else is on its product" in page.content.decode()
    assert pairs() == []


def test_the_reason_stands_in_the_trail(staff, doubted):
    done(staff, "say_same", pairs()[0])
    with tenancy.unit(tenancy.EVERYTHING):
        entry = AuditEntry.objects.get(kind="catalog.review")
    assert (entry.reason, entry.detail["deed"]) == (WHY, "The same")


def test_a_practices_own_listing_joins_the_shared_product_where_a_person_says_so(staff):
    practice = PracticeFactory(slug="own")
    own = listing("A1", gtin=BARCODE, key=key(count="90"), practice=practice, vendor="fullscript")
    read(practice)
    shared = listing("B1", gtin=BARCODE, key=key(count="60"))
    read()
    read(practice)
    [pair] = pairs()
    assert pair.practice == practice
    done(staff, "say_same", pair)
    assert are_one(own, shared)
    with tenancy.unit(tenancy.EVERYTHING):
        assert Listing.objects.get(pk=own.pk).product.practice is None


def test_what_one_practice_says_of_its_own_binds_no_other(staff):
    here, there = PracticeFactory(slug="here"), PracticeFactory(slug="there")
    shared = listing("S1", gtin=BARCODE, key=key(count="60"))
    read()
    owns = [
        listing("A1", gtin=BARCODE, key=key(count="90"), practice=owner, vendor="fullscript")
        for owner in (here, there)
    ]
    read(here)
    read(there)
    done(staff, "say_same", pairs(practice=here)[0])
    assert (are_one(owns[0], shared), are_one(owns[1], shared)) == (True, False)


def test_another_practices_question_is_out_of_reach(doubted):
    here, there = PracticeFactory(slug="here"), PracticeFactory(slug="there")
    for sku, owner in (("A9", here), ("B9", here)):
        listing(sku, gtin="00871149003224", key=key(count=f"{ord(sku[0])}"), practice=owner)
    read(here)
    assert len(pairs(practice=here)) == 1
    with tenancy.unit(tenancy.of_practice(there.pk)):
        assert not Review.objects.filter(practice=here).exists()


def test_the_pair_is_shown_side_by_side(staff, doubted):
    page = staff.get(f"{LIST}{pairs()[0].pk}/change/").content.decode()
    for told in ("Zinc A1", "Zinc B1", "Strength", "Barcode (UPC)", BARCODE, "90", "Differs"):
        assert told in page


def test_the_desk_lists_what_is_to_decide_until_it_is_decided(staff, doubted):
    def shown(**asked):
        return len(staff.get(LIST, asked).context["cl"].result_list)

    assert shown() == 1
    done(staff, "say_apart", pairs()[0])
    assert (shown(), shown(decision="apart"), shown(decision="all")) == (0, 1, 1)


def test_the_front_page_counts_them(staff, doubted):
    figures = {one.label: one.count for one in staff.get("/admin/").context["figures"]}
    assert figures["Matches to review"] == 1


def test_the_list_does_a_fixed_number_of_queries(staff, db):
    def count(rows):
        with tenancy.unit(tenancy.EVERYTHING):
            made = Review.objects.count()
        for number in range(made, made + rows):
            gtin = f"{number:014d}"
            listing(f"A{number}", gtin=gtin, key=key(count="60", words=gtin))
            listing(f"B{number}", gtin=gtin, key=key(count="90", words=gtin), vendor="fullscript")
        read()
        with CaptureQueriesContext(connection) as done:
            assert staff.get(LIST).status_code == 200
        return len(done)

    count(1)
    assert count(9) == count(190)
