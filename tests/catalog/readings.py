"""Accounts at the simulated dispensaries, and readings of their lists."""

from urllib.parse import parse_qsl, urlsplit

import requests
from django.utils import timezone

from catalog import sync, words
from catalog.models import Listing, Product, SyncRun
from practice import connect, consent, tenancy
from practice.vendors.contract import Kind
from tests.factories import MembershipFactory

SEED = 20  # the simulators' own
NORA = "nora.lindqvist@harbor-integrative.example"
CLARA = "clara.whitfield@meadow-functional.example"


def member(slug, email):
    with tenancy.unit(tenancy.EVERYTHING):
        return MembershipFactory(practice__slug=slug, user__email=email)


def grant_products(simulators):
    """The right to list products, at the vendor that gives it on request only."""
    simulators.configure(
        "fullscript", redirect_uri=connect.callback_url("fullscript"), granted=["products"]
    )


def connected(vendor, membership, simulators):
    """A connection made through the vendor's own consent page."""
    session, now = _Session(), timezone.now()
    address = consent.begin(session, vendor, membership, now)
    answer = requests.post(
        address,
        data=_consent(vendor, address, membership, simulators),
        allow_redirects=False,
        timeout=10,
    )
    returned = consent.Returned.of(dict(parse_qsl(urlsplit(answer.headers["Location"]).query)))
    entry = consent.take_out(session, vendor, returned, now)
    return consent.finish(entry, returned, membership.user_id, now)


def read(run, now=None):
    """Works on a run in its own scope and gives it as it stands then."""
    with tenancy.declare(_scope_of(run)):
        sync.run(run.pk, now or timezone.now())
        with tenancy.unit():
            return SyncRun.objects.get(pk=run.pk)


def shelf(number):
    """That many shared products, each with an offer."""
    now = timezone.now()
    with tenancy.unit(tenancy.EVERYTHING):
        products = Product.objects.bulk_create(
            Product(name=f"Zinc {place:04d}") for place in range(number)
        )
        Listing.objects.bulk_create(
            Listing(
                vendor="wholescripts",
                sku=f"{product.pk:018d}",
                kind=Kind.BOTTLE,
                name=product.name,
                product=product,
                matched_by="alone",
                retail_price=10,
                wholesale_price=6,
                first_seen_at=now,
                seen_at=now,
            )
            for product in products
        )
        words.refresh([product.pk for product in products], None)
    return products


def open_runs():
    with tenancy.unit(tenancy.EVERYTHING):
        return list(SyncRun.objects.open().order_by("pk"))


def _scope_of(run):
    if run.practice_id is None:
        return tenancy.EVERYTHING
    return tenancy.of_practice(run.practice_id)


def _consent(vendor, address, membership, simulators):
    if vendor == "fullscript":
        people = simulators.holds("fullscript")["practitioners"].values()
        person = next(p["id"] for p in people if p["email"] == membership.user.email)
        return {"answer": "authorize", "person": person}
    asked = dict(parse_qsl(urlsplit(address).query))
    return asked | {"decision": "allow", "practitioner": membership.user.email}


class _Session(dict):
    def save(self):
        """What Django's session would store."""
