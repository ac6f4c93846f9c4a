"""The desk of connections: staff ask, a worker calls the vendor, the row tells the outcome."""

import datetime as dt
import re
from html import unescape

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from practice import errands, rights, sealing, tenancy
from practice.models import AuditEntry, Connection
from tests import dance
from tests.factories import ConnectionFactory, MembershipFactory, UserFactory, staff_user
from tests.recommendations.conftest import make_harbor

LIST = "/admin/practice/connection/"
BOTH = pytest.mark.parametrize("vendor", ["fullscript", "wholescripts"])


@pytest.fixture
def staff(db):
    browser = Client(headers={"x-forwarded-proto": "https"})
    browser.user = staff_user(email="op@staff.example")
    browser.force_login(browser.user)
    return browser


@pytest.fixture
def harbor(db):
    return make_harbor()


@pytest.fixture
def connected(client, harbor, simulators):
    """Nora, connected at a vendor over real HTTP."""
    client.force_login(harbor.nora.user)

    def connect(vendor):
        dance.connect(client, simulators, "harbor", vendor)
        return of(harbor)

    return connect


def of(harbor):
    with harbor.unit():
        return Connection.objects.select_related("membership__user", "practice").get()


def asked(staff, deed, *rows, **given):
    page = staff.post(LIST, {"action": deed, "_selected_action": [row.pk for row in rows]})
    return staff.post(LIST, {"confirmed": page.context["token"], **given}, follow=True)


def worked(harbor, connection, now=None):
    with harbor.scope():
        errands.run(connection.pk, now or timezone.now())
    return of(harbor)


@BOTH
def test_a_test_is_a_real_call_of_a_worker(connected, harbor, staff, simulators, vendor):
    connection = connected(vendor)
    simulators.clear_log(vendor)
    asked(staff, "test", connection)
    assert (of(harbor).errand, simulators.log(vendor)) == ("test", [])
    after = worked(harbor, connection)
    assert (after.errand, after.errand_outcome) == ("", "Test: it works.")
    assert simulators.log(vendor)
    assert "Test: it works. (0\xa0minutes ago)" in staff.get(LIST).content.decode()


def test_a_test_that_fails_says_the_class_of_error_in_plain_words(
    connected, harbor, staff, simulators
):
    connection = connected("wholescripts")
    simulators.fault(
        "wholescripts", "status", path="(?i)ReferralCodes", params={"code": 503}, times=0
    )
    asked(staff, "test", connection)
    after = worked(harbor, connection)
    assert after.errand_outcome == "Test: Unavailable: it did not answer; try again later."
    assert after.last_error == "Unavailable"


@BOTH
def test_a_refresh_brings_new_tokens(connected, harbor, staff, vendor):
    connection = connected(vendor)
    asked(staff, "refresh", connection)
    after = worked(harbor, connection)
    assert after.errand_outcome == "Refresh: new tokens are here."
    assert after.access_token != connection.access_token
    assert after.token_at > connection.token_at


@BOTH
def test_a_revoke_ends_it_there_and_here(connected, harbor, staff, simulators, vendor):
    connection = connected(vendor)
    asked(staff, "revoke", connection, reason="The clinician left")
    after = worked(harbor, connection)
    assert (after.state, after.access_token) == ("disconnected", "")
    assert after.errand_outcome == "Revoke: disconnected there and here."
    paths = [call["path"] for call in simulators.log(vendor)]
    assert any(path.endswith(("/revoke", "/Logout")) for path in paths)


def test_a_reconnect_mail_goes_to_the_clinician_in_plain_words(harbor, staff):
    with harbor.unit():
        connection = ConnectionFactory(membership=harbor.nora, state="needs_reconnect")
    asked(staff, "remind", connection)
    after = worked(harbor, connection)
    [message] = mail.outbox
    assert message.to == [dance.NORA]
    assert "can no longer reach your WholeScripts account at Harbor" in message.body
    assert "/harbor/connections/" in message.body
    assert after.errand_outcome == "Reconnect mail: sent."


def test_who_left_gets_no_mail(harbor, staff):
    with tenancy.unit(tenancy.EVERYTHING):
        left = MembershipFactory(practice=harbor.practice, deactivated_at=timezone.now())
        connection = ConnectionFactory(membership=left, state="needs_reconnect", errand="remind")
    after = worked(harbor, connection)
    assert (mail.outbox, "no longer works there" in after.errand_outcome) == ([], True)


def test_tokens_that_do_not_open_are_told(harbor, staff):
    with harbor.unit():
        connection = ConnectionFactory(
            membership=harbor.nora, state="active", access_token="x:y", errand="test"
        )
    assert worked(harbor, connection).errand_outcome.startswith(
        "Test: AccessRevoked: Our keys do not open"
    )


def test_one_errand_at_a_time_and_none_without_tokens(harbor, staff):
    with tenancy.unit(tenancy.EVERYTHING):
        busy = ConnectionFactory(membership=harbor.nora, access_token="x", errand="revoke")
        empty = ConnectionFactory(membership=harbor.nora, vendor="fullscript")
    page = asked(staff, "test", busy, empty)
    assert [str(message) for message in page.context["messages"]] == [
        "Left alone, no tokens or still waiting: 2 connections."
    ]


def test_an_errand_is_found_again_when_its_nudge_or_worker_is_lost(harbor, staff):
    now = timezone.now()
    with harbor.unit():
        connection = ConnectionFactory(membership=harbor.nora, errand="remind")
    key = (harbor.practice.pk, connection.pk)
    with tenancy.declare(tenancy.EVERYTHING):
        assert errands.due(now) == [key]
        with tenancy.unit():
            Connection.objects.update(errand_until=now + dt.timedelta(minutes=3))
        assert errands.due(now) == []
        assert errands.due(now + dt.timedelta(minutes=4)) == [key]


def test_two_workers_run_an_errand_once(harbor, staff):
    with harbor.unit():
        connection = ConnectionFactory(membership=harbor.nora, errand="remind")
    worked(harbor, connection)
    worked(harbor, connection)
    assert len(mail.outbox) == 1


def test_the_trail_names_who_asked_and_why(harbor, staff):
    with harbor.unit():
        connection = ConnectionFactory(membership=harbor.nora, access_token="x", state="active")
    asked(staff, "revoke", connection, reason="The clinician left")
    with tenancy.unit(tenancy.EVERYTHING):
        entries = AuditEntry.objects.filter(kind="practice.connection", via="admin").order_by("id")
        did, changed = entries
    assert {did.who, changed.who} == {"op@staff.example"}
    assert {did.reason, changed.reason} == {"The clinician left"}
    assert (did.detail, changed.detail) == ({"deed": "Revoke"}, {"errand": ["", "revoke"]})


def test_neither_list_nor_page_shows_a_token(harbor, staff):
    with harbor.unit():
        connection = ConnectionFactory(membership=harbor.nora, state="active")
        sealing.seal(connection, "access_token", "very-secret")
        connection.refresh_token = connection.access_token
        connection.save()
    for page in (LIST, f"{LIST}{connection.pk}/change/"):
        words = staff.get(page).content.decode()
        assert connection.access_token not in words
        assert "very-secret" not in words


def test_missing_scopes_are_named(harbor, staff):
    with harbor.unit():
        connection = ConnectionFactory(
            membership=harbor.nora,
            vendor="fullscript",
            state="active",
            scopes="clinic:read Clinic:Write patients:read patients:write catalog:read",
        )
    words = staff.get(f"{LIST}{connection.pk}/change/").content.decode()
    for scope in ("patients:order_history", "patients:treatment_plan_history"):
        [may] = rights.words("fullscript", [scope])
        assert f"{scope} ({may})" in unescape(words)


def test_the_list_does_the_same_queries_for_ten_rows_and_two_hundred(harbor, staff, queries):
    counts = []
    for many in (10, 190):
        with tenancy.unit(tenancy.EVERYTHING):
            user = UserFactory()
            people = [MembershipFactory(user=user) for _ in range(many)]
            Connection.objects.bulk_create(
                Connection(practice=one.practice, membership=one, vendor="fullscript")
                for one in people
            )
        with queries() as done:
            assert staff.get(LIST).status_code == 200
        counts.append(len(done))
    assert counts[0] == counts[1]


def test_staff_set_what_packs_are_ordered_as_and_it_is_in_the_trail(harbor, staff):
    with harbor.unit():
        connection = ConnectionFactory(membership=harbor.nora, vendor="wholescripts")
    given = {"pack_sku": "000000000200000777", "cartons_as_packs": "on", "reason": "Agreed by mail"}
    asked(staff, "set_packs", connection, **given)
    after = of(harbor)
    assert (after.pack_sku, after.cartons_as_packs) == ("000000000200000777", True)
    with tenancy.unit(tenancy.EVERYTHING):
        entries = AuditEntry.objects.filter(practice=harbor.practice, reason="Agreed by mail")
        assert any("pack_sku" in entry.detail for entry in entries)


def test_setting_packs_begins_with_what_is_set(harbor, staff):
    with harbor.unit():
        connection = ConnectionFactory(
            membership=harbor.nora,
            vendor="wholescripts",
            pack_sku="000000000200000777",
            cartons_as_packs=True,
        )
    page = staff.post(LIST, {"action": "set_packs", "_selected_action": [connection.pk]})
    shown = page.content.decode()
    assert 'value="000000000200000777"' in shown
    assert re.search(r'name="cartons_as_packs"[^>]*checked', shown)


@pytest.mark.parametrize("sku", ["633", "0000000002000006330", "00000000020000063X"])
def test_a_pack_product_is_18_digits(harbor, staff, sku):
    with harbor.unit():
        connection = ConnectionFactory(membership=harbor.nora, vendor="wholescripts")
    asked(staff, "set_packs", connection, pack_sku=sku, reason="Typo")
    assert of(harbor).pack_sku == ""


def test_a_vendor_that_makes_no_packs_is_left_alone(harbor, staff):
    with harbor.unit():
        connection = ConnectionFactory(membership=harbor.nora, vendor="fullscript")
    answer = asked(staff, "set_packs", connection, pack_sku="000000000200000777", reason="Wrong")
    assert "packs are not made" in answer.content.decode()
    assert of(harbor).pack_sku == ""
