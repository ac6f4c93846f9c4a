"""Connections over time: kept fresh, ended there, ended here one by one or all at once."""

import datetime as dt

import pytest
from django.core import mail
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from practice import connect, errands, freshen, tenancy
from practice.models import Connection
from practice.roles import Role
from practice.vendors.contract import AccessRevoked, Unavailable
from tests import dance
from tests.factories import ConnectionFactory, MembershipFactory, staff_user
from tests.recommendations.conftest import make_harbor

pytestmark = pytest.mark.django_db
ALL = "/harbor/connections/everyone"


@pytest.fixture
def harbor():
    return make_harbor()


@pytest.fixture
def nora(client, harbor, simulators):
    """Nora's browser, connected at Fullscript; she owns the practice."""
    with harbor.unit():
        harbor.nora.role = Role.OWNER
        harbor.nora.save()
    client.force_login(harbor.nora.user)
    dance.connect(client, simulators, "harbor", "fullscript")
    simulators.clear_log("fullscript")
    return client


def of(harbor):
    with harbor.unit():
        return Connection.objects.select_related("membership__user", "practice").get(
            membership=harbor.nora
        )


def changed(harbor, **values):
    with harbor.unit():
        Connection.objects.update(**values)
    return of(harbor)


def work(harbor):
    """What workers do with what is waiting; how often they were asked."""
    with tenancy.declare(tenancy.EVERYTHING):
        found = errands.due(timezone.now())
    with harbor.scope():
        for _, pk in found:
            errands.run(pk, timezone.now())
    return len(found)


def paths(simulators):
    return [call["path"].removeprefix("/api") for call in simulators.log("fullscript")]


def end_there(harbor, simulators):
    people = simulators.holds("fullscript")["practitioners"].values()
    person = next(person["id"] for person in people if person["email"] == dance.NORA)
    simulators.act("fullscript/revoke-person", person_id=person)


def try_to_call(harbor, connection):
    with harbor.scope(), pytest.raises(AccessRevoked):
        connect.call(connection, lambda client: client.hand_over())


# --- Ended there


def test_who_ended_access_there_gets_one_mail(nora, harbor, simulators):
    end_there(harbor, simulators)
    for _ in range(3):
        try_to_call(harbor, of(harbor))
        work(harbor)
    assert [message.to for message in mail.outbox] == [[dance.NORA]]
    assert paths(simulators).count("/oauth/token") == 1
    words = nora.get("/harbor/connections/").content.decode()
    assert "no longer accepts this connection" in words
    assert of(harbor).error_request_id in words


def test_who_lost_it_while_staff_tested_it_is_written_to_as_well(nora, harbor, simulators):
    end_there(harbor, simulators)
    changed(harbor, errand="test")
    assert (work(harbor), work(harbor), work(harbor)) == (1, 1, 0)
    after = of(harbor)
    assert after.errand_outcome.startswith("Test: AccessRevoked")
    assert after.errand_outcome.endswith("Reconnect mail: sent.")
    assert len(mail.outbox) == 1


def test_who_connects_anew_before_the_mail_went_out_gets_none(nora, harbor, simulators):
    end_there(harbor, simulators)
    try_to_call(harbor, of(harbor))
    dance.connect(nora, simulators, "harbor", "fullscript")
    assert work(harbor) == 0
    assert of(harbor).is_active


def test_a_refusal_of_tokens_that_were_replaced_meanwhile_is_no_end(nora, harbor, simulators):
    """Another worker refreshed, or the person connected anew, while our refresh was refused."""
    stale = changed(harbor, expires_at=timezone.now())
    dance.connect(nora, simulators, "harbor", "fullscript")
    simulators.clear_log("fullscript")
    simulators.fault("fullscript", "status", path="/oauth/token$", params={"code": 400})
    with harbor.scope():
        with tenancy.unit():
            assert not stale.require_reconnect("Gone.")
        connect.call(stale, lambda client: client.hand_over())
    assert of(harbor).is_active


def test_a_vendor_in_trouble_at_a_refresh_ends_nothing(nora, harbor, simulators):
    before = changed(harbor, expires_at=timezone.now())
    simulators.fault("fullscript", "status", path="/oauth/token$", params={"code": 500})
    with harbor.scope(), pytest.raises(Unavailable):
        connect.call(before, lambda client: client.hand_over())
    after = of(harbor)
    assert (after.state, after.refresh_token) == ("active", before.refresh_token)
    with harbor.scope():
        connect.call(after, lambda client: client.hand_over())


def test_a_lost_answer_of_a_refresh_is_asked_for_again_with_the_old_token(nora, harbor, simulators):
    connection = changed(harbor, expires_at=timezone.now())
    simulators.fault("fullscript", "reset_after", path="/oauth/token$")
    with harbor.scope():
        connect.call(connection, lambda client: client.hand_over())
    assert paths(simulators).count("/oauth/token") == 2
    assert of(harbor).is_active


def test_a_refresh_is_asked_for_twice_and_no_more(nora, harbor, simulators):
    connection = changed(harbor, expires_at=timezone.now())
    simulators.fault("fullscript", "reset_before", path="/oauth/token$", times=0)
    with harbor.scope(), pytest.raises(Unavailable) as raised:
        connect.call(connection, lambda client: client.hand_over())
    assert paths(simulators) == ["/oauth/token"] * 2
    assert not raised.value.maybe_done
    assert of(harbor).is_active


def test_tokens_of_another_environment_are_sent_nowhere(nora, harbor, simulators):
    connection = changed(harbor, environment="us")
    try_to_call(harbor, connection)
    with harbor.scope():
        note = connect.disconnect(connection)
    assert "could not confirm" in note
    assert paths(simulators) == []


def test_an_answer_to_a_refresh_that_cannot_be_read_sent_nothing_of_what_was_asked(
    nora, harbor, simulators
):
    connection = changed(harbor, expires_at=timezone.now())
    simulators.fault("fullscript", "truncated", path="/oauth/token$")
    with harbor.scope():
        with pytest.raises(Unavailable) as raised:
            connect.call(connection, lambda client: client.hand_over())
        assert not raised.value.maybe_done
        connect.call(connection, lambda client: client.hand_over())
    assert of(harbor).is_active


def test_the_page_says_that_a_connection_is_of_another_environment(nora, harbor):
    changed(harbor, environment="ca")
    words = nora.get("/harbor/connections/").content.decode()
    assert "This connection is of: Canada." in words


# --- Kept fresh


def test_a_token_is_refreshed_within_a_day(nora, harbor, simulators):
    now = timezone.now()
    before = changed(harbor, token_at=now - dt.timedelta(hours=23, minutes=1))
    with tenancy.declare(tenancy.EVERYTHING):
        assert freshen.due(now) == [(harbor.practice.pk, before.pk)]
    with harbor.scope():
        freshen.run(before.pk, now)
        freshen.run(before.pk, now)  # a second worker finds it done
    assert of(harbor).access_token != before.access_token
    assert paths(simulators) == ["/oauth/token"]


def test_tokens_of_those_who_left_and_of_vendors_that_tell_nothing_stay(nora, harbor):
    changed(harbor, token_at=None)
    with harbor.unit():
        left = MembershipFactory(practice=harbor.practice, deactivated_at=timezone.now())
        ConnectionFactory(membership=left, vendor="fullscript", state="active")
        ConnectionFactory(membership=harbor.nora, vendor="wholescripts", state="active")
    with tenancy.declare(tenancy.EVERYTHING):
        assert len(freshen.due(timezone.now())) == 1


# --- Ended here


def test_an_owner_ends_all_connections_and_reads_what_became_of_them(nora, harbor, simulators):
    nora.post(ALL, {"sure": "on"})
    assert "1 still to be ended" in nora.get(ALL).content.decode()
    assert work(harbor) == 1
    words = nora.get(ALL).content.decode()
    assert "disconnected there and here" in words
    assert "Not confirmed" not in words
    assert of(harbor).access_token == ""
    assert paths(simulators) == ["/oauth/revoke", "/oauth/revoke"]


def test_what_the_vendor_did_not_confirm_is_named(nora, harbor, simulators):
    simulators.fault("fullscript", "status", path="/revoke$", params={"code": 500}, times=0)
    nora.post(ALL, {"sure": "on"})
    work(harbor)
    words = nora.get(ALL).content.decode()
    assert "Not confirmed by the dispensary" in words
    assert f"Fullscript of {harbor.nora.name}" in words
    assert of(harbor).access_token == ""


def test_nothing_ends_without_the_tick(nora, harbor):
    answer = nora.post(ALL)
    assert answer.status_code == 422
    assert "Tick the box" in answer.content.decode()
    assert of(harbor).errand == ""


def test_ending_all_comes_before_what_else_was_asked(nora, harbor):
    changed(harbor, errand="remind")
    nora.post(ALL, {"sure": "on"})
    assert of(harbor).errand == "revoke"


def test_the_page_of_all_connections_does_as_many_queries_for_many(
    nora, harbor, django_assert_num_queries
):
    nora.get(ALL)  # the messages of connecting are shown once
    with CaptureQueriesContext(database) as few:
        nora.get(ALL)
    with harbor.unit():
        for _ in range(5):
            member = MembershipFactory(practice=harbor.practice)
            ConnectionFactory(membership=member, vendor="fullscript", state="active")
    with django_assert_num_queries(len(few)):
        nora.get(ALL)


def test_a_connection_that_needs_reconnecting_is_still_ended_there(nora, harbor, simulators):
    changed(harbor, state="needs_reconnect")
    with harbor.scope():
        assert connect.disconnect(of(harbor)) == ""
    assert paths(simulators) == ["/oauth/revoke", "/oauth/revoke"]


def test_staff_find_what_was_not_confirmed(harbor, client):
    with harbor.unit():
        ConnectionFactory(membership=harbor.nora, state="disconnected", last_error="No answer.")
    client.force_login(staff_user())
    page = client.get("/admin/practice/connection/?confirmed=no", secure=True)
    assert "No answer." in page.content.decode()
