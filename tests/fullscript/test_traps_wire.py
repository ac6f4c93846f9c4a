"""The traps of scopes (Fullscript reference 2.1)."""

from urllib.parse import parse_qs, urlsplit

import pytest

from practice import connect, rights
from practice.models import Connection
from practice.vendors import registry
from practice.vendors.contract import AccessRevoked
from practice.vendors.fullscript import vocabulary
from tests import dance
from tests.fullscript.test_rights import without
from tests.recommendations.conftest import make_harbor
from tests.simulators.fullscript.app import SCOPES

pytestmark = pytest.mark.django_db


@pytest.fixture
def harbor(client):
    harbor = make_harbor()
    client.force_login(harbor.nora.user)
    return harbor


def of(harbor):
    with harbor.unit():
        return Connection.objects.select_related("membership__user", "practice").get()


def search(harbor):
    with harbor.scope():
        return connect.call(of(harbor), lambda client: client.search_patients("marsh"))


def test_trap_the_authorize_request_takes_no_scope(client, harbor, simulators):
    there = client.get("/harbor/connections/fullscript/begin")["Location"]
    assert set(parse_qs(urlsplit(there).query)) == {
        "client_id",
        "redirect_uri",
        "response_type",
        "state",
    }
    simulators.configure("fullscript", scopes=without("patients:order_history"))
    dance.connect(client, simulators, "harbor", "fullscript")
    assert of(harbor).missing_scopes == {"patients:order_history"}  # as the dashboard said


def test_trap_a_scope_added_in_the_dashboard_comes_with_connecting_again_only(
    client, harbor, simulators
):
    simulators.configure("fullscript", scopes=without("patients:read"))
    dance.connect(client, simulators, "harbor", "fullscript")
    simulators.configure("fullscript", scopes=list(SCOPES))
    with harbor.scope():
        connect.refresh(of(harbor))
    with pytest.raises(AccessRevoked) as raised:
        search(harbor)
    assert "connecting again adds what is missing" in rights.explain(raised.value)
    dance.connect(client, simulators, "harbor", "fullscript")
    assert search(harbor)


def test_trap_what_an_endpoint_needs_is_mostly_a_guess_so_an_unknown_one_is_tried(
    client, harbor, simulators
):
    """Without a scope string, and for an operation that no table lists, the vendor decides."""
    dance.connect(client, simulators, "harbor", "fullscript")
    with harbor.unit():
        Connection.objects.update(scopes="")
    assert search(harbor)
    assert of(harbor).missing_scopes == frozenset()
    assert vocabulary.missing_scopes("never heard of", frozenset({"clinic:read"})) == frozenset()


def test_trap_scopes_are_compared_without_regard_to_case():
    asks = registry.VENDORS["fullscript"].missing_scopes
    assert asks("account", frozenset({"Clinic:Read"})) == frozenset()
