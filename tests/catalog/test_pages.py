"""The catalogue's pages, as a member of a practice opens them."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog.models import Listing, Product, SyncRun
from catalog.templatetags.catalogue import vendor_html
from practice import tenancy
from practice.roles import Role
from practice.vendors.contract import Kind
from tests.catalog.readings import shelf
from tests.factories import MembershipFactory
from tests.simulators.catalogue.wording import HOSTILE

pytestmark = pytest.mark.django_db


@pytest.fixture
def opened(client, nora):
    """`opened(view, *ids, **query)` is the page as Nora sees it."""
    client.force_login(nora.user)

    def go(view, *ids, htmx=False, **query):
        headers = {"hx-request": "true"} if htmx else {}
        return client.get(
            reverse(f"catalog:{view}", args=[nora.practice.slug, *ids]),
            query,
            headers=headers,
            secure=True,
        )

    return go


def test_an_empty_catalogue_teaches_to_connect(opened):
    page = opened("product-list").content.decode()
    assert "No dispensary is connected" in page
    assert reverse("practice:connection-list", args=["harbor"]) in page


def test_both_vendors_stand_side_by_side(filled, opened):
    with tenancy.unit(tenancy.EVERYTHING):
        twin = Listing.objects.filter(vendor="fullscript", product__practice=None).first()
    page = opened("product-list", q=twin.sku).content.decode()
    assert 'data-label="Fullscript"' in page
    assert 'data-label="WholeScripts"' in page
    assert "Not listed" not in page


def test_live_search_answers_with_the_list_only(filled, opened):
    page = opened("product-list", q="adrenal", htmx=True).content.decode()
    assert page.strip().startswith('<div id="results"')
    assert "Adrenal" in page


def test_pages_of_a_search_can_be_shared(opened):
    shelf(60)
    page = opened("product-list", q="zinc", page=2)
    assert page.context["page"].number == 2
    assert "26–50 of 60" in page.content.decode()


def test_the_number_of_queries_is_the_same_for_10_and_200(opened, django_assert_num_queries):
    shelf(10)
    opened("product-list")  # the session is written once
    with CaptureQueriesContext(connection) as few:
        opened("product-list")
    shelf(190)
    with django_assert_num_queries(len(few)):
        opened("product-list")


@pytest.mark.parametrize(("role", "shown"), [(Role.OWNER, True), (Role.ASSISTANT, False)])
def test_the_lowest_advertised_price_is_for_those_who_see_wholesale(nora, client, role, shown):
    (product,) = shelf(1)
    with tenancy.unit(tenancy.EVERYTHING):
        Listing.objects.filter(product=product).update(lowest_advertised="8.50")
        member = MembershipFactory(practice=nora.practice, role=role)
    client.force_login(member.user)
    address = reverse("catalog:product-detail", args=[nora.practice.slug, product.pk])
    page = client.get(address, secure=True).content.decode()
    assert ("not to be advertised below" in page) is shown


@pytest.mark.parametrize(("role", "shown"), [(Role.OWNER, True), (Role.ASSISTANT, False)])
def test_wholesale_prices_are_for_clinicians(opened, nora, client, role, shown):
    (product,) = shelf(1)
    with tenancy.unit(tenancy.EVERYTHING):
        member = MembershipFactory(practice=nora.practice, role=role)
    opened("product-list")
    client.force_login(member.user)
    for page in (opened("product-list"), opened("product-detail", product.pk)):
        assert ("wholesale" in page.content.decode().lower()) is shown


def test_a_product_shows_both_offers_and_clean_facts(filled, opened):
    with tenancy.unit(tenancy.EVERYTHING):
        bottle = (
            Listing.objects.exclude(facts_html="").exclude(warnings=[]).filter(kind=Kind.BOTTLE)[0]
        )
        bottle.facts_html += "".join(HOSTILE)
        bottle.save(update_fields=["facts_html"])
    page = opened("product-detail", bottle.product_id).content.decode()
    assert bottle.warnings[0] not in page
    assert "California Proposition 65" in page
    for hostile in (
        "document.title",
        "position:fixed",
        "frames.example",
        "onload=",
        'name="password"',
    ):
        assert hostile not in page


@pytest.mark.parametrize("html", HOSTILE)
def test_vendor_html_keeps_text_lists_and_tables_only(html):
    clean = vendor_html(f"<table><tr><td colspan='2'>Zinc*</td></tr></table>{html}")
    assert clean.startswith('<table><tbody><tr><td colspan="2">Zinc*</td></tr></tbody></table>')
    assert "=" not in clean.removeprefix('<table><tbody><tr><td colspan="2">')


def test_another_practices_product_is_not_there(filled, opened, clara, client):
    with tenancy.unit(tenancy.EVERYTHING):
        own = Product.objects.exclude(practice=None).first()
    client.force_login(clara.user)
    address = reverse("catalog:product-detail", args=[clara.practice.slug, own.pk])
    assert client.get(address, secure=True).status_code == 404
    assert opened("product-detail", own.pk).status_code == 404


def test_progress_polls_while_a_list_is_read_and_stops_after(account, nora, opened, readings):
    account("fullscript", nora)
    assert 'hx-trigger="every 1s"' in opened("sync-progress", htmx=True).content.decode()
    (run,) = readings.open_runs()
    readings.read(run)
    done = opened("sync-progress", htmx=True)
    assert "every 1s" not in done.content.decode()
    assert done.headers["HX-Trigger"] == "catalogue-read"


def test_read_again_asks_for_the_members_own_lists(filled, nora, client, opened):
    opened("product-list")
    address = reverse("catalog:sync-request", args=["harbor"])
    client.post(address, secure=True)
    with tenancy.unit(tenancy.EVERYTHING):
        runs = SyncRun.objects.open()
        asked = {(run.vendor, run.part) for run in runs}
    assert asked == {("fullscript", "catalogue"), ("wholescripts", "private_label")}


def test_a_vendor_that_grants_no_list_is_named(account, nora, opened, settings):
    settings.VENDOR_RIGHTS = {}
    account("fullscript", nora)
    assert "Fullscript has not granted Regimen its list" in opened("product-list").content.decode()
