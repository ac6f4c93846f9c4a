"""Our id left with the vendor's patient: a deed that may fail and undoes nothing."""

import datetime as dt

import pytest
from django.utils import timezone

from practice import mark
from practice.models import PatientLink
from tests import dance
from tests.practice.linking import calls, choose, links, theirs
from tests.recommendations.conftest import make_harbor

Mark = PatientLink.Mark


@pytest.fixture
def harbor(db):
    return make_harbor()


@pytest.fixture
def nora(client, harbor, simulators):
    client.force_login(harbor.nora.user)
    dance.connect(client, simulators, "harbor", "fullscript")
    return client


@pytest.fixture
def made(nora, harbor, simulators):
    """Elena's link, confirmed, without our id there yet."""
    choose(nora, harbor.patient, theirs(simulators, harbor.patient.email))
    [link] = links(harbor)
    assert link.mark == Mark.DUE
    return link


def run(harbor, made, after=dt.timedelta()):
    with harbor.scope():
        mark.run(made.pk, timezone.now() + after)
    with harbor.unit():
        made.refresh_from_db()
    return made


def carried(simulators, made):
    return simulators.holds("fullscript")["patients"][made.vendor_patient_id]["metadata"]["id"]


def test_our_id_is_left_once(harbor, simulators, made):
    assert run(harbor, made).mark == Mark.LEFT
    run(harbor, made)
    assert carried(simulators, made) == f"patient-{harbor.patient.pk}"
    assert len(calls(simulators, "PATCH", made.vendor_patient_id)) == 1


def test_an_outage_is_waited_for_and_the_link_stands(harbor, simulators, made):
    simulators.fault("fullscript", "status", method="PATCH", params={"code": 503})
    assert run(harbor, made).mark == Mark.DUE
    assert run(harbor, made).mark == Mark.DUE  # too early
    assert run(harbor, made, dt.timedelta(minutes=2)).mark == Mark.LEFT


def test_a_refusal_leaves_the_link_without_it(harbor, simulators, made):
    simulators.fault("fullscript", "status", method="PATCH", params={"code": 422}, times=0)
    assert run(harbor, made).mark == Mark.NOT_LEFT
    assert [link.pk for link in links(harbor)] == [made.pk]


def test_an_id_of_somebody_elses_is_not_written_over(nora, harbor, simulators, made):
    body = {"patient": {"id": made.vendor_patient_id, "metadata": {"id": "emr-7"}}}
    simulators.fault("fullscript", "status", method="GET", params={"code": 200, "body": body})
    assert run(harbor, made).mark == Mark.NOT_LEFT
    assert calls(simulators, "PATCH", made.vendor_patient_id) == []


def test_a_link_that_was_taken_back_is_not_marked(nora, harbor, simulators, made):
    with harbor.unit():
        made.unlink(timezone.now())
    run(harbor, made)
    assert carried(simulators, made) is None


def test_what_a_worker_died_over_is_found_again(harbor, made):
    now = timezone.now()
    with harbor.unit():
        PatientLink.objects.update(lease_until=now + dt.timedelta(minutes=3))
        assert mark.due(now) == []
        assert mark.due(now + dt.timedelta(minutes=4)) == [(harbor.practice.pk, made.pk)]
