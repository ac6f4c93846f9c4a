"""Our details beside the vendor's: sent or taken by a person who saw both, never by itself."""

import re

import pytest

from practice.models import PatientEvent
from tests import dance
from tests.practice.linking import calls, choose, links, page, theirs
from tests.recommendations.conftest import make_harbor


@pytest.fixture
def harbor(db):
    return make_harbor()


@pytest.fixture
def nora(client, harbor, simulators):
    client.force_login(harbor.nora.user)
    dance.connect(client, simulators, "harbor", "fullscript")
    choose(client, harbor.patient, theirs(simulators, harbor.patient.email))
    simulators.clear_log("fullscript")
    return client


def shown(nora, patient):
    return nora.get(page(patient)).content.decode()


def seen(nora, patient):
    return re.search(r'name="seen" value="(\w+)"', shown(nora, patient))[1]


def act(nora, patient, deed, *fields, mark=""):
    given = {"deed": deed, "field": fields, "seen": mark or seen(nora, patient)}
    return nora.post(page(patient, "details"), given, follow=True).content.decode()


def change(harbor, **values):
    with harbor.unit():
        for name, value in values.items():
            setattr(harbor.patient, name, value)
        harbor.patient.save()


def held(simulators, harbor):
    [link] = links(harbor)
    return simulators.holds("fullscript")["patients"][link.vendor_patient_id]


def ours(harbor):
    with harbor.unit():
        harbor.patient.refresh_from_db()
    return harbor.patient


def test_only_what_was_ticked_and_differs_is_sent(nora, harbor, simulators):
    change(harbor, last_name="Marsh-Lind", email="elena@new.example")
    words = act(nora, harbor.patient, "send", "email", "first_name")
    assert "Sent to Fullscript: e-mail." in words
    [call] = calls(simulators, "PATCH", held(simulators, harbor)["id"])
    assert call["body_bytes"] == len('{"email": "elena@new.example"}')
    there = held(simulators, harbor)
    assert (there["email"], there["last_name"]) == ("elena@new.example", "Marsh")


def test_nothing_goes_there_by_itself(nora, harbor, simulators):
    nora.post(
        f"/harbor/patients/{harbor.patient.pk}/edit",
        {"first_name": "Elena", "last_name": "Marsh", "email": "elena@new.example"},
    )
    assert ours(harbor).email == "elena@new.example"
    assert simulators.log("fullscript") == []


def test_a_number_is_sent_only_by_its_own_tick_and_the_page_says_what_it_allows(
    nora, harbor, simulators
):
    assert "lets Fullscript text the patient" in shown(nora, harbor.patient)
    act(nora, harbor.patient, "send", "phone")
    assert held(simulators, harbor)["mobile_number"] == "+18135550142"


def test_a_number_of_elsewhere_is_never_sent(nora, harbor, simulators):
    change(harbor, phone="+4930123456")
    assert "Tick what is to be sent" in act(nora, harbor.patient, "send", "phone")
    assert held(simulators, harbor)["mobile_number"] == "+12025550111"


def test_what_the_vendor_refuses_is_said_in_its_words(nora, harbor, simulators):
    change(harbor, email="theo.albrecht@mail.example")
    assert "Email has already been taken" in act(nora, harbor.patient, "send", "email")


def test_theirs_is_taken_as_if_typed(nora, harbor, simulators):
    simulators.act(
        "fullscript/update-patient",
        patient_id=held(simulators, harbor)["id"],
        email="e.marsh@post.example",
        last_name="Marsh-Lind",
    )
    assert "Taken from Fullscript: e-mail" in act(nora, harbor.patient, "take", "email")
    assert (ours(harbor).email, ours(harbor).last_name) == ("e.marsh@post.example", "Marsh")
    with harbor.unit():
        assert PatientEvent.objects.filter(text="Details changed", detail="e-mail").exists()


def test_what_cannot_be_ours_is_not_taken(nora, harbor, simulators):
    there = held(simulators, harbor)["id"]
    simulators.act("fullscript/update-patient", patient_id=there, date_of_birth="2199-01-01")
    words = act(nora, harbor.patient, "take", "birth_date")
    assert "lies in the future" in words
    assert str(ours(harbor).birth_date) == "1984-03-09"


@pytest.mark.parametrize("deed", ["send", "take"])
def test_what_changed_since_it_was_shown_is_compared_again(nora, harbor, simulators, deed):
    change(harbor, email="elena@new.example")
    mark = seen(nora, harbor.patient)
    there = held(simulators, harbor)["id"]
    simulators.act("fullscript/update-patient", patient_id=there, email="else@post.example")
    assert "changed meanwhile" in act(nora, harbor.patient, deed, "email", mark=mark)
    assert held(simulators, harbor)["email"] == "else@post.example"
    assert ours(harbor).email == "elena@new.example"


def test_what_only_belongs_to_the_patient_may_be_missing(nora, harbor, simulators):
    assert "1 Example Street, Portland, OR 97201, US" in shown(nora, harbor.patient)
    simulators.fault("fullscript", "status", path="/(addresses|dependents)$", params={"code": 403})
    answer = nora.get(page(harbor.patient))
    assert answer.status_code == 200


def test_an_unknown_deed_changes_nothing(nora, harbor, simulators):
    assert "Choose what is to be done" in act(nora, harbor.patient, "everything", "email")
