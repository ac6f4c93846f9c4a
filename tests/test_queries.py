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

from catalog.models import Listing, Product
from deliveries.models import Delivery
from practice import tenancy, timeline
from practice.models import Connection
from practice.roles import Role
from recommendations.models import Dose, Plan, PlanItem
from tests.factories import PatientFactory
from tests.recommendations.conftest import make_harbor

FRAME = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT", "SELECT set_config")
LIST, DETAIL = 8, 12
TODAY = 16  # one or two for each card, of which every app has some

PAGES = {
    "practice:today": TODAY,
    "practice:patient-list": LIST,
    "practice:patient-detail": 16,  # among them duplicates, the household, plans made there, labs
    "practice:connection-list": LIST,
    "practice:audit-list": LIST,
    "practice:practice-settings": 9,
    "catalog:product-list": 10,  # two of them say how the reading of the catalogues is doing
    "catalog:product-detail": LIST,
    "recommendations:plan-list": LIST,
    "recommendations:plan-detail": DETAIL,
    "recommendations:plan-review": DETAIL,
    "recommendations:plan-sheet": DETAIL,
    "deliveries:delivery-list": LIST,
    "deliveries:delivery-detail": DETAIL,
}


def shelf(count):
    now = timezone.now()
    with tenancy.unit(tenancy.EVERYTHING):
        products = [Product.objects.create(name=f"Product {n}") for n in range(count)]
        return [
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
    numbers = {"patient": harbor.patient.pk, "plan": plan.pk, "delivery": parcel.pk}
    return numbers | {"product": listings[0].product_id}


def cost(client, numbers, name):
    noun = name.split(":")[1].split("-")[0]
    is_one = name.endswith(("-detail", "-review", "-sheet"))
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
    assert not too_many, {name: len(sql) for name, sql in asked.items()}
