"""What plans add to a product's page, and what the formulary adds to plans."""

import pytest
from django.urls import reverse
from django.utils import timezone

from catalog import formulary, words
from catalog.models import Product, Standing
from practice import tenancy
from practice.models import AuditEntry
from recommendations import used
from recommendations.models import Dose, Plan, PlanItem
from tests.factories import MembershipFactory, PatientFactory, PracticeFactory
from tests.recommendations.rows import Desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk():
    desk = Desk()
    with tenancy.unit(tenancy.EVERYTHING):
        desk.product = Product.objects.create(name="Magnesium Calm")
        desk.listing = desk.listing(product=desk.product, name="Magnesium Calm")
        words.refresh([desk.product.pk], None)
    return desk


def signed(desk, quantity, slot="bedtime", practice=None):
    practice = practice or desk.practice
    with tenancy.unit(tenancy.EVERYTHING):
        plan = Plan.objects.create(
            practice=practice,
            patient=PatientFactory(practice=practice),
            clinician=MembershipFactory(practice=practice),
            state=Plan.State.SIGNED,
            signed_at=timezone.now(),
        )
        item = PlanItem.objects.create(practice=practice, plan=plan, listing=desk.listing)
        Dose.objects.create(practice=practice, item=item, slot=slot, quantity=quantity)
    return plan


def product_page(desk):
    address = reverse("catalog:product-detail", args=[desk.practice.slug, desk.product.pk])
    return desk.browser.get(address).content.decode()


def test_the_doses_written_most_often_come_first(desk):
    for quantity in (1, 2, 2):
        signed(desk, quantity)
    with desk.opened():
        found = used.of(desk.practice, desk.product)
    assert (found.plans, found.patients) == (3, 3)
    assert found.doses == (("Take 2 at bedtime.", 2), ("Take 1 at bedtime.", 1))


def test_other_practices_and_drafts_do_not_count(desk):
    signed(desk, 1, practice=PracticeFactory())
    desk.post("item-add", desk.plan.pk, data={"listing": desk.listing.pk})
    assert "On no signed plan of this practice yet" in product_page(desk)


def test_the_products_page_leads_to_the_open_drafts(desk):
    page = product_page(desk)
    assert desk.url("product-add", desk.product.pk) in page
    drafts = desk.get("product-add", desk.product.pk).content.decode()
    assert desk.patient.name in drafts
    assert f'value="{desk.listing.pk}"' in drafts


def test_what_is_added_there_is_on_the_plan_and_says_so(desk):
    answer = desk.post("item-add", desk.plan.pk, data={"listing": desk.listing.pk}, htmx=False)
    assert answer.status_code == 302
    assert "on the plan" in desk.get("product-add", desk.product.pk).content.decode()


def test_the_drafts_shown_are_in_the_trail(desk):
    desk.get("product-add", desk.product.pk)
    with desk.opened():
        entry = AuditEntry.objects.get(kind="recommendations:product-add")
    assert entry.detail["patients"] == [desk.patient.pk]


def test_the_builder_warns_of_what_is_avoided_and_adds_it_all_the_same(desk):
    with desk.opened():
        formulary.decide(
            desk.product, Standing.AVOID, "Recalled", by=desk.clinician, now=timezone.now()
        )
    found = desk.get("plan-search", desk.plan.pk, data={"q": "magnesium"}).content.decode()
    assert "Avoid here: Recalled" in found
    desk.post("item-add", desk.plan.pk, data={"listing": desk.listing.pk})
    assert len(desk.items()) == 1
