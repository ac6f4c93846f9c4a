"""A patient whom the vendor does not know yet: created there once, told only what was ticked."""

import threading

import pytest
from django.db import connection as database
from django.utils import timezone

from practice import create_there, link
from tests import dance
from tests.practice.linking import Evidence, another, calls, link_place, links, page
from tests.practice.linking import harbor as harbor
from tests.practice.linking import nora as nora
from tests.recommendations.conftest import make_harbor


@pytest.fixture
def ida(harbor):
    return another(
        harbor,
        first_name="Ida",
        last_name="Moss",
        birth_date="1990-01-02",
        email="ida@mail.example",
    )


def test_creating_sends_no_welcome_unless_asked_to(nora, harbor, simulators, ida):
    words = nora.get(page(ida)).content.decode()
    assert 'name="welcome">' in words  # not ticked
    nora.post(page(ida, "create"))
    [made] = links(harbor)
    held = simulators.holds("fullscript")["patients"][made.vendor_patient_id]
    assert made.evidence == Evidence.CREATED
    assert (held["metadata"]["id"], held["mobile_number"]) == (f"patient-{ida.pk}", None)
    assert simulators.mail() == []


def test_only_a_tick_gives_the_number(nora, harbor, simulators, ida):
    assert "may text the patient" in nora.get(page(ida)).content.decode()
    nora.post(page(ida, "create"), {"may_text": "on"})
    [made] = links(harbor)
    held = simulators.holds("fullscript")["patients"][made.vendor_patient_id]
    assert held["mobile_number"] == "+18135550142"


def test_a_number_of_elsewhere_is_not_offered_and_not_given(nora, harbor, simulators, ida):
    with harbor.unit():
        ida.phone = "+4930123456"
        ida.save()
    assert "stays here" in nora.get(page(ida)).content.decode()
    answer = nora.post(page(ida, "create"), {"may_text": "on"}, follow=True)
    assert "United States and Canada" in answer.content.decode()
    assert calls(simulators, "POST", "/clinic/patients") == []


def test_a_tick_sends_the_welcome(nora, harbor, simulators, ida):
    nora.post(page(ida, "create"), {"welcome": "on"})
    assert [mail["to"] for mail in simulators.mail()] == [ida.email]


def test_a_create_whose_answer_was_lost_is_found_and_not_repeated(nora, harbor, simulators, ida):
    simulators.fault("fullscript", "reset_after", method="POST", path="/clinic/patients$")
    answer = nora.post(page(ida, "create"), follow=True)
    words = answer.content.decode()
    assert "may have been created" in words
    assert "carries our number" in words
    assert "Create at Fullscript" not in words
    assert links(harbor) == []
    nora.post(page(ida, "create"))
    assert len(calls(simulators, "POST", "/clinic/patients")) == 1
    assert [made.evidence for made in links(harbor)] == [Evidence.CREATED]


def test_creating_twice_makes_one(nora, harbor, simulators, ida):
    nora.post(page(ida, "create"))
    nora.post(page(ida, "create"))
    assert len(calls(simulators, "POST", "/clinic/patients")) == 1


def test_two_who_create_at_once_make_one(committed_db, client, simulators):
    harbor = make_harbor()
    client.force_login(harbor.nora.user)
    dance.connect(client, simulators, "harbor", "fullscript")
    ida = another(harbor, first_name="Ida", last_name="Moss", email="ida@mail.example")
    connection = link_place(harbor).connection
    refusals = []

    def create():
        try:
            with harbor.scope():
                create_there.run(connection, ida, harbor.nora, timezone.now(), welcome=False)
        except link.NotLinked as refusal:
            refusals.append(str(refusal))
        finally:
            database.close()

    threads = [threading.Thread(target=create) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(calls(simulators, "POST", "/clinic/patients")) == 1
    assert len(links(harbor)) == 1
    assert len(refusals) == 3


def test_an_address_of_somebody_else_there_is_refused_in_their_words(nora, harbor, simulators):
    mei = another(harbor, first_name="Mei", last_name="Tanaka", email=harbor.patient.email)
    answer = nora.post(page(mei, "create"), follow=True)
    assert "Email has already been taken" in answer.content.decode()
    assert links(harbor) == []


def test_without_an_email_nobody_is_created(nora, harbor, simulators):
    mei = another(harbor, first_name="Mei", last_name="Tanaka", email="")
    answer = nora.post(page(mei, "create"), follow=True)
    assert "needs an e-mail address" in answer.content.decode()
    assert calls(simulators, "POST", "/clinic/patients") == []
