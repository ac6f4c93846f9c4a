"""Pictures and data sheets: fetched by a worker, kept, and served from here."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from catalog import files, tasks
from catalog.models import Listing, ListingFile, Product
from practice import attention, connect, tenancy
from practice.vendors.contract import Kind
from tests.factories import MembershipFactory, staff_user

pytestmark = pytest.mark.django_db

NOW = timezone.now()
DESK = "/admin/catalog/listingfile/"


@pytest.fixture
def listing(simulators):
    """A shared listing of a product that the simulated vendor has."""
    rows = connect.operator_client("wholescripts").products().rows
    return made(next(row.sku for row in rows if row.kind == Kind.BOTTLE))


def made(sku, **fields):
    with tenancy.unit(tenancy.EVERYTHING):
        product = Product.objects.create(name="Zinc")
        return Listing.objects.create(
            vendor="wholescripts",
            sku=sku,
            kind=Kind.BOTTLE,
            name="Zinc",
            product=product,
            matched_by="alone",
            first_seen_at=NOW,
            seen_at=NOW,
            **fields,
        )


def fetch(listing, now=NOW):
    with tenancy.declare(tenancy.EVERYTHING):
        files.fetch(listing.pk, now)


def rows(listing):
    with tenancy.unit(tenancy.EVERYTHING):
        return {row.kind: row for row in ListingFile.objects.filter(listing=listing)}


def asked(simulators):
    calls = [call["path"] for call in simulators.log("wholescripts")]
    return [path for path in calls if "/ProductImage/" in path or "/ProductDRS/" in path]


@pytest.fixture
def opened(client, db):
    with tenancy.unit(tenancy.EVERYTHING):
        member = MembershipFactory()
    client.force_login(member.user)

    def go(view, pk):
        return client.get(reverse(f"catalog:{view}", args=[member.practice.slug, pk]), secure=True)

    return go


@pytest.mark.parametrize("how", ["base64", "ints"])
def test_a_worker_keeps_the_picture_and_the_data_sheet(simulators, listing, how):
    simulators.knob("wholescripts", file_bytes=how)
    fetch(listing)
    kept = rows(listing)
    assert kept["image"].content_type == "image/png"
    assert bytes(kept["document"].content).startswith(b"%PDF-")


def test_what_is_here_is_not_asked_for_again(simulators, listing):
    fetch(listing)
    before = len(asked(simulators))
    fetch(listing, NOW + dt.timedelta(days=1))
    assert len(asked(simulators)) == before == 2


def test_a_product_without_files_is_not_asked_for_all_the_time(simulators):
    stranger = made("9" * 18)
    fetch(stranger)
    fetch(stranger, NOW + dt.timedelta(days=1))
    assert rows(stranger)["image"].content_type == ""
    assert len(asked(simulators)) == 2


def test_a_vendor_that_is_away_is_asked_again_later(simulators, listing):
    simulators.fault("wholescripts", "status", path="/ProductImage", times=9, params={"code": 503})
    fetch(listing)
    missing = rows(listing)["image"]
    assert missing.fetched_at is None
    assert missing.not_before_at > NOW
    with tenancy.declare(tenancy.EVERYTHING):
        assert files.due(NOW) == []
        assert files.due(NOW + dt.timedelta(days=1)) == [listing.pk]


def test_a_practices_own_listing_is_never_asked_for(simulators):
    with tenancy.unit(tenancy.EVERYTHING):
        practice = MembershipFactory().practice
    own = made("9" * 18, practice=practice)
    fetch(own)
    assert rows(own) == {}


def test_the_first_look_at_a_product_asks_a_worker(
    opened, listing, simulators, monkeypatch, django_capture_on_commit_callbacks
):
    nudged = []
    monkeypatch.setattr(tasks.fetch_files, "apply_async", lambda ids, **_: nudged.append(ids))
    with django_capture_on_commit_callbacks(execute=True):
        page = opened("product-detail", listing.product_id).content.decode()
    assert "on their way" in page
    assert "<img" not in page
    assert nudged == [(None, listing.pk)]
    assert asked(simulators) == []


def test_the_page_shows_the_picture_and_leads_to_the_data_sheet(opened, listing):
    fetch(listing)
    page = opened("product-detail", listing.product_id).content.decode()
    assert 'alt="Picture of Zinc"' in page
    assert "Product data sheet (PDF)" in page
    assert "on their way" not in page


@pytest.mark.parametrize(
    ("kind", "mime"), [("image", "image/png"), ("document", "application/pdf")]
)
def test_a_file_is_served_as_what_it_is(opened, listing, kind, mime):
    fetch(listing)
    answer = opened("product-file", rows(listing)[kind].pk)
    assert answer["Content-Type"] == mime
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Disposition"].startswith("inline; filename=")
    assert answer["Cache-Control"].startswith("private")


def test_what_is_not_here_is_not_found(opened, simulators):
    stranger = made("9" * 18)
    fetch(stranger)
    assert opened("product-file", rows(stranger)["image"].pk).status_code == 404


# Without a reload, and where one does not come


def test_what_is_on_its_way_appears_by_itself_and_then_asks_no_more(opened, listing):
    before = opened("product-files", listing.pk).content.decode()
    assert 'hx-trigger="every 2s"' in before
    fetch(listing)
    after = opened("product-files", listing.pk).content.decode()
    assert "hx-trigger" not in after
    assert 'alt="Picture of Zinc"' in after


def test_what_did_not_come_is_said_and_not_asked_for_by_the_page(opened, listing, simulators):
    simulators.fault("wholescripts", "html", path="/ProductImage", params={"code": 200})
    fetch(listing)
    shown = opened("product-files", listing.pk).content.decode()
    assert "did not hand out all" in shown
    assert "hx-trigger" not in shown
    assert "Product data sheet (PDF)" in shown


@pytest.fixture
def staff(db):
    browser = Client(headers={"x-forwarded-proto": "https"})
    browser.force_login(staff_user())
    return browser


@pytest.mark.parametrize(
    ("fault", "params", "why"),
    [
        ("html", {"code": 200}, "cannot be used as this file"),
        ("status", {"code": 503}, "did not answer"),
        ("status", {"code": 401}, "did not accept the operator"),
    ],
)
def test_the_desk_says_what_did_not_come_and_why(staff, listing, simulators, fault, params, why):
    simulators.fault("wholescripts", fault, path="/ProductImage", params=params)
    fetch(listing)
    with tenancy.unit(tenancy.EVERYTHING):
        figures = {one.label: one.count for one in attention.figures(None, NOW)}
    assert figures["Pictures and data sheets that did not come"] == 1
    page = staff.get(f"{DESK}?came=no").content.decode()
    assert why in page
    assert page.count("Did not come") == 1


def test_staff_have_one_fetched_again(
    staff, listing, simulators, django_capture_on_commit_callbacks
):
    simulators.fault("wholescripts", "html", path="/ProductImage", params={"code": 200})
    fetch(listing)
    row = rows(listing)["image"]
    page = staff.post(DESK, {"action": "fetch_again", "_selected_action": [row.pk]})
    answer = staff.post(DESK, {"confirmed": page.context["token"]}, follow=True)
    assert "Asked for again: 1" in answer.content.decode()
    fetch(listing)
    assert rows(listing)["image"].content_type == "image/png"
    assert rows(listing)["image"].last_error == ""
