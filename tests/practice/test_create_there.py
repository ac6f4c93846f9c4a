"""A patient is created at the vendor once, whatever becomes of the answer."""

import datetime as dt

import pytest
from django.utils import timezone

from practice import create_there, tenancy
from practice.link import NotLinked
from practice.models import AuditEntry, PatientCreation, PatientLink
from practice.vendors.contract import Unavailable
from tests import dance
from tests.practice.linking import another, calls, link_place, links
from tests.recommendations.conftest import make_harbor

State = PatientCreation.State
LATER = dt.timedelta(minutes=1)
MUCH_LATER = dt.timedelta(minutes=20)
CREATED = "/clinic/patients"


@pytest.fixture
def harbor(db):
    return make_harbor()


@pytest.fixture
def nora(client, harbor, simulators):
    client.force_login(harbor.nora.user)
    dance.connect(client, simulators, "harbor", "fullscript")
    return client


@pytest.fixture
def ida(harbor):
    return another(
        harbor, first_name="Ida", last_name="Moss", birth_date="1990-01-02", email="i@mail.example"
    )


def create(harbor, patient, after=dt.timedelta()):
    with harbor.scope():
        connection = link_place(harbor).connection
        now = timezone.now() + after
        return create_there.run(connection, patient, harbor.nora, now, welcome=False)


def settle(harbor, after):
    with harbor.unit():
        asked = PatientCreation.objects.get()
    with harbor.scope():
        create_there.settle(asked.pk, timezone.now() + after)
    with harbor.unit():
        asked.refresh_from_db()
    return asked.state


def lost(simulators, kind="reset_after"):
    simulators.fault("fullscript", kind, method="POST", path=f"{CREATED}$")


def states(harbor):
    with harbor.unit():
        return list(PatientCreation.objects.order_by("id").values_list("state", flat=True))


def test_a_lost_answer_is_found_by_a_worker_and_linked(nora, harbor, simulators, ida):
    lost(simulators)
    with pytest.raises(NotLinked, match="did not confirm"):
        create(harbor, ida)
    assert settle(harbor, LATER) == State.MADE
    assert [made.evidence for made in links(harbor)] == [PatientLink.Evidence.CREATED]
    assert len(calls(simulators, "POST", CREATED)) == 1
    assert simulators.mail() == []


def test_a_create_that_never_arrived_may_be_asked_for_again_in_a_while(
    nora, harbor, simulators, ida
):
    simulators.fault(
        "fullscript", "status", method="POST", path=f"{CREATED}$", params={"code": 504}
    )
    with pytest.raises(NotLinked, match="did not confirm"):
        create(harbor, ida)
    assert settle(harbor, LATER) == State.OPEN
    assert settle(harbor, MUCH_LATER) == State.NOT_MADE
    assert create(harbor, ida, MUCH_LATER).evidence == PatientLink.Evidence.CREATED


def test_who_is_found_there_by_another_name_is_left_to_a_person(nora, harbor, simulators, ida):
    lost(simulators)
    with pytest.raises(NotLinked):
        create(harbor, ida)
    [made] = [
        p
        for p in simulators.holds("fullscript")["patients"].values()
        if p["email"] == "i@mail.example"
    ]
    simulators.act("fullscript/update-patient", patient_id=made["id"], last_name="Somebody")
    settle(harbor, LATER)
    assert links(harbor) == []
    assert states(harbor) == [State.MADE]


def test_a_refusal_is_no_open_question(nora, harbor, simulators):
    mei = another(harbor, first_name="Mei", last_name="Tanaka", email=harbor.patient.email)
    with pytest.raises(NotLinked, match="already been taken"):
        create(harbor, mei)
    assert states(harbor) == [State.NOT_MADE]


def test_what_was_not_even_asked_is_no_open_question(nora, harbor, simulators, ida):
    simulators.fault("fullscript", "status", method="POST", params={"code": 429})
    with pytest.raises((Unavailable, NotLinked)):
        create(harbor, ida)
    assert states(harbor) == [State.NOT_MADE]


def test_what_left_for_the_vendor_stands_in_the_audit_trail(nora, harbor, simulators, ida):
    create(harbor, ida)
    with tenancy.unit(tenancy.EVERYTHING):
        entry = AuditEntry.objects.get(action="sent")
    assert (entry.patient_id, entry.detail["outcome"]) == (ida.pk, "done")
    assert ida.email not in str(entry.detail)


def test_who_cannot_be_asked_for_two_days_is_no_open_question_any_more(
    nora, harbor, simulators, ida
):
    lost(simulators)
    with pytest.raises(NotLinked):
        create(harbor, ida)
    simulators.fault("fullscript", "status", times=0, params={"code": 503})
    assert settle(harbor, LATER) == State.OPEN
    assert settle(harbor, dt.timedelta(days=3)) == State.NOT_MADE


def test_the_page_says_that_an_answer_is_missing(nora, harbor, simulators, ida):
    simulators.fault(
        "fullscript", "status", method="POST", path=f"{CREATED}$", params={"code": 504}
    )
    at = f"/harbor/patients/{ida.pk}/at/fullscript/"
    words = nora.post(f"{at}create", follow=True).content.decode()
    assert "did not say whether it happened" in words
    assert "Create at Fullscript" not in words


def test_what_waits_for_an_answer_is_due_to_be_looked_up(nora, harbor, simulators, ida):
    lost(simulators)
    with pytest.raises(NotLinked):
        create(harbor, ida)
    now = timezone.now()
    with harbor.unit():
        assert create_there.due(now) == []
        assert len(create_there.due(now + LATER)) == 1
