"""Linking a patient at a dispensary: who is signed in, what is held on both sides."""

import pytest

from practice import link
from practice.models import PatientEvent, PatientLink
from tests import dance
from tests.factories import PatientFactory
from tests.recommendations.conftest import make_harbor

Evidence = PatientLink.Evidence
FAMILY = "nandakumar.family@mail.example"


@pytest.fixture
def harbor(db):
    return make_harbor()


@pytest.fixture
def nora(client, harbor, simulators):
    client.force_login(harbor.nora.user)
    dance.connect(client, simulators, "harbor", "fullscript")
    return client


def page(patient, rest=""):
    return f"/harbor/patients/{patient.pk}/at/fullscript/{rest}"


def links(harbor):
    with harbor.unit():
        return list(PatientLink.objects.filter(unlinked_at__isnull=True))


def another(harbor, **fields):
    with harbor.unit():
        patient = PatientFactory(practice=harbor.practice, **fields)
        patient.refresh_from_db()
    return patient


def theirs(simulators, email, first_name="", born=""):
    """The simulated vendor's patient of the clinic Harbor."""
    held = simulators.holds("fullscript")
    [clinic] = [c["id"] for c in held["clinics"].values() if c["key"] == "harbor"]
    return next(
        p
        for p in held["patients"].values()
        if p["clinic_id"] == clinic
        and p["email"] == email
        and p["first_name"].startswith(first_name)
        and (p["date_of_birth"] or "").startswith(born)
    )


def choose(nora, patient, found, **ticks):
    return nora.post(page(patient, "confirm"), {"theirs": found["id"], **ticks}, follow=True)


def calls(simulators, method, path):
    log = simulators.log("fullscript")
    return [c for c in log if c["method"] == method and c["path"].endswith(path)]


def told(harbor):
    with harbor.unit():
        return list(PatientEvent.objects.order_by("id").values_list("text", flat=True))


def link_place(harbor):
    with harbor.unit():
        [place] = link.places(harbor.patient, harbor.nora)
    return place
