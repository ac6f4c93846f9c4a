"""A catalogue that comes whole is seen changed as a whole, or not at all."""

import datetime as dt

import pytest
from django.conf import settings as django_settings
from django.utils import timezone

from catalog.models import Listing, SyncRun
from practice import tenancy
from tests.catalog.readings import read
from tests.catalog.test_sync import again
from tests.stack import forks

OLD = "As it was read before"


def shared():
    with tenancy.unit(tenancy.EVERYTHING):
        rows = Listing.objects.filter(vendor="wholescripts", practice=None)
        return {row.pk: (row.sku, row.name, row.seen_at, row.retired_at) for row in rows}


@pytest.fixture
def changed(simulators):
    """The vendor's list has other stock and prices by now: each row is written anew."""

    def change():
        with tenancy.unit(tenancy.EVERYTHING):
            Listing.objects.filter(vendor="wholescripts", practice=None).update(
                digest="old", name=OLD
            )

    return change


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fault", "params", "state"),
    [
        ("truncated", {}, "failed"),
        ("truncated", {"short": True}, "waiting"),
        ("html", {"code": 200}, "failed"),
        ("html", {"code": 502}, "waiting"),
        ("reset_before", {}, "waiting"),
        ("reset_after", {}, "waiting"),
        ("slow", {"seconds": 3}, "waiting"),
        ("status", {"code": 200, "body": {"success": False, "msg": "No"}}, "failed"),
    ],
)
def test_a_list_that_does_not_come_whole_leaves_the_former_one(
    filled, changed, simulators, settings, fault, params, state
):
    client = django_settings.VENDOR_CLIENTS["wholescripts"] | {"list_timeout": 1}
    settings.VENDOR_CLIENTS = django_settings.VENDOR_CLIENTS | {"wholescripts": client}
    changed()
    before = shared()
    simulators.fault("wholescripts", fault, path="ProductList", params=params)
    run = read(again("wholescripts"))
    assert run.state == state
    assert shared() == before
    assert (run.seen, run.added, run.changed, run.missing) == (0, 0, 0, 0)


def test_a_worker_killed_in_the_middle_leaves_the_former_list_and_another_reads_it(
    committed_db, ground, simulators
):
    with tenancy.unit(tenancy.EVERYTHING):
        first = SyncRun.objects.create(vendor="wholescripts", part="catalogue")
    done = read(first)
    assert done.state == "done"
    with tenancy.unit(tenancy.EVERYTHING):
        # One is new, one is gone, all others have changed.
        gone = Listing.objects.filter(vendor="wholescripts").last()
        Listing.objects.filter(vendor="wholescripts").update(digest="old", name=OLD)
        Listing.objects.filter(pk=gone.pk).update(sku="9" * 18)
    run, before = again("wholescripts"), shared()
    process = forks.start(ground, "read_list_and_die", 1, run=run.pk)
    assert forks.ended(process) == ["killed"]
    assert shared() == before
    run.refresh_from_db()
    assert (run.state, run.next_page) == ("running", 1)
    later = read(run, timezone.now() + dt.timedelta(seconds=django_settings.LEASE_SECONDS + 1))
    assert (later.state, later.missing, later.added) == ("done", 1, 1)
    names = {name for _, name, _, retired in shared().values() if retired is None}
    assert OLD not in names


@pytest.mark.django_db
def test_what_a_shrunken_list_holds_is_written_and_nothing_retired(filled, changed, simulators):
    changed()
    simulators.knob("wholescripts", catalogue_cut=True)
    run = read(again("wholescripts"))
    assert run.state == "needs_review"
    assert {retired for _, _, _, retired in shared().values()} == {None}
