"""What a practice is told of a reading: what changed and how, what is new and what is missing."""

import pytest
from django.utils import timezone

from catalog import report
from catalog.models import Listing, ListingChange, SyncRun
from practice import tenancy
from practice.roles import Role
from tests.catalog.readings import read
from tests.catalog.test_sync import again

pytestmark = pytest.mark.django_db


@pytest.fixture
def one(filled):
    """A shared bottle that was dearer and had more stock when it was read last."""
    with tenancy.unit(tenancy.EVERYTHING):
        found = Listing.objects.filter(vendor="wholescripts", practice=None, kind="bottle").first()
        Listing.objects.filter(pk=found.pk).update(
            digest="old", retail_price="99.50", wholesale_price="50", stock=9999
        )
    return found


def url(run, show="changed"):
    return f"/harbor/catalogue/reading/{run.pk}/?show={show}"


@pytest.fixture
def page(client, nora):
    client.force_login(nora.user)
    return lambda *args: client.get(url(*args)).content.decode()


def test_prices_and_stock_are_told_before_and_after(one, page):
    run = read(again("wholescripts"))
    with tenancy.unit(tenancy.EVERYTHING):
        [change] = ListingChange.objects.filter(run=run)
    assert change.before == {"retail_price": "99.5", "wholesale_price": "50", "stock": 9999}
    assert change.after["stock"] == one.stock
    shown = page(run)
    assert one.name in shown
    assert "$99.5" in shown
    assert "9999" in shown


def test_wholesale_prices_are_told_to_clinicians_only(one, page, nora):
    run = read(again("wholescripts"))
    assert "Wholesale price" in page(run)
    with tenancy.unit(tenancy.EVERYTHING):
        nora.role, nora.is_clinician = Role.ASSISTANT, False
        nora.save()
    assert "Wholesale price" not in page(run)


def test_what_was_read_as_before_writes_nothing(filled):
    run = read(again("wholescripts"))
    assert (run.added, run.changed, run.missing) == (0, 0, 0)
    assert run.unchanged == run.seen
    with tenancy.unit(tenancy.EVERYTHING):
        assert not ListingChange.objects.exists()


def test_what_is_new_and_what_is_missing_are_listed(one, page):
    with tenancy.unit(tenancy.EVERYTHING):
        gone = Listing.objects.filter(vendor="wholescripts", practice=None).last()
        Listing.objects.filter(pk=gone.pk).update(sku="9" * 18)
    run = read(again("wholescripts"))
    assert (run.added, run.missing) == (1, 1)
    assert gone.name in page(run, "new")
    assert "9" * 18 in page(run, "missing")


def test_the_changes_of_older_readings_are_forgotten(one):
    now = timezone.now()
    with tenancy.unit(tenancy.EVERYTHING):
        runs = [
            SyncRun.objects.create(
                vendor="wholescripts", state="done", started_at=now, finished_at=now
            )
            for _ in range(report.KEPT + 2)
        ]
        for run in runs:
            ListingChange.objects.create(run=run, listing=one, before={}, after={})
        report.prune(runs[-1])
        kept = set(ListingChange.objects.values_list("run", flat=True))
    assert kept == {run.pk for run in runs[2:]}
