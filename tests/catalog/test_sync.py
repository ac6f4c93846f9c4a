"""Reading the vendors' lists: what a run writes, and what it must not."""

import datetime as dt

import pytest
from django.utils import timezone

from catalog import sync
from catalog.models import Listing, SyncRun
from practice import tenancy
from practice.vendors.contract import Kind
from tests.catalog.readings import SEED, open_runs, read
from tests.simulators import catalogue

pytestmark = pytest.mark.django_db


def listings(**which):
    with tenancy.unit(tenancy.EVERYTHING):
        return list(Listing.objects.filter(**which).order_by("pk"))


def again(vendor, practice=None, connection=None, part=SyncRun.Part.CATALOGUE, hours=2):
    """Asks for another reading, later."""
    scope = tenancy.EVERYTHING if practice is None else tenancy.of_practice(practice.pk)
    with tenancy.unit(scope):
        return sync.request(
            practice, connection, vendor, part, timezone.now() + dt.timedelta(hours=hours)
        )


def test_connecting_asks_for_every_list_once(account, nora, clara):
    account("wholescripts", nora)
    account("wholescripts", clara)
    account("fullscript", nora)
    asked = [(run.vendor, run.part, run.practice_id) for run in open_runs()]
    assert sorted(asked, key=str) == sorted(
        [
            ("wholescripts", "catalogue", None),
            ("wholescripts", "private_label", nora.practice_id),
            ("wholescripts", "private_label", clara.practice_id),
            ("fullscript", "catalogue", nora.practice_id),
        ],
        key=str,
    )


def test_both_catalogues_are_read_whole(read, nora):
    variants = [v for p in catalogue.fullscript_products(SEED) for v in p["variants"]]
    rows = catalogue.wholescripts_products(SEED)
    pills = {row["medPaxSku"] for row in rows if row["medPaxDetails"]}
    bottles = listings(vendor="fullscript", kind=Kind.BOTTLE)
    shared = listings(vendor="wholescripts", practice=None)
    assert {b.sku for b in bottles} == {v["id"] for v in variants}
    assert {b.practice_id for b in bottles} == {nora.practice_id}
    assert {s.sku for s in shared if s.kind == Kind.BOTTLE} == {row["sku"] for row in rows}
    assert {s.sku for s in shared if s.kind == Kind.PILL} == pills


def test_private_label_belongs_to_the_connection(filled, nora):
    own = listings(is_private_label=True)
    assert set(Kind) == {o.kind for o in own}
    assert {(o.practice_id, o.connection_id) for o in own} == {
        (nora.practice_id, filled["wholescripts"].pk)
    }


def test_each_pill_is_tied_to_a_bottle_that_names_it(filled):
    pills = listings(vendor="wholescripts", practice=None, kind=Kind.PILL)
    bottles = {bottle.pk: bottle for bottle in listings(kind=Kind.BOTTLE)}
    assert pills
    assert all(bottles[pill.bottle_id].pill_sku == pill.sku for pill in pills)


def test_a_second_reading_changes_nothing(filled, nora):
    before = {row.pk: (row.product_id, row.digest) for row in listings()}
    run = read(again("wholescripts"))
    own = read(again("fullscript", nora.practice, filled["fullscript"]))
    for done in (run, own):
        assert done.state == SyncRun.State.DONE
        assert (done.added, done.changed, done.missing) == (0, 0, 0)
        assert done.unchanged == done.seen
    assert {row.pk: (row.product_id, row.digest) for row in listings()} == before


def test_a_changed_row_is_written_and_counted(filled, simulators):
    row = listings(vendor="wholescripts", practice=None, kind=Kind.BOTTLE)[3]
    simulators.act("wholescripts/stock", sku=row.sku, quantity=7)
    run = read(again("wholescripts"))
    row.refresh_from_db()
    assert (run.changed, row.stock, row.matched_by != "") == (1, 7, True)


def test_a_shared_catalogue_is_read_at_most_hourly(filled):
    assert not again("wholescripts", hours=0.5).is_open
    assert again("wholescripts", hours=1.1).is_open


@pytest.mark.parametrize("by_person", [True, False])
def test_a_failed_reading_counts_for_the_hour_unless_a_person_asks(db, by_person):
    now = timezone.now()
    with tenancy.unit(tenancy.EVERYTHING):
        SyncRun.objects.create(
            vendor="wholescripts", part="catalogue", state="failed", finished_at=now
        )
        run = sync.request(None, None, "wholescripts", "catalogue", now, by_person=by_person)
        assert run.is_open is by_person


def test_a_reading_cut_at_page_two_retires_nothing_and_goes_on_later(filled, nora, simulators):
    simulators.fault("fullscript", "status", path="catalog/products", after=1, params={"code": 503})
    run = read(again("fullscript", nora.practice, filled["fullscript"]))
    assert (run.state, run.next_page) == (SyncRun.State.WAITING, 2)
    assert not listings(retired_at__isnull=False)
    done = read(run, now=run.not_before_at)
    assert (done.state, done.missing) == (SyncRun.State.DONE, 0)
    assert done.seen == len(listings(vendor="fullscript"))


def test_the_vendors_own_wait_is_obeyed(filled, nora, simulators):
    simulators.fault(
        "fullscript",
        "status",
        path="catalog/products",
        params={"code": 429, "retry_after": 900},
    )
    now = timezone.now()
    run = read(again("fullscript", nora.practice, filled["fullscript"]), now)
    assert run.not_before_at >= now + dt.timedelta(seconds=900)
    assert read(run, now + dt.timedelta(seconds=890)).state == SyncRun.State.WAITING


def test_a_truncated_answer_fails_plainly_and_retires_nothing(filled, simulators):
    simulators.fault("wholescripts", "truncated", path="ProductList")
    run = read(again("wholescripts"))
    assert run.state == SyncRun.State.FAILED
    assert "cannot read" in run.last_error
    assert not listings(retired_at__isnull=False)


def test_a_shrunken_catalogue_asks_a_person(filled, simulators):
    simulators.knob("wholescripts", catalogue_cut=True)
    run = read(again("wholescripts"))
    assert run.state == SyncRun.State.NEEDS_REVIEW
    assert run.missing > 300
    assert f"{run.missing} of" in run.last_error
    assert not listings(retired_at__isnull=False)


def test_a_person_may_agree_that_listings_are_gone(filled, simulators):
    simulators.knob("wholescripts", catalogue_cut=True)
    run = read(again("wholescripts"))
    with tenancy.unit(tenancy.EVERYTHING):
        sync.agree(run, timezone.now())
    run.refresh_from_db()
    assert run.state == SyncRun.State.DONE
    assert len(listings(retired_at__isnull=False)) == run.missing


def test_what_comes_back_is_no_longer_retired(filled):
    with tenancy.unit(tenancy.EVERYTHING):
        row = Listing.objects.filter(vendor="wholescripts", practice=None).first()
        Listing.objects.filter(pk=row.pk).update(retired_at=timezone.now())
    run = read(again("wholescripts"))
    row.refresh_from_db()
    assert (row.retired_at, run.changed) == (None, 1)


def test_a_run_whose_worker_died_is_taken_up_again(account, nora):
    account("fullscript", nora)
    (run,) = open_runs()
    now = timezone.now()
    with tenancy.unit(tenancy.EVERYTHING):
        SyncRun.objects.filter(pk=run.pk).update(
            state=SyncRun.State.RUNNING, lease_until=now - dt.timedelta(seconds=1), attempts=1
        )
    with tenancy.declare(tenancy.EVERYTHING):
        assert sync.due(now) == [(nora.practice_id, run.pk)]
    assert read(run, now).state == SyncRun.State.DONE


def test_a_run_that_somebody_holds_is_left_alone(account, nora):
    account("fullscript", nora)
    (run,) = open_runs()
    now = timezone.now()
    with tenancy.unit(tenancy.EVERYTHING):
        SyncRun.objects.filter(pk=run.pk).update(
            state=SyncRun.State.RUNNING, lease_until=now + dt.timedelta(seconds=60)
        )
    assert read(run, now).seen == 0
    with tenancy.declare(tenancy.EVERYTHING):
        assert sync.due(now) == []


def test_without_access_the_run_says_to_connect_again(account, nora, simulators):
    connection = account("fullscript", nora)
    simulators.act("fullscript/revoke-person", person_id=connection.practitioner_id)
    run = read(open_runs()[0])
    assert run.state == SyncRun.State.FAILED
    assert "Connect it again" in run.last_error


def test_a_right_we_do_not_hold_is_not_asked_for(account, nora, settings):
    settings.VENDOR_RIGHTS = {}
    account("fullscript", nora)
    assert open_runs() == []


def test_lists_are_asked_for_again_after_a_day(filled, nora):
    now = timezone.now()
    with tenancy.declare(tenancy.EVERYTHING):
        assert sync.connections_to_read(now) == []
        later = sync.connections_to_read(now + dt.timedelta(hours=25))
    assert {pk for _, pk in later} == {connection.pk for connection in filled.values()}


def test_labels_and_the_price_of_a_day_are_read_with_the_list(filled):
    rows = [row for row in listings(kind=Kind.BOTTLE) if row.facts_html]
    assert rows
    assert all(row.panel.ingredients for row in rows)
    priced = [row for row in rows if row.default_doses and row.daily_price]
    assert priced
    assert all(
        row.daily_price
        == round(
            row.retail_price
            * sum(int(dose["quantity"]) for dose in row.default_doses)
            / int(row.count),
            4,
        )
        for row in priced
    )
