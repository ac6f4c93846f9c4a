"""Who a page is about, and what must not be overlooked: the tag and its fragment together."""

import datetime as dt
from types import SimpleNamespace

import pytest
from django.template import Context, engines

from practice.models import Patient


@pytest.fixture
def banner():
    def drawn(words="", **fields):
        patient = Patient(pk=7, first_name="Imani", last_name="Okafor", **fields)
        template = "{% load patients %}{% patient_banner patient " + words + " %}"
        practice = SimpleNamespace(slug="bayside", zone=dt.UTC, restricts_patients=False)
        context = {"patient": patient, "request": SimpleNamespace(practice=practice)}
        return engines["django"].engine.from_string(template).render(Context(context))

    return drawn


def test_every_allergy_and_reminder_is_shown(banner):
    html = banner('"Pregnant"', allergies="Shellfish, Penicillin")
    assert all(word in html for word in ("Shellfish", "Penicillin", "Pregnant"))
    assert "No allergies" not in html


def test_no_allergies_is_said_in_words(banner):
    assert "No allergies or alerts recorded" in banner()


def test_birth_date_age_and_record_number_stand_beside_the_name(banner):
    html = banner(birth_date=dt.date(1984, 3, 9), record_number="H-20418")
    assert "Mar 9, 1984</time> (" in html
    assert "H-20418" in html
