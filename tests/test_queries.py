"""How many statements a page costs (goal P1): the same for a few rows and for many.

Beside those counted here, every page opens two units: BEGIN, COMMIT and one hand-over of
the scope each. The session, the user, and their practices are among those counted.
"""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from catalog import words
from catalog.models import Favourite, FormularyEntry, Listing, Product
from deliveries.models import Delivery
from practice import tenancy, timeline
from practice.models import Connection, PatientLink
from practice.roles import Role
from recommendations.models import (
    Dose,
    LabOrder,
    LabResult,
    Order,
    OrderReading,
    Plan,
    PlanItem,
    Sending,
)
from tests.factories import PatientFactory
from tests.recommendations.conftest import make_harbor

FRAME = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT", "SELECT set_config")
LIST, DETAIL = 8, 12
TODAY = 21  # one or two for each card, of which every app has some

PAGES = {
    "practice:today": TODAY,
    "practice:patient-list": LIST,
    # Among them duplicates, the household, plans made there, own accounts that know the address,
    # labs, and four for orders there.
    "practice:patient-detail": 22,
    "practice:connection-list": LIST,
    "practice:audit-list": LIST,
    "practice:practice-settings": 9,
    # How the reading of the catalogues is doing, what the formulary says, what is at risk.
    "catalog:product-list": 12,
    "catalog:product-detail": DETAIL,
    "catalog:formulary-list": LIST,
    "catalog:favourite-list": LIST,
    "recommendations:at-risk-list": 14,  # what is at risk, whom it touches, and the ways out
    "recommendations:product-add": DETAIL,
    "recommendations:plan-list": LIST,
    "recommendations:plan-detail": DETAIL,
    "recommendations:plan-review": DETAIL,
    "recommendations:plan-sheet": DETAIL,
    "recommendations:order-list": 13,
    "recommendations:lab-detail": LIST,
    "deliveries:delivery-list": LIST,
    "deliveries:delivery-detail": DETAIL,
}


def shelf(count):
    now = timezone.now()
    with tenancy.unit(tenancy.EVERYTHING):
        products = [Product.objects.create(name=f"Product {n}") for n in range(count)]
        listings = [
            Listing.objects.create(
                vendor="wholescripts",
                sku=f"{n}",
                kind="bottle",
                name=product.name,
                product=product,
                first_seen_at=now,
                seen_at=now,
            )
            for n, product in enumerate(products)
        ]
        words.refresh([product.pk for product in products], None)
        return listings


def fill(harbor, count):
    """Rows of every kind; the ids that the detail pages are asked for."""
    practice, now = harbor.practice, timezone.now()
    listings = shelf(count)
    with harbor.unit():
        harbor.nora.role = Role.OWNER
        harbor.nora.save()
        Connection.objects.create(
            practice=practice, membership=harbor.nora, vendor="wholescripts", state="active"
        )
        plan = Plan.objects.create(practice=practice, patient=harbor.patient, clinician=harbor.nora)
        for n, listing in enumerate(listings):
            other = PatientFactory(practice=practice)
            Plan.objects.create(practice=practice, patient=other, clinician=harbor.nora)
            item = PlanItem.objects.create(practice=practice, plan=plan, listing=listing)
            Dose.objects.create(practice=practice, item=item, slot="breakfast", quantity=1)
            timeline.note(harbor.patient, "plan", "Something", source=f"test:{n}", happened_at=now)
            parcel = Delivery.objects.create(
                practice=practice,
                patient=harbor.patient,
                booked_by=harbor.nora,
                delivery_date=dt.date(2026, 7, 28),
                recipient_name="Elena Marsh",
                address_line="100 Sample Ave, Tampa, FL 33602",
            )
        lab = bought(harbor, plan, listings, now)
        spoken_of(harbor, listings, now)
    numbers = {"patient": harbor.patient.pk, "plan": plan.pk, "delivery": parcel.pk}
    numbers |= {"order": harbor.patient.pk, "lab": lab.pk}
    return numbers | {"product": listings[0].product_id}


def spoken_of(harbor, listings, now):
    """Each product is starred, and in the formulary."""
    own = {"practice": harbor.practice}
    for listing in listings:
        about = own | {"product_id": listing.product_id}
        Favourite.objects.create(membership=harbor.nora, **about)
        FormularyEntry.objects.create(
            standing="preferred", decided_by=harbor.nora, decided_at=now, **about
        )


def bought(harbor, plan, listings, now):
    """An order for each of `listings`, and a laboratory order with as many results."""
    own = {"practice": harbor.practice}
    account = Connection.objects.create(
        membership=harbor.nora, vendor="fullscript", state="active", account_id="c1", **own
    )
    at = {"vendor": "fullscript", "account_id": "c1", "vendor_patient_id": "v1"}
    link = PatientLink.objects.create(
        patient=harbor.patient, evidence="confirmed", linked_at=now, **at, **own
    )
    OrderReading.objects.create(link=link, read_at=now, **own)
    Sending.objects.create(
        plan=plan, vendor="fullscript", connection=account, vendor_plan_id="p1", road="api", **own
    )
    theirs = {"patient": harbor.patient, "read_at": now} | at | own
    lab = LabOrder.objects.create(
        connection=account,
        vendor_lab_order_id="l1",
        state="ready",
        first_seen_at=now,
        changed_at=now,
        **theirs,
    )
    for n, listing in enumerate(listings):
        line = {"sku": listing.sku, "name": "", "quantity": 1, "kind": "supplement", "raw_kind": ""}
        Order.objects.create(vendor_order_id=f"{n}", lines=[line], plan_ids=["p1"], **theirs)
        LabResult.objects.create(order=lab, vendor_result_id=f"{n}", **own)
    return lab


def cost(client, numbers, name):
    noun = name.split(":")[1].split("-")[0]
    ends = ("-detail", "-review", "-sheet", "-add")
    is_one = name.endswith(ends) or noun == "order"
    path = reverse(name, args=["harbor", *([numbers[noun]] if is_one else [])])
    client.get(path)
    with CaptureQueriesContext(connection) as seen:
        assert client.get(path).status_code == 200
    return [q["sql"] for q in seen.captured_queries if not q["sql"].startswith(FRAME)]


@pytest.fixture(params=[10, 200], ids="{} rows".format)
def filled(request, db, client):
    harbor = make_harbor()
    client.force_login(harbor.nora.user)
    return fill(harbor, request.param)


def test_pages_keep_to_their_number_of_statements(filled, client):
    asked = {name: cost(client, filled, name) for name in PAGES}
    too_many = {name: "\n".join(sql) for name, sql in asked.items() if len(sql) > PAGES[name]}
    assert not too_many, str({name: len(sql) for name, sql in asked.items()})
