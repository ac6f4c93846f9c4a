"""What a practitioner recommended at WholeScripts itself: on the patient's timeline, read-only."""

import datetime as dt

import pytest
from django.utils import timezone

from practice import tenancy
from practice.models import Connection, PatientEvent
from recommendations import history_by_address
from recommendations.models import AddressReading, OutsidePlan, Sending
from tests import dance
from tests.factories import PatientFactory
from tests.recommendations.rows import ListingFactory
from tests.recommendations.test_send import attempt, make_plan, signed
from tests.vendors.conftest import NORA

SAMUEL = "samuel.okafor@harbor-integrative.example"
ELENA = "elena.marsh@mail.example"
PAGE = "/harbor/plans/made-there/"


@pytest.fixture
def connected(signed_in, harbor, simulators):
    dance.connect(signed_in, simulators, "harbor", "wholescripts")
    return harbor


def sku_of(harbor):
    with tenancy.unit(tenancy.EVERYTHING):
        return ListingFactory(vendor="wholescripts", name="Zinc Balance").sku


def made_there(simulators, sku="000000000300005343", by=NORA, **fields):
    """One made at the vendor's own site: its number."""
    item = {
        "Sku": sku,
        "Quantity": 2,
        "Dosing": "1-AM|1-Noon",
        "Notes": "",
        "MedPaxName": "",
        "MedPaxPills": [],
        "ItemDuration": "12 Weeks",
    }
    body = {
        "PractitionerEmail": by,
        "EmailTo": ELENA,
        "PatientFirstName": "Elena",
        "PatientLastName": "Marsh",
        "Notes": "",
        "Items": [item | fields.pop("item", {})],
    }
    answer = simulators.act("wholescripts/recommendation", practitioner=by, body=body | fields)
    return str(answer["id"])


def look(browser, harbor):
    return browser.post(f"{PAGE}of/{harbor.patient.pk}/look", follow=True).content.decode()


def kept(harbor):
    with harbor.unit():
        return list(OutsidePlan.objects.order_by("id"))


def told(harbor):
    with harbor.unit():
        return list(PatientEvent.objects.order_by("id").values_list("text", flat=True))


def run_due(now=None):
    now = now or timezone.now()
    with tenancy.declare(tenancy.EVERYTHING):
        history_by_address.adopt(now)
        due = history_by_address.due(now)
    for practice_id, reading_id in due:
        with tenancy.declare(tenancy.of_practice(practice_id)):
            history_by_address.run(reading_id, now)
    return len(due)


def test_what_was_made_there_stands_on_the_timeline_in_the_vendors_words(
    signed_in, connected, simulators
):
    sku = sku_of(connected)
    number = made_there(simulators, sku)
    assert "1 new plan" in look(signed_in, connected)
    (plan,) = kept(connected)
    assert (plan.vendor_plan_id, plan.patient_id) == (number, connected.patient.pk)
    assert told(connected).count("Plan made at WholeScripts") == 1
    page = signed_in.get(f"{PAGE}{plan.pk}").content.decode()
    for words in ("Zinc Balance", "1-AM|1-Noon, 12 Weeks", "Nora", "does not tell what was bought"):
        assert words in page


def test_it_can_be_looked_at_and_not_changed(signed_in, connected, simulators):
    made_there(simulators)
    look(signed_in, connected)
    (plan,) = kept(connected)
    assert signed_in.post(f"{PAGE}{plan.pk}").status_code == 405
    asked = [c for c in simulators.log("wholescripts") if "Recommendation" in c["path"]]
    assert {call["method"] for call in asked} == {"GET"}


def test_a_second_look_tells_nothing_twice(signed_in, connected, simulators):
    made_there(simulators)
    look(signed_in, connected)
    assert "no new plan" in look(signed_in, connected)
    assert told(connected).count("Plan made at WholeScripts") == 1


def test_another_practitioners_rows_are_dropped_before_anything_is_kept(
    signed_in, connected, simulators
):
    simulators.knob("wholescripts", other_practitioner_rows=True)
    made_there(simulators, by=SAMUEL)
    mine = made_there(simulators)
    look(signed_in, connected)
    assert [plan.vendor_plan_id for plan in kept(connected)] == [mine]
    with connected.unit():
        assert SAMUEL not in "".join(map(str, OutsidePlan.objects.values()))


def test_a_family_members_plan_at_the_same_address_is_not_the_patients(
    signed_in, connected, simulators
):
    made_there(simulators, PatientFirstName="Tim")
    look(signed_in, connected)
    assert kept(connected) == []
    with connected.unit():
        tim = PatientFactory(
            practice=connected.practice, first_name="Tim", last_name="Marsh", email=ELENA.upper()
        )
    look(signed_in, connected)
    assert [plan.patient_id for plan in kept(connected)] == [tim.pk]


def test_two_patients_of_one_name_and_address_get_neither(signed_in, connected, simulators):
    made_there(simulators)
    with connected.unit():
        PatientFactory(
            practice=connected.practice, first_name="Elena", last_name="Marsh", email=ELENA
        )
    look(signed_in, connected)
    assert kept(connected) == []


def rename(harbor, first, last):
    with harbor.unit():
        harbor.patient.first_name, harbor.patient.last_name = first, last
        harbor.patient.save()


@pytest.mark.parametrize(
    ("first", "last", "is_hers"),
    [
        ("ELÉNA", "marsh", True),
        ("Elena", "Marsh-Ruíz", False),
        ("E.", "Marsh", False),
        ("Marsh", "Elena", False),
        ("Elen", "Marsh", False),
    ],
)
def test_a_name_in_another_spelling_is_hers_and_another_name_is_not(
    signed_in, connected, simulators, first, last, is_hers
):
    made_there(simulators, PatientFirstName=first, PatientLastName=last)
    look(signed_in, connected)
    assert len(kept(connected)) == is_hers


def test_a_hyphen_and_an_accent_make_no_difference(signed_in, connected, simulators):
    rename(connected, "Anne-Marie", "Núñez")
    made_there(simulators, PatientFirstName="Anne Marie", PatientLastName="Nunez")
    look(signed_in, connected)
    assert len(kept(connected)) == 1


@pytest.mark.parametrize(("first", "has"), [("Zoë", "hers"), ("Zoe", "theirs"), ("Zoé", "nobody")])
def test_who_differ_by_an_accent_only_are_told_apart_by_it(
    signed_in, connected, simulators, first, has
):
    rename(connected, "Zoë", "Marsh")
    with connected.unit():
        other = PatientFactory(
            practice=connected.practice, first_name="Zoe", last_name="Marsh", email=ELENA
        )
    made_there(simulators, PatientFirstName=first)
    look(signed_in, connected)
    whose = {"hers": [connected.patient.pk], "theirs": [other.pk], "nobody": []}
    assert [plan.patient_id for plan in kept(connected)] == whose[has]


def test_what_was_sent_from_here_is_no_plan_made_there(signed_in, connected, simulators):
    sending = attempt(connected, signed(connected, make_plan(connected)))
    assert sending.state == Sending.State.SENT
    look(signed_in, connected)
    assert kept(connected) == []


def test_one_on_its_way_is_known_by_its_reference(signed_in, connected, simulators):
    simulators.fault("wholescripts", "reset_after", path="/Recommendations$")
    sending = attempt(connected, signed(connected, make_plan(connected)))
    assert (sending.state, sending.vendor_plan_id) == (Sending.State.UNKNOWN, "")
    look(signed_in, connected)
    assert kept(connected) == []


def knows(simulators, email=ELENA, by=NORA):
    """The patient is registered there as the practitioner's."""
    known = simulators.holds("wholescripts")["patients"]
    if not any(row["email"] == email for row in known):
        names = {"first_name": "Elena", "last_name": "Marsh"}
        simulators.act("wholescripts/register", email=email, practitioner=by, **names)


def nights():
    """The first nights: whose addresses the account knows, and then what they were sent."""
    assert run_due() == 1
    return run_due()


def reading_of(harbor, email=ELENA):
    with harbor.unit():
        return AddressReading.objects.filter(email=email).first()


def test_it_is_read_by_itself_every_night_while_it_is_young(connected, simulators):
    knows(simulators)
    made_there(simulators)
    assert nights() == 1
    assert len(kept(connected)) == 1
    assert reading_of(connected).not_before_at - timezone.now() < dt.timedelta(days=2)
    assert run_due() == 0


def test_where_nothing_is_young_it_is_read_monthly(connected, simulators):
    knows(simulators)
    nights()
    wait = reading_of(connected).not_before_at - timezone.now()
    assert dt.timedelta(days=29) < wait < dt.timedelta(days=31)


def test_the_vendor_is_asked_of_nobody_whom_it_does_not_know(connected, simulators):
    """Asking would tell it whose patient somebody is."""
    with connected.unit():
        connected.patient.email = "nobody.there@mail.example"
        connected.patient.practitioner = connected.nora
        connected.patient.save()
    simulators.clear_log("wholescripts")
    assert nights() == 0
    log = simulators.log("wholescripts")
    assert [call["path"].rsplit("/", 1)[1] for call in log] == ["PractitionerPatients"]
    assert "nobody.there" not in "".join(call["path"] + call["query"] for call in log)


def test_an_address_that_no_patient_has_is_asked_for_no_more(connected, simulators):
    knows(simulators)
    nights()
    simulators.clear_log("wholescripts")
    with connected.unit():
        connected.patient.email = ""
        connected.patient.save()
    run_due(timezone.now() + dt.timedelta(days=31))
    asked = [call["path"] for call in simulators.log("wholescripts")]
    assert not any("/Recommendations/" in path for path in asked)
    assert reading_of(connected) is None


def test_an_unconfirmed_account_is_not_asked_over(signed_in, connected, simulators):
    made_there(simulators)
    with connected.unit():
        Connection.objects.update(email="other@mail.example")
    simulators.clear_log("wholescripts")
    assert "reach no dispensary" in look(signed_in, connected)
    assert simulators.log("wholescripts") == []


def test_a_vendor_that_is_away_is_said_and_nothing_changes(signed_in, connected, simulators):
    made_there(simulators)
    simulators.fault("wholescripts", "status", path="/Recommendations/", params={"code": 503})
    page = look(signed_in, connected)
    assert "trouble of its own" in page
    assert kept(connected) == []


@pytest.mark.parametrize("words", ["Opened By Patient", "<b>Bought</b>"])
def test_a_status_that_nobody_knows_is_shown_as_it_came(signed_in, connected, simulators, words):
    number = made_there(simulators)
    simulators.act("wholescripts/status", id=number, status=words)
    look(signed_in, connected)
    (plan,) = kept(connected)
    assert (plan.state, plan.raw_state) == ("unknown", words)
    page = signed_in.get(f"/harbor/patients/{connected.patient.pk}/").content.decode()
    assert words.replace("<", "&lt;").replace(">", "&gt;") in page
    assert told(connected).count("Plan made at WholeScripts") == 1
