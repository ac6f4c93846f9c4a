"""The desk of products that are on plans and cannot be had."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.models import Listing, Product, SyncRun
from practice import tenancy
from practice.models import AuditEntry, Practice
from practice.roles import Role
from recommendations.models import Plan, PlanItem, RiskMark
from tests.factories import MembershipFactory, PatientFactory
from tests.recommendations.rows import Desk

pytestmark = pytest.mark.django_db
NOW = timezone.now()
RUN = {"vendor": "wholescripts", "state": "needs_review", "started_at": NOW}


@pytest.fixture
def desk():
    return Desk()


def on_plan(desk, plan=None, **values):
    """A listing on a plan, the draft where none is given."""
    listing = desk.listing(**{"name": "Magnesium Calm"} | values)
    with desk.opened():
        PlanItem.objects.create(practice=desk.practice, plan=plan or desk.plan, listing=listing)
    return listing


def signed(desk, ago=0, patient=None, clinician=None):
    with desk.opened():
        return Plan.objects.create(
            practice=desk.practice,
            patient=patient or desk.patient,
            clinician=clinician or desk.clinician,
            state=Plan.State.SIGNED,
            signed_at=NOW - dt.timedelta(days=ago),
        )


def shown(desk, **query):
    return desk.get("at-risk-list", data=query).content.decode()


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"stock": 0}, "Out of stock"),
        ({"stock": None, "in_stock": False}, "Out of stock"),
        ({"retired_at": NOW}, "No longer listed"),
        ({"vendor": "fullscript", "availability": "Discontinued"}, "Discontinued"),
    ],
)
def test_what_cannot_be_had_stands_with_its_reason_and_the_patient(desk, values, said):
    on_plan(desk, **values)
    page = shown(desk)
    assert f"</svg>\n{said}</span>" in page
    assert desk.patient.name in page


@pytest.mark.parametrize("values", [{"stock": 3}, {"stock": None, "in_stock": None}])
def test_what_can_be_had_or_is_not_known_is_no_risk(desk, values):
    on_plan(desk, **values)
    assert "Everything on your plans can be had" in shown(desk)


def test_what_a_doubted_list_left_out_is_missing(desk):
    on_plan(desk, seen_at=NOW - dt.timedelta(hours=1))
    on_plan(desk, name="Listed", seen_at=NOW + dt.timedelta(minutes=1))
    with tenancy.unit(tenancy.EVERYTHING):
        SyncRun.objects.create(**RUN)
    page = shown(desk, risk="missing")
    assert "Magnesium Calm" in page
    assert "Listed</h2>" not in page


def test_a_line_that_ran_out_and_a_stopped_plan_are_not_touched(desk):
    over, stopped = signed(desk, ago=40), signed(desk)
    listing = on_plan(desk, over, stock=0)
    with desk.opened():
        PlanItem.objects.filter(plan=over).update(duration_days=30)
        Plan.objects.filter(pk=stopped.pk).update(state=Plan.State.STOPPED)
        PlanItem.objects.create(practice=desk.practice, plan=stopped, listing=listing)
    assert "Everything on your plans can be had" in shown(desk)


def test_a_pill_in_a_pack_counts(desk):
    pill = desk.listing(kind="pill", name="Zinc, one tablet", stock=0)
    pack = desk.pack()
    with desk.opened():
        pack.pills.create(practice=desk.practice, listing=pill, slot="breakfast", quantity=1)
    assert "in “Daily packets”" in shown(desk)


def test_the_ways_out_are_the_other_vendor_and_other_sizes(desk):
    with tenancy.unit(tenancy.EVERYTHING):
        product = Product.objects.create(name="Magnesium Calm", count="60", form="capsule")
        larger = Product.objects.create(name="Magnesium Calm, 120", count="120", form="capsule")
    on_plan(desk, product=product, stock=0, family=7)
    desk.listing(product=product, vendor="fullscript", stock=9, retail_price="21.90", family=7)
    desk.listing(product=larger, count="120", family=7)
    page = shown(desk)
    assert "$21.90" in page
    assert "Magnesium Calm, 120" in page


def test_a_colleagues_patients_stay_out_of_sight_where_they_are_restricted(desk):
    with tenancy.unit(tenancy.EVERYTHING):
        Practice.objects.filter(pk=desk.practice.pk).update(restricts_patients=True)
        colleague = MembershipFactory(practice=desk.practice, role=Role.PRACTITIONER)
        theirs = PatientFactory(practice=desk.practice, practitioner=colleague, last_name="Quill")
    on_plan(desk, signed(desk, patient=theirs, clinician=colleague), stock=0)
    assert "Everything on your plans can be had" in shown(desk)
    desk.browser.force_login(colleague.user)
    assert "Quill" in shown(desk)


def test_the_page_says_in_the_trail_whom_it_showed(desk):
    on_plan(desk, stock=0)
    shown(desk)
    with desk.opened():
        entry = AuditEntry.objects.get(kind="recommendations:at-risk-list")
    assert entry.detail["patients"] == [desk.patient.pk]


def test_what_was_seen_is_out_of_sight_until_it_is_undone(desk):
    listing = on_plan(desk, stock=0)
    desk.post("at-risk-mark", listing.pk, data={"risk": "out_of_stock", "note": "Back in May"})
    assert "Everything on your plans can be had" in shown(desk)
    assert "Back in May" in shown(desk, show="seen")
    with desk.opened():
        mark = RiskMark.objects.get()
    desk.post("at-risk-undo", mark.pk)
    assert "Magnesium Calm" in shown(desk)
    assert "Nothing here" in shown(desk, show="seen")


def test_another_trouble_brings_it_back(desk):
    listing = on_plan(desk, stock=0)
    desk.post("at-risk-mark", listing.pk, data={"risk": "out_of_stock"})
    with tenancy.unit(tenancy.EVERYTHING):
        Listing.objects.filter(pk=listing.pk).update(retired_at=NOW)
    assert "when it was “out of stock”" in shown(desk)


def test_a_week_passes(desk):
    listing = on_plan(desk, stock=0)
    desk.post("at-risk-mark", listing.pk, data={"risk": "out_of_stock", "days": "7"})
    with desk.opened():
        mark = RiskMark.objects.get()
        assert 6 <= (mark.until_date - NOW.date()).days <= 7
        RiskMark.objects.update(until_date=NOW.date() - dt.timedelta(days=2))
    assert "Magnesium Calm" in shown(desk)


def test_a_second_mark_replaces_the_first_and_keeps_who_made_it(desk):
    listing = on_plan(desk, stock=0)
    for note in ("One", "Two"):
        desk.post("at-risk-mark", listing.pk, data={"risk": "out_of_stock", "note": note})
    with desk.opened():
        assert RiskMark.objects.standing().get().note == "Two"
        assert RiskMark.objects.get(note="One").ended_by == desk.member


def test_a_mark_that_is_too_long_is_refused_in_words(desk):
    listing = on_plan(desk, stock=0)
    answer = desk.browser.post(
        desk.url("at-risk-mark", listing.pk), {"risk": "gone", "note": "x" * 301}, follow=True
    )
    assert "Nothing was saved" in answer.content.decode()


def test_who_may_only_read_is_offered_no_mark():
    desk = Desk(role=Role.READ_ONLY)
    listing = on_plan(desk, stock=0)
    assert desk.url("at-risk-mark", listing.pk) not in shown(desk)
    assert desk.post("at-risk-mark", listing.pk, data={"risk": "gone"}).status_code == 403


def test_today_and_the_catalogue_count_them(desk):
    on_plan(desk, stock=0)
    today = desk.browser.get(f"/{desk.practice.slug}/").content.decode()
    assert "Products at risk" in today
    catalogue = desk.browser.get(f"/{desk.practice.slug}/catalogue/formulary").content.decode()
    assert '<span class="chip number">1<' in catalogue


def with_a_way_out(desk, number):
    """On a plan, with the other vendor's offer and another size."""
    with tenancy.unit(tenancy.EVERYTHING):
        product, larger = (Product.objects.create(name=f"P{number}", count=n) for n in ("60", "90"))
    on_plan(desk, signed(desk), product=product, stock=0, family=number)
    desk.listing(product=product, vendor="fullscript", family=number)
    desk.listing(product=larger, family=number)


def test_the_number_of_queries_is_the_same_for_1_and_12(desk, django_assert_num_queries):
    with_a_way_out(desk, 0)
    shown(desk)
    with CaptureQueriesContext(connection) as few:
        shown(desk)
    for number in range(1, 12):
        with_a_way_out(desk, number)
    with django_assert_num_queries(len(few)):
        assert "P11" in shown(desk)
