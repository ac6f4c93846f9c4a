"""A practice whose clinician is known to the simulated vendors by her e-mail."""

from dataclasses import dataclass

import pytest

from practice import tenancy
from practice.models import Membership, Patient, Practice
from tests import dance
from tests.factories import MembershipFactory, PatientFactory, PracticeFactory, UserFactory


@dataclass
class Harbor:
    practice: Practice
    nora: Membership
    patient: Patient

    def unit(self):
        return tenancy.unit(tenancy.of_practice(self.practice.pk))

    def scope(self):
        return tenancy.declare(tenancy.of_practice(self.practice.pk))


def make_harbor() -> Harbor:
    with tenancy.unit(tenancy.EVERYTHING):
        practice = PracticeFactory(name="Harbor", slug="harbor")
        user = UserFactory(username="nora", email=dance.NORA)
        nora = MembershipFactory(practice=practice, user=user, name="Nora Lindqvist, ND")
        patient = PatientFactory(
            practice=practice,
            first_name="Elena",
            last_name="Marsh",
            birth_date="1984-03-09",
            email="elena.marsh@mail.example",
        )
        patient.refresh_from_db()
    return Harbor(practice, nora, patient)


@pytest.fixture
def harbor(db):
    return make_harbor()


@pytest.fixture
def signed_in(client, harbor):
    client.force_login(harbor.nora.user)
    return client
