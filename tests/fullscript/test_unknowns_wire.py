"""What is not known of Fullscript's connecting and calling: each possible answer is handled."""

import contextlib
import datetime as dt
from urllib.parse import unquote

import pytest
from django.conf import settings as ours
from django.utils import timezone

from practice import budget, connect, freshen
from practice.models import Connection, VendorRefusal
from practice.vendors.contract import Ability, AccessRevoked, PatientRow, Unavailable
from practice.vendors.fullscript import payloads, people
from practice.vendors.fullscript.client import Fullscript
from tests import dance
from tests.factories import PracticeFactory
from tests.fullscript.test_rights import without
from tests.recommendations.conftest import make_harbor
from tests.vendors.conftest import outgoing

pytestmark = pytest.mark.django_db
BACK = "/connect/fullscript/callback"


@pytest.fixture
def harbor():
    return make_harbor()


@pytest.fixture
def nora(client, harbor):
    client.force_login(harbor.nora.user)
    return client


@pytest.fixture
def connected(nora, harbor, simulators):
    """Nora's connection, and a log that begins now."""
    dance.connect(nora, simulators, "harbor", "fullscript")
    simulators.clear_log("fullscript")
    return of(harbor)


def of(harbor):
    with harbor.unit():
        return Connection.objects.select_related("membership__user", "practice").get()


def call(harbor, connection, act):
    with harbor.scope():
        return connect.call(connection, act)


def paths(simulators):
    return [call["path"].removeprefix("/api") for call in simulators.log("fullscript")]


# --- 3: what OAuth refuses with, and what a cancel comes back with


@pytest.mark.parametrize("query", ["error=access_denied&state={}", "state={}", "error=x", ""])
def test_unknown_03_a_cancel_with_or_without_words_is_a_neutral_not_connected(
    nora, harbor, simulators, query
):
    there = nora.get("/harbor/connections/fullscript/begin")["Location"]
    state = there.partition("state=")[2].partition("&")[0]
    answer = nora.get(f"{BACK}?{query.format(state)}", follow=True)
    words = answer.content.decode()
    assert "Not connected: Fullscript gave no access. Nothing was changed." in words
    assert "notice--error" not in words
    with harbor.unit():
        assert not Connection.objects.exists()
    # The state was taken out, where it came back: nobody can use it once more.
    assert len(nora.session["connecting"]) == (0 if "state" in query else 1)


def test_unknown_03_a_cancel_that_never_comes_back_leaves_all_as_it_was(nora, harbor, connected):
    nora.get("/harbor/connections/fullscript/begin")
    assert call(harbor, connected, lambda client: client.hand_over()).secret_token


@pytest.mark.parametrize("status", ["400", "401", "403", "422"])
def test_unknown_03_any_refusal_of_a_refresh_needs_a_reconnect_once(
    harbor, connected, simulators, status
):
    simulators.knob("fullscript", oauth_refusal=status)
    simulators.act("fullscript/revoke-person", person_id=person_id(simulators))
    for _ in range(2):
        with pytest.raises(AccessRevoked):
            call(harbor, connected, lambda client: client.hand_over())
    assert of(harbor).state == Connection.State.NEEDS_RECONNECT
    assert paths(simulators).count("/oauth/token") == 1


@pytest.mark.parametrize("status", ["400", "401", "403", "422"])
def test_unknown_03_any_refusal_of_a_code_is_a_connection_not_made(nora, simulators, status):
    simulators.knob("fullscript", oauth_refusal=status)
    there = nora.get("/harbor/connections/fullscript/begin")["Location"]
    back = dance.consent(there, simulators, "fullscript", dance.NORA)
    simulators.act("fullscript/expire-codes")
    words = nora.get(f"{back.path}?{back.query}", follow=True).content.decode()
    assert "Fullscript did not accept the connection." in words


def person_id(simulators):
    people = simulators.holds("fullscript")["practitioners"].values()
    return next(person["id"] for person in people if person["email"] == dance.NORA)


# --- 4: the answer over the limit


@pytest.mark.parametrize(
    "answer", ["429 seconds", "429 date", "429 silent", "503 seconds", "503 silent"]
)
@pytest.mark.parametrize("per", ["app", "clinic", "token"])
def test_unknown_04_whatever_the_answer_over_the_limit_nobody_calls_for_a_while(
    harbor, connected, simulators, monkeypatch, answer, per
):
    monkeypatch.setattr(budget, "PATIENCE", 0)
    simulators.knob("fullscript", over_limit=answer, rate_limit=0, rate_limit_per=per)
    waits = []
    for _ in range(2):
        with pytest.raises(Unavailable) as raised:
            call(harbor, connected, lambda client: client.hand_over())
        waits.append(raised.value)
    told, held_back = waits
    assert len(paths(simulators)) == 1
    assert (told.held_back, held_back.held_back) == (False, True)
    assert not told.maybe_done or answer.startswith("503")
    assert held_back.retry_after > (0 if "silent" in answer else 250)
    assert of(harbor).is_active


def test_unknown_04_we_stay_well_below_what_is_allowed():
    [(most, seconds)] = ours.VENDOR_BUDGETS["fullscript"]["windows"]
    assert (most, seconds) == (4000, 300)


# --- 5: the status of a missing scope


@pytest.mark.parametrize("status", ["403", "401"])
def test_unknown_05_a_known_missing_scope_never_meets_the_vendor(nora, harbor, simulators, status):
    simulators.knob("fullscript", scope_status=status)
    simulators.configure("fullscript", scopes=without("patients:read"))
    dance.connect(nora, simulators, "harbor", "fullscript")
    simulators.clear_log("fullscript")
    with pytest.raises(AccessRevoked) as raised:
        call(harbor, of(harbor), lambda client: client.search_patients("Marsh"))
    assert raised.value.missing == {"patients:read"}
    assert paths(simulators) == []
    assert of(harbor).is_active


@pytest.mark.parametrize(("status", "refreshes"), [("403", 0), ("401", 1)])
def test_unknown_05_where_the_scopes_are_not_known_one_refresh_at_most(
    nora, harbor, simulators, status, refreshes
):
    simulators.knob("fullscript", scope_status=status)
    simulators.configure("fullscript", scopes=without("patients:read"))
    dance.connect(nora, simulators, "harbor", "fullscript")
    with harbor.unit():
        Connection.objects.update(scopes="")
    simulators.clear_log("fullscript")
    with pytest.raises(AccessRevoked):
        call(harbor, of(harbor), lambda client: client.search_patients("Marsh"))
    assert paths(simulators).count("/oauth/token") == refreshes


# --- 11: whether a revoke ends the whole grant


@pytest.mark.parametrize("ends", ["pair", "token"])
def test_unknown_11_disconnecting_ends_both_tokens_there_and_here(
    harbor, connected, simulators, ends
):
    simulators.knob("fullscript", revoke_ends=ends)
    with harbor.scope():
        assert connect.disconnect(connected) == ""
    [pair] = simulators.holds("fullscript")["tokens"]
    assert pair["revoked"]
    after = of(harbor)
    assert (after.access_token, after.refresh_token) == ("", "")


def test_unknown_11_a_partner_that_ended_with_the_first_is_no_failure(
    harbor, connected, simulators
):
    simulators.fault("fullscript", "status", path="/revoke$", after=1, params={"code": 400})
    with harbor.scope():
        assert connect.disconnect(connected) == ""


# --- 12: whether an expired token keeps webhooks flowing


@pytest.mark.parametrize("needs_fresh", [True, False])
def test_unknown_12_a_token_refreshed_daily_lets_webhooks_out(
    harbor, connected, simulators, needs_fresh
):
    simulators.knob("fullscript", webhooks_need_fresh_token=needs_fresh, background=False)
    simulators.act("fullscript/expire-tokens")
    patient = next(iter(simulators.holds("fullscript")["patients"]))
    with harbor.unit():
        Connection.objects.update(token_at=timezone.now() - dt.timedelta(days=1))
    with harbor.scope():
        freshen.run(connected.pk, timezone.now())
    simulators.act("fullscript/update-patient", patient_id=patient, first_name="New")
    assert len(simulators.holds("fullscript")["queue"]) == 1


# --- 13: the status of a session grant


@pytest.mark.parametrize("created", [True, False])
def test_unknown_13_a_session_grant_is_taken_with_200_and_201(
    harbor, connected, simulators, created
):
    simulators.knob("fullscript", grant_status_201=created)
    assert call(harbor, connected, lambda client: client.hand_over()).secret_token


# --- 15: the size of a page


@pytest.mark.parametrize("usual", [1, 100])
def test_unknown_15_every_list_names_its_size_and_is_read_to_its_end(
    harbor, connected, simulators, usual
):
    simulators.knob("fullscript", usual_page_size=usual)
    patient = call(harbor, connected, lambda client: client.search_patients("marsh"))[0]
    day = timezone.now().date()
    for act in (
        lambda client: client.products(),
        lambda client: client.plans_of_patient(patient.id),
        lambda client: client.find_plan("none"),
        lambda client: client.events("patients", day, day),
    ):
        call(harbor, connected, act)
    lists = [call for call in simulators.log("fullscript") if "/oauth/" not in call["path"]]
    assert len(lists) == 5
    assert all("page%5Bsize%5D=100" in call["query"] for call in lists), lists


# --- 19: native types in requests


@pytest.mark.parametrize("strings_only", [True, False])
def test_unknown_19_texts_are_sent_whether_or_not_numbers_would_do(
    settings, harbor, connected, simulators, strings_only
):
    simulators.knob("fullscript", strings_only=strings_only)
    made = call(
        harbor,
        connected,
        lambda client: client.create_patient(
            PatientRow("", "Ada", "Sample", email="ada@mail.example"), send_welcome_email=False
        ),
    )
    assert made.id
    held = simulators.holds("fullscript")["patients"][made.id]
    assert held["first_name"] == "Ada"


def test_unknown_19_no_number_and_no_boolean_is_in_what_we_write():
    row = PatientRow("", "Ada", "Sample", email="ada@mail.example", our_id="1")
    bodies = [
        payloads.write_plan(outgoing()),
        people.new_patient(row, True),
        people.linked_patient(row, False),
    ]
    assert [list(natives(body)) for body in bodies] == [[], [], []]


def natives(value):
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from natives(item)
    elif not isinstance(value, str):
        yield value


# --- 21: the host of production


@pytest.mark.parametrize("host", ["api-us.fullscript.com", "api-us.fullscript.io"])
def test_unknown_21_production_is_where_the_configuration_says(host):
    client = Fullscript(
        base_url=f"https://{host}/api",
        embed_origin="https://us.fullscript.com",
        client_id="id",
        client_secret="secret",  # noqa: S106
        redirect_uri="https://portal.example/back",
    )
    assert client.authorize_url("s").startswith(f"https://{host}/api/oauth/authorize?")


def test_unknown_21_the_default_is_com():
    assert ours.FULLSCRIPT_APIS["us"] == "https://api-us.fullscript.com/api"
    assert ours.FULLSCRIPT_APIS["ca"] == "https://api-ca.fullscript.com/api"


# --- 24: whether restricted endpoints are open to us


@pytest.mark.parametrize("is_open", [True, False])
def test_unknown_24_the_catalogue_in_bulk_is_offered_while_it_is_open(
    harbor, connected, simulators, is_open
):
    simulators.configure("fullscript", granted=["products"] if is_open else [])
    with contextlib.suppress(AccessRevoked):
        call(harbor, connected, lambda client: client.products())
    assert connect.offers("fullscript", Ability.CATALOGUE) is is_open
    assert VendorRefusal.objects.exists() is not is_open
    assert of(harbor).is_active


def test_unknown_24_without_a_flag_it_is_not_even_tried(settings):
    settings.VENDOR_RIGHTS = {}
    assert not connect.offers("fullscript", Ability.CATALOGUE)
    assert not connect.offers("fullscript", Ability.PLAN_BY_API)


# --- 25: how many redirect addresses can be registered


def test_unknown_25_one_redirect_address_serves_all_practices(nora, harbor):
    other = PracticeFactory(slug="cove")
    assert other.pk != harbor.practice.pk
    there = nora.get("/harbor/connections/fullscript/begin")["Location"]
    assert f"redirect_uri={connect.callback_url('fullscript')}" in unquote(there)
    assert "harbor" not in there


def test_unknown_25_an_address_that_is_not_the_registered_one_connects_nobody(
    nora, harbor, simulators
):
    simulators.configure("fullscript", redirect_uri="https://other.example/back")
    there = nora.get("/harbor/connections/fullscript/begin")["Location"]
    with pytest.raises(AssertionError):
        dance.consent(there, simulators, "fullscript", dance.NORA)
    with harbor.unit():
        assert not Connection.objects.exists()
