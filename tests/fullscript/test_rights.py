"""Rights: compared before a call, told in plain words, and what a 403 leads to."""

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from practice import attention, connect, refusals, tenancy
from practice.models import Connection, VendorRefusal
from practice.vendors.contract import Ability, AccessRevoked
from recommendations import outgoing
from recommendations.models import Sending
from tests import dance
from tests.factories import staff_user
from tests.recommendations.conftest import make_harbor
from tests.recommendations.rows import Desk
from tests.simulators.fullscript.app import SCOPES

pytestmark = pytest.mark.django_db
REFUSALS = "/admin/practice/vendorrefusal/"


@pytest.fixture
def harbor():
    return make_harbor()


@pytest.fixture
def connected(client, harbor, simulators):
    """Nora's connection, made while our application had these scopes."""
    client.force_login(harbor.nora.user)

    def connect_with(*scopes):
        simulators.configure("fullscript", scopes=list(scopes))
        dance.connect(client, simulators, "harbor", "fullscript")
        simulators.clear_log("fullscript")
        with harbor.unit():
            return Connection.objects.select_related("membership__user", "practice").get()

    return connect_with


@pytest.fixture
def staff():
    browser = Client(headers={"x-forwarded-proto": "https"})
    browser.force_login(staff_user())
    return browser


def called(harbor, connection, act):
    with harbor.scope():
        return connect.call(connection, act)


def refused(harbor, connection, act):
    with pytest.raises(AccessRevoked) as raised:
        called(harbor, connection, act)
    return raised.value


def without(scope):
    return [one for one in SCOPES if one != scope]


def test_a_missing_scope_sends_nothing_and_leaves_the_connection_alone(
    harbor, connected, simulators
):
    connection = connected(*without("patients:read"))
    error = refused(harbor, connection, lambda client: client.search_patients("Marsh"))
    assert error.missing == {"patients:read"}
    assert simulators.log("fullscript") == []
    called(harbor, connection, lambda client: client.account(connection.tokens()))
    with harbor.unit():
        connection.refresh_from_db()
    assert (connection.state, connection.last_error) == ("active", "")


def test_the_connections_page_says_what_is_missing_and_why_connecting_again_helps(
    client, harbor, connected
):
    connected(*without("patients:order_history"))
    words = client.get("/harbor/connections/").content.decode()
    assert "Regimen may not read what your patients ordered" in words
    assert "rights of the day it was made: connecting again adds what is missing" in words


def test_coming_back_without_a_right_says_that_the_operator_has_to_ask(client, harbor, simulators):
    client.force_login(harbor.nora.user)
    simulators.configure("fullscript", scopes=without("patients:order_history"))
    answer = dance.connect(client, simulators, "harbor", "fullscript")
    words = client.get(answer["Location"]).content.decode()
    assert "did not let Regimen: read what your patients ordered. All else works." in words


def test_linking_a_patient_says_what_is_missing(client, harbor, connected):
    connected(*without("patients:read"))
    page = client.get(f"/harbor/patients/{harbor.patient.pk}/at/fullscript/")
    words = page.content.decode()
    assert page.status_code == 503
    assert "Regimen may not read your patients and the plans made by Regimen" in words
    assert "Open Connections and connect again" in words


@pytest.mark.parametrize("granted", [[], ["plans"]])
def test_the_review_says_what_is_missing_before_signing(settings, granted):
    settings.VENDOR_RIGHTS = {"fullscript": granted}
    desk = Desk()
    desk.add(vendor="fullscript")
    with desk.opened():
        Connection.objects.update_or_create(
            practice=desk.practice,
            membership=desk.clinician,
            vendor="fullscript",
            defaults={"state": "active", "scopes": "catalog:read", "email": ""},
        )
        [part] = [p for p in outgoing.parts(desk.plan) if p.vendor.key == "fullscript"]
    assert "act for you as a practitioner there" in part.problems[0]
    page = desk.get("plan-review", desk.plan.pk).content.decode()
    assert "connect Fullscript again, then come back" in page


def test_staff_read_each_missing_scope_with_its_meaning(connected, staff):
    connection = connected(*without("patients:order_history"))
    page = f"/admin/practice/connection/{connection.pk}/change/"
    words = staff.get(page).content.decode()
    assert "patients:order_history (read what your patients ordered)" in words


# --- 403


def test_a_403_on_a_restricted_endpoint_is_no_right_of_ours_for_a_day(
    harbor, connected, simulators
):
    connection = connected(*SCOPES)
    simulators.configure("fullscript", granted=[])
    assert connect.offers("fullscript", Ability.CATALOGUE)
    refused(harbor, connection, lambda client: client.products())
    assert not connect.offers("fullscript", Ability.CATALOGUE)
    paths = [call["path"] for call in simulators.log("fullscript")]
    assert paths == ["/api/catalog/products"]  # once, and no refresh
    row = VendorRefusal.objects.get()
    assert (row.operation, row.times) == ("products", 1)
    assert row.request_id
    later = timezone.now() + refusals.STANDS
    assert not refusals.standing(later).exists()


def test_plans_take_the_frame_while_the_api_is_refused(settings):
    settings.VENDOR_RIGHTS = {"fullscript": ["plans"]}
    desk = Desk()
    desk.add(vendor="fullscript")
    with desk.opened():
        [before] = [p for p in outgoing.parts(desk.plan) if p.vendor.key == "fullscript"]
        assert before.road == Sending.Road.API
        refusals.note("fullscript", "create_plan", "r1", timezone.now())
        assert before.road == Sending.Road.HAND_OVER


def test_a_403_elsewhere_marks_nothing_and_says_so(client, harbor, connected, simulators):
    connection = connected(*SCOPES)
    simulators.fault("fullscript", "status", params={"code": 403, "body": {"error": "No."}})
    error = refused(harbor, connection, lambda client: client.hand_over())
    assert error.message == "No."
    assert not VendorRefusal.objects.exists()
    assert len(simulators.log("fullscript")) == 1
    words = client.get("/harbor/connections/").content.decode()
    assert "Fullscript did not allow a request" in words
    assert error.request_id in words


def test_what_works_again_is_offered_again(harbor, connected):
    connection = connected(*SCOPES)
    refusals.note("fullscript", "products", "r1", timezone.now())
    assert not connect.offers("fullscript", Ability.CATALOGUE)
    called(harbor, connection, lambda client: client.products())
    assert connect.offers("fullscript", Ability.CATALOGUE)


def test_a_right_refused_again_after_it_was_lifted_counts_again():
    now = timezone.now()
    refusals.note("fullscript", "products", "r1", now)
    refusals.lift(VendorRefusal.objects.all(), now)
    assert not refusals.standing(now).exists()
    refusals.note("fullscript", "products", "r2", now + dt.timedelta(seconds=1))
    row = refusals.standing(now).get()
    assert (row.times, row.request_id) == (2, "r2")


def test_staff_are_told_and_may_lift_it(staff):
    refusals.note("fullscript", "products", "r-17", timezone.now())
    with tenancy.unit(tenancy.EVERYTHING):
        figures = {figure.label: figure.count for figure in attention.figures(None, timezone.now())}
    assert figures["Rights that a vendor refuses"] == 1
    row = VendorRefusal.objects.get()
    assert "r-17" in staff.get(f"{REFUSALS}{row.pk}/change/").content.decode()
    page = staff.post(REFUSALS, {"action": "lift", "_selected_action": [row.pk]})
    staff.post(REFUSALS, {"confirmed": page.context["token"], "reason": "Granted"}, follow=True)
    assert connect.offers("fullscript", Ability.CATALOGUE)


def test_the_check_list_of_a_practice_names_the_refused_right(staff, harbor):
    refusals.note("fullscript", "products", "r1", timezone.now())
    page = staff.get(f"/admin/practice/practice/{harbor.practice.pk}/change/").content.decode()
    assert "Refused: products" in page
