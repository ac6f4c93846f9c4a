"""Connecting at the vendors' own pages, over real HTTP."""

import datetime as dt
import re
import threading

import pytest
from django.utils import timezone

from practice import connect, tenancy
from practice.models import Connection
from practice.vendors.contract import AccessRevoked, Unavailable
from tests import dance
from tests.factories import MembershipFactory, UserFactory
from tests.recommendations.conftest import make_harbor

BOTH = pytest.mark.parametrize("vendor", ["fullscript", "wholescripts"])


@pytest.fixture
def harbor(db):
    return make_harbor()


@pytest.fixture
def nora(client, harbor):
    client.force_login(harbor.nora.user)
    return client


def person_id(simulators):
    people = simulators.holds("fullscript")["practitioners"].values()
    return next(person["id"] for person in people if person["email"] == dance.NORA)


def connection_of(harbor, vendor):
    with harbor.unit():
        return Connection.objects.select_related("membership__user").get(vendor=vendor)


@BOTH
def test_consent_activates_a_connection_with_sealed_tokens(nora, harbor, simulators, vendor):
    answer = dance.connect(nora, simulators, "harbor", vendor)
    assert answer["Location"] == "/harbor/connections/"
    connection = connection_of(harbor, vendor)
    assert connection.is_active
    assert connection.email == dance.NORA
    held = connection.tokens()
    assert held.access_token
    assert held.access_token not in connection.access_token


@BOTH
def test_a_state_is_taken_out_once(nora, harbor, simulators, vendor):
    there = nora.get(f"/harbor/connections/{vendor}/begin")
    back = dance.consent(there["Location"], simulators, vendor, dance.NORA)
    nora.get(f"{back.path}?{back.query}")
    again = nora.get(f"{back.path}?{back.query}", follow=True)
    assert "was not started here, or it was finished already" in again.content.decode()


@BOTH
def test_a_state_of_another_browser_connects_nothing(client, nora, harbor, simulators, vendor):
    there = nora.get(f"/harbor/connections/{vendor}/begin")
    back = dance.consent(there["Location"], simulators, vendor, dance.NORA)
    nora.logout()
    with harbor.unit():
        other = MembershipFactory(practice=harbor.practice, user=UserFactory())
    client.force_login(other.user)
    client.get(f"{back.path}?{back.query}")
    with harbor.unit():
        assert not Connection.objects.exists()


@BOTH
def test_a_state_that_was_not_given_out_connects_nothing(nora, harbor, simulators, vendor):
    there = nora.get(f"/harbor/connections/{vendor}/begin")
    back = dance.consent(there["Location"], simulators, vendor, dance.NORA)
    forged = re.sub(r"(?i)(state=)[^&]+", r"\1forged", back.query)
    nora.get(f"{back.path}?{forged}")
    with harbor.unit():
        assert not Connection.objects.exists()


@BOTH
def test_a_state_older_than_ten_minutes_is_refused(nora, harbor, simulators, vendor):
    there = nora.get(f"/harbor/connections/{vendor}/begin")
    back = dance.consent(there["Location"], simulators, vendor, dance.NORA)
    session = nora.session
    session["connecting"][0]["expires"] = (timezone.now() - dt.timedelta(seconds=1)).timestamp()
    session.save()
    answer = nora.get(f"{back.path}?{back.query}", follow=True)
    assert "longer than ten minutes" in answer.content.decode()


@BOTH
def test_a_cancelled_consent_changes_nothing(nora, harbor, simulators, vendor):
    dance.connect(nora, simulators, "harbor", vendor)
    before = connection_of(harbor, vendor)
    answer = nora.get(f"/connect/{vendor}/callback?error=access_denied", follow=True)
    assert "gave no access. Nothing was changed." in answer.content.decode()
    assert connection_of(harbor, vendor).access_token == before.access_token


@BOTH
def test_an_expired_token_is_refreshed_before_the_call(nora, harbor, simulators, vendor):
    dance.connect(nora, simulators, "harbor", vendor)
    connection = connection_of(harbor, vendor)
    with harbor.unit():
        connection.expires_at = timezone.now()
        connection.save()
    with harbor.scope():
        connect.client_for(connection)
    assert connection_of(harbor, vendor).expires_at > timezone.now()


def test_a_revoked_user_must_reconnect_once_and_is_not_asked_in_a_loop(nora, harbor, simulators):
    dance.connect(nora, simulators, "harbor", "fullscript")
    simulators.act("fullscript/revoke-person", person_id=person_id(simulators))
    connection = connection_of(harbor, "fullscript")
    with harbor.scope():
        for _ in range(2):
            with pytest.raises(AccessRevoked):
                connect.call(connection, lambda client: client.hand_over())
    assert connection_of(harbor, "fullscript").state == Connection.State.NEEDS_RECONNECT
    refreshes = [call for call in simulators.log("fullscript") if call["path"].endswith("/token")]
    assert len(refreshes) == 2  # the code's exchange, and one refresh


@BOTH
def test_disconnecting_revokes_there_and_forgets_here(nora, harbor, simulators, vendor):
    dance.connect(nora, simulators, "harbor", vendor)
    connection = connection_of(harbor, vendor)
    nora.post(f"/harbor/connections/{connection.pk}/disconnect")
    connection = connection_of(harbor, vendor)
    assert (connection.state, connection.access_token) == ("disconnected", "")
    paths = [call["path"] for call in simulators.log(vendor)]
    assert any(path.endswith(("/revoke", "/Logout")) for path in paths)


def test_a_long_host_name_is_an_environment(nora, harbor, simulators, settings):
    host = "testservices.wholescripts.com"
    settings.VENDOR_ENVIRONMENTS = settings.VENDOR_ENVIRONMENTS | {"wholescripts": host}
    dance.connect(nora, simulators, "harbor", "wholescripts")
    with harbor.unit():
        connection = Connection.objects.get()
    assert (connection.is_active, connection.environment) == (True, host)


def test_another_address_than_the_sign_ins_must_be_confirmed(nora, harbor, simulators):
    other = "samuel.okafor@harbor-integrative.example"
    dance.connect(nora, simulators, "harbor", "wholescripts", email=other)
    connection = connection_of(harbor, "wholescripts")
    assert connection.needs_email_confirmation
    nora.post(f"/harbor/connections/{connection.pk}/confirm-email")
    assert not connection_of(harbor, "wholescripts").needs_email_confirmation


def test_fifty_calls_with_an_expired_token_refresh_once(committed_db, client, simulators):
    from django.db import connection as database

    harbor = make_harbor()
    client.force_login(harbor.nora.user)
    dance.connect(client, simulators, "harbor", "wholescripts")
    held = connection_of(harbor, "wholescripts")
    with harbor.unit():
        Connection.objects.update(expires_at=timezone.now())
    simulators.clear_log("wholescripts")

    def ask():
        with tenancy.declare(tenancy.of_practice(harbor.practice.pk)):
            with tenancy.unit():
                mine = Connection.objects.get(pk=held.pk)
            connect.client_for(mine)
        database.close()

    threads = [threading.Thread(target=ask) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tokens = [c for c in simulators.log("wholescripts") if c["path"].endswith("/Token")]
    assert len(tokens) == 1


@BOTH
def test_a_refresh_without_an_answer_did_nothing_of_what_was_asked(
    nora, harbor, simulators, vendor
):
    """A plan that waits for a token is sent later; nobody has to look for it."""
    dance.connect(nora, simulators, "harbor", vendor)
    connection = connection_of(harbor, vendor)
    with harbor.unit():
        Connection.objects.update(expires_at=timezone.now())
    simulators.fault(vendor, "reset_after", method="POST", path="(?i)/token$", times=0)
    with harbor.scope(), pytest.raises(Unavailable) as failure:
        connect.call(connection, lambda client: pytest.fail("called without a token"))
    assert not failure.value.maybe_done


def test_a_late_refusal_does_not_end_a_connection_made_anew(nora, harbor, simulators):
    dance.connect(nora, simulators, "harbor", "fullscript")
    before = connection_of(harbor, "fullscript")
    dance.connect(nora, simulators, "harbor", "fullscript")
    with harbor.unit():
        before.require_reconnect("The vendor no longer accepts this connection.")
    assert connection_of(harbor, "fullscript").is_active


def test_a_late_refresh_brings_no_tokens_back(nora, harbor, simulators):
    dance.connect(nora, simulators, "harbor", "fullscript")
    before = connection_of(harbor, "fullscript")
    with harbor.unit():
        fresh = before.tokens()
        connection_of(harbor, "fullscript").disconnect()
        before.hold(fresh, timezone.now())
    after = connection_of(harbor, "fullscript")
    assert (before.state, after.state) == ("disconnected", "disconnected")
    assert (after.access_token, after.refresh_token) == ("", "")
