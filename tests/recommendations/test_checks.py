"""What a clinician is warned of before signing, and the reasons that stay with the plan."""

from decimal import Decimal

import pytest
from django.utils import timezone

from catalog.facts_panel import FactsPanel, Ingredient
from catalog.models import Product
from practice import tenancy
from recommendations import checks, outgoing
from recommendations.models import Dose, PackPill, PlanItem
from tests.recommendations.rows import Desk

pytestmark = pytest.mark.django_db

ZINC = FactsPanel(Decimal(1), "capsule", ingredients=(Ingredient("Zinc", "", Decimal(50), "mg"),))
SOFT = FactsPanel(others=("Gelatin", "Soy lecithin"), allergens=("soy",))
TURMERIC = FactsPanel(ingredients=(Ingredient("Turmeric root extract"),))


@pytest.fixture
def desk():
    return Desk()


def add(desk, panel=None, doses=1, **fields):
    listing = desk.listing(facts=panel.as_json() if panel else {}, **fields)
    with desk.opened():
        item = PlanItem.objects.create(practice=desk.practice, plan=desk.plan, listing=listing)
        if doses:
            Dose.objects.create(practice=desk.practice, item=item, slot="bedtime", quantity=doses)
    return listing


def checked(desk):
    with desk.opened():
        return checks.of(desk.patient, outgoing.parts(desk.plan))


def titles(desk):
    return [alert.title for alert in checked(desk).alerts]


def test_a_dose_above_the_upper_limit_is_said_with_its_source(desk):
    add(desk, ZINC, name="Zinc 50")
    [alert] = checked(desk).alerts
    assert alert.title == "Zinc: 50 mg a day, 125% of the upper limit"
    assert "Zinc 50: Zinc 50 mg × 1" in alert.evidence
    assert "40 mg (Institute of Medicine" in alert.evidence


@pytest.mark.parametrize(
    ("allergies", "panel", "evidence"),
    [
        ("Soy", SOFT, "Its label names soy, “Soy lecithin”."),
        ("soybeans, dairy", FactsPanel(allergens=("milk",)), "Its label names milk."),
        ("Turmeric", TURMERIC, "Its label names “Turmeric root extract”."),
        ("coeliac", FactsPanel(allergens=("wheat",)), "Its label names wheat."),
    ],
)
def test_a_patients_allergy_is_held_against_every_label(desk, allergies, panel, evidence):
    desk.patient.allergies = allergies
    add(desk, panel, name="Softgels")
    [alert] = checked(desk).alerts
    assert alert.title.startswith("Softgels, and the patient's allergy: ")
    assert alert.evidence == evidence


@pytest.mark.parametrize("allergies", ["", "Penicillin", "none known", "allergic to the egg"])
def test_what_no_label_holds_is_no_alert(desk, allergies):
    desk.patient.allergies = allergies
    add(desk, SOFT)
    add(desk)
    found = checked(desk)
    assert found.alerts == ()
    assert found.coverage == "1 of 2"


def test_a_pills_label_is_that_of_its_bottle(desk):
    bottle = desk.listing(name="Bottle", facts=SOFT.as_json())
    pill = desk.listing(name="Pill", kind="pill", bottle=bottle)
    pack = desk.pack()
    with desk.opened():
        own = {"practice": desk.practice, "pack": pack, "listing": pill}
        PackPill.objects.create(slot="breakfast", quantity=1, **own)
    assert titles(desk) == ["Pill, and the patient's allergy: Soy"]


def test_a_product_twice_what_is_gone_and_what_is_out_of_stock_are_said(desk):
    with tenancy.unit(tenancy.EVERYTHING):
        product = Product.objects.create(name="Calm")
    add(desk, name="Calm", product=product, retired_at=timezone.now())
    add(desk, name="Calm 2", product=product, stock=0, vendor="fullscript")
    assert titles(desk) == [
        "Calm 2 is on the plan 2 times",
        "Calm 2 is out of stock",
        "Calm is no longer offered",
    ]


def test_reasons_typed_are_kept_where_the_plan_cannot_be_signed_yet(desk):
    add(desk, ZINC)
    [alert] = checked(desk).alerts
    reason = {f"reason:{alert.key}": "Short course, copper beside it"}
    answer = desk.post("plan-sign", desk.plan.pk, data=reason, htmx=False)
    assert answer.status_code == 422
    assert 'value="Short course, copper beside it"' in answer.content.decode()
