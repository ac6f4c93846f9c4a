"""The pages of orders and laboratory orders."""

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from catalog.models import Listing, Product
from practice import tenancy
from practice.models import AuditEntry
from practice.roles import Role
from recommendations import labs, results, supply
from recommendations.models import Dose, LabOrder, LabResult, Order
from tests.factories import MembershipFactory


@pytest.fixture
def patient_page(elena):
    return f"/harbor/patients/{elena.harbor.patient.pk}/"


@pytest.fixture
def orders_page(elena):
    return f"/harbor/plans/orders/{elena.harbor.patient.pk}"


@pytest.fixture
def reported(elena):
    """The page of a laboratory order with two results that are here."""
    elena.link()
    lab_order_id = elena.buys()
    elena.moves(lab_order_id, "results_ready")
    elena.reads()
    elena.fetches()
    [order] = elena.labs()
    return f"/harbor/plans/laboratory/{order.pk}/"


def text(client, path):
    answer = client.get(path)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def in_bottles(elena, count="60", unit="Capsules", quantity=1, **dose):
    """Elena's order of three of what our plan of one a day has; the plan's item."""
    elena.simulators.configure("fullscript", granted=["products", "plans"])
    with tenancy.unit(tenancy.EVERYTHING):
        Listing.objects.update(count=count, count_unit=unit)
    elena.link()
    sending = elena.signed()
    plan_id = elena.made_there(units=3)
    elena.post(sending, "activated", plan_id=plan_id)
    elena.simulators.act("fullscript/order", plan_id=plan_id)
    with elena.harbor.unit():
        Dose.objects.update(quantity=quantity, **dose)
    elena.reads()
    return sending


def test_an_order_from_our_plan_says_how_long_it_lasts_and_why(elena, orders_page):
    sending = in_bottles(elena, quantity=2)
    [order] = elena.orders()
    placed_on = order.placed_at.astimezone(elena.harbor.practice.zone).date()
    until = placed_on + dt.timedelta(days=90)
    shown = text(elena.client, orders_page)
    assert f"{until:%b} {until.day}, {until.year}" in shown
    assert "3 × 60 capsules, 2 a day on the plan, from the day of the order" in shown
    assert f'<a href="/harbor/plans/{sending.plan_id}/review">' in shown


@pytest.mark.parametrize(
    "changed",
    [{"count": "300", "unit": "Grams"}, {"count": "a few"}, {"slot": "as_needed"}],
)
def test_nothing_is_said_of_a_supply_that_is_not_in_numbers(elena, orders_page, changed):
    in_bottles(elena, **changed)
    shown = text(elena.client, orders_page)
    assert "Calm Magnesium" in shown
    assert "Supply until" not in shown


@pytest.mark.parametrize(
    ("count", "unit", "form", "held"),
    [
        ("60", "Capsules", "", 60),
        ("60", "", "capsule", 60),
        ("60", "", "", None),
        ("8", "Fluid ounces", "capsule", None),
        ("-3", "Tablets", "", None),
        ("", "Tablets", "", None),
    ],
)
def test_a_bottle_holds_a_number_only_of_what_is_counted(count, unit, form, held):
    listing = Listing(count=count, count_unit=unit, product=Product(form=form))
    assert supply.held_by(listing) == held


def test_the_patients_page_shows_the_last_orders_and_leads_to_all(elena, patient_page, orders_page):
    assert "All orders" not in text(elena.client, patient_page)
    elena.link()
    assert "is being read" in text(elena.client, patient_page)
    elena.reads()
    assert "Nothing was ordered" in text(elena.client, patient_page)
    elena.buys()
    elena.simulators.act("fullscript/order", plan_id=elena.made_there())
    elena.reads(later=30)
    shown = text(elena.client, patient_page)
    assert "1 product" in shown
    assert "Made-up Metabolic Panel" in shown
    assert orders_page in shown


def test_looking_again_reads_at_once_and_says_what_went_wrong(elena, orders_page, simulators):
    elena.link()
    elena.simulators.act("fullscript/order", plan_id=elena.made_there())
    assert elena.client.post(f"{orders_page}/again").status_code == 302
    assert "Read just now." in text(elena.client, orders_page)
    simulators.fault("fullscript", "status", path="/orders$", params={"code": 503})
    elena.client.post(f"{orders_page}/again")
    shown = text(elena.client, orders_page)
    assert "Fullscript did not answer. Regimen asks again by itself." in shown
    assert "Calm Magnesium" in shown


def test_an_order_with_a_refund_shows_the_vendors_own_word(elena, orders_page, simulators):
    simulators.knob("fullscript", order_details=True)
    elena.link()
    made = simulators.act("fullscript/order", plan_id=elena.made_there())
    simulators.act("fullscript/refund", order_id=made["order"]["id"])
    elena.reads()
    shown = text(elena.client, orders_page)
    assert "Refunded" in shown
    assert "59.97" not in shown


def test_a_laboratory_order_says_where_it_stands_and_what_comes_next(elena):
    elena.link()
    elena.moves(elena.buys(), "processing")
    elena.reads()
    shown = text(elena.client, f"/harbor/plans/laboratory/{elena.labs()[0].pk}/")
    assert "Sample at the laboratory" in shown
    assert "Next, the laboratory reports." in shown
    assert "As Fullscript said just now." in shown
    assert "No result so far" in shown


@pytest.mark.parametrize("state", LabOrder.State)
def test_every_state_has_its_words_and_its_picture(elena, state):
    elena.link()
    elena.buys()
    elena.reads()
    with elena.harbor.unit():
        LabOrder.objects.update(state=state, raw_state="some_word")
    order = elena.labs()[0]
    shown = text(elena.client, f"/harbor/plans/laboratory/{order.pk}/")
    assert order.state_in_words in shown
    assert f'#state-{order.shown_as}"' in shown


def test_a_result_is_opened_privately_and_that_is_noted(elena, reported):
    result = elena.results()[0]
    answer = elena.client.get(f"{reported}results/{result.pk}")
    assert answer.content.startswith(b"%PDF-")
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith("inline")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer["Cache-Control"]
    saved = elena.client.get(f"{reported}results/{result.pk}?save")
    assert saved["Content-Disposition"].startswith("attachment")
    with tenancy.unit(tenancy.EVERYTHING):
        seen = AuditEntry.objects.filter(action="viewed", kind="recommendations.labresult")
        assert {entry.patient_id for entry in seen} == {elena.harbor.patient.pk}


def test_an_amended_result_shows_both_versions(elena, reported):
    elena.moves(elena.labs()[0].vendor_lab_order_id, "results_amended")
    elena.tell()
    elena.fetches()
    shown = text(elena.client, reported)
    assert "Amended on" in shown
    assert "Earlier version" in shown


def test_tests_and_results_are_told_apart_and_never_paired(elena, reported):
    shown = text(elena.client, reported)
    assert shown.index("result 2") < shown.index("<li>Glucose</li>")
    assert "does not say which result answers which test" in shown


def test_a_result_that_was_given_up_says_why_and_is_fetched_when_asked_for(elena, simulators):
    simulators.knob("fullscript", lab_pdf="html")
    elena.link()
    elena.moves(elena.buys(), "partial_results")
    elena.reads()
    elena.fetches()
    with elena.harbor.unit():
        LabResult.objects.update(given_up=True)
    [result] = elena.results()
    path = f"/harbor/plans/laboratory/{result.order_id}/"
    assert results.NO_PDF in text(elena.client, path)
    elena.client.post(f"{path}results/{result.pk}/again")
    assert "The result could not be fetched." in text(elena.client, path)
    simulators.knob("fullscript", lab_pdf="pdf")
    elena.client.post(f"{path}results/{result.pk}/again")
    assert "The result is here." in text(elena.client, path)


# --- Today


def test_new_results_stand_on_today_until_whose_patient_it_is_opens_them(elena, reported):
    with tenancy.unit(tenancy.EVERYTHING):
        elena.harbor.patient.practitioner = elena.harbor.nora
        elena.harbor.patient.save()
        own = {"practice": elena.harbor.practice}
        helper = MembershipFactory(role=Role.ASSISTANT, is_clinician=False, **own)
        other = MembershipFactory(role=Role.PRACTITIONER, is_clinician=True, **own)
    links = [f"{reported}results/{result.pk}" for result in elena.results()]
    assert "2 results to open" in text(elena.client, "/harbor/")
    for member in (helper, other):
        browser = Client()
        browser.force_login(member.user)
        assert "New results" not in text(browser, "/harbor/")
        browser.get(links[0])
    assert "2 results to open" in text(elena.client, "/harbor/")
    for link in links:
        elena.client.get(link)
    assert "New results" not in text(elena.client, "/harbor/")


def test_nothing_of_laboratories_is_shown_in_canada(elena, settings, patient_page):
    elena.link()
    elena.buys()
    settings.VENDOR_ENVIRONMENTS = settings.VENDOR_ENVIRONMENTS | {"fullscript": "ca-snd"}
    with elena.harbor.unit():
        elena.connection.environment = "ca-snd"
        elena.connection.save()
    elena.reads()
    assert "Laboratory order" not in text(elena.client, patient_page)


def test_a_laboratory_order_of_a_link_that_was_taken_back_is_not_there(elena, reported):
    with elena.harbor.unit():
        Order.objects.update(vendor_patient_id="another")
        LabOrder.objects.update(vendor_patient_id="another")
    assert elena.client.get(reported).status_code == 404
    assert elena.polls(later=1000) == 0 or labs.due(timezone.now()) == []
