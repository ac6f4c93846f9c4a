"""Who a page is about, and what must not be overlooked."""

import datetime as dt

from django.template.loader import render_to_string

IMANI = {"name": "Imani Okafor", "birth_date": dt.date(1984, 3, 9), "age": 42, "mrn": "H-20418"}


def banner(**context):
    return render_to_string("_patient_banner.html", {"patient": IMANI, **context})


def test_every_allergy_and_alert_is_shown():
    html = banner(allergies=["Shellfish", "Penicillin"], alerts=["Anticoagulant"])
    assert "Shellfish" in html
    assert "Penicillin" in html
    assert "Anticoagulant" in html
    assert "No allergies" not in html


def test_no_allergies_is_said_in_words():
    assert "No allergies or alerts recorded" in banner(allergies=[], alerts=[])


def test_birth_date_age_and_record_number_stand_beside_the_name():
    html = banner()
    assert "Mar 9, 1984" in html
    assert "(42)" in html
    assert "H-20418" in html
