"""What Fullscript tells of its patients: read again, said on a page, decided by a person."""

import datetime as dt

import pytest
from django.utils import timezone

from practice.models import Receipt, VendorPatient
from tests.practice.linking import another, page, theirs
from tests.practice.test_read_patients import link_place
from tests.recommendations.conftest import make_harbor
from tests.recommendations.hand import Hand

FAMILY = "nandakumar.family@mail.example"


@pytest.fixture
def harbor(db):
    return make_harbor()


@pytest.fixture
def nora(client, harbor, simulators):
    client.force_login(harbor.nora.user)
    return Hand(harbor, client, simulators)


def arrive(nora):
    for event in nora.events():
        assert nora.deliver(event) == 200
    nora.work_off()


def detail(nora, patient):
    return nora.client.get(f"/harbor/patients/{patient.pk}/").content.decode()


def today(nora):
    return nora.client.get("/harbor/").content.decode()


def add(nora, harbor, **fields):
    clinic = link_place(harbor).connection.account_id
    given = {"first_name": "Ida", "last_name": "Moss", "email": "ida@mail.example"}
    return nora.simulators.act("fullscript/add-patient", clinic_id=clinic, **given | fields)[
        "patient_id"
    ]


def kept(harbor):
    with harbor.unit():
        return {row.vendor_patient_id: row for row in VendorPatient.objects.all()}


def receipts(harbor):
    with harbor.unit():
        return set(Receipt.objects.values_list("state", flat=True))


def test_who_is_new_there_is_to_be_decided_and_today_says_so(nora, harbor):
    assert "to decide on" not in today(nora)
    made = add(nora, harbor)
    arrive(nora)
    assert kept(harbor)[made].decision == "open"
    words = today(nora)
    assert "Patients to decide on" in words
    assert "1 at Fullscript" in words


def test_the_payload_is_a_hint_and_the_patient_is_read(nora, harbor):
    made = add(nora, harbor)
    nora.simulators.act("fullscript/update-patient", patient_id=made, last_name="Mosswood")
    created = next(event for event in nora.events() if event["type"] == "patient.created")
    nora.deliver(created)
    nora.work_off()
    assert kept(harbor)[made].last_name == "Mosswood"


def test_what_changed_of_somebody_linked_is_said_until_somebody_looked(nora, harbor):
    held = nora.link()
    nora.simulators.act(
        "fullscript/update-patient", patient_id=held.vendor_patient_id, email="e@new.example"
    )
    assert "another e-mail" not in detail(nora, harbor.patient)
    arrive(nora)
    words = detail(nora, harbor.patient)
    assert "Fullscript has another e-mail since" in words
    assert page(harbor.patient) in words
    nora.client.post(page(harbor.patient, "details"), {"deed": "leave"})
    assert "another e-mail" not in detail(nora, harbor.patient)


def test_what_is_the_same_here_is_no_news(nora, harbor):
    held = nora.link()
    with harbor.unit():
        harbor.patient.email = "e@new.example"
        harbor.patient.save()
    nora.simulators.act(
        "fullscript/update-patient", patient_id=held.vendor_patient_id, email="E@new.example"
    )
    arrive(nora)
    assert "another e-mail" not in detail(nora, harbor.patient)


def test_nothing_of_ours_changes_by_itself(nora, harbor):
    held = nora.link()
    nora.simulators.act(
        "fullscript/update-patient", patient_id=held.vendor_patient_id, email="e@new.example"
    )
    arrive(nora)
    with harbor.unit():
        harbor.patient.refresh_from_db()
    assert harbor.patient.email == "elena.marsh@mail.example"


def test_emancipation_is_noted_and_the_guardian_is_gone(nora, harbor):
    arjun = another(
        harbor, first_name="Arjun", last_name="Nandakumar", birth_date="2016-02-14", email=FAMILY
    )
    found = theirs(nora.simulators, FAMILY, "Arjun")
    nora.client.post(page(arjun, "confirm"), {"theirs": found["id"]})
    assert kept(harbor)[found["id"]].guardian_id
    nora.simulators.act("fullscript/emancipate", patient_id=found["id"], email="arjun@own.example")
    arrive(nora)
    row = kept(harbor)[found["id"]]
    assert (row.guardian_id, row.is_dependent) == ("", False)
    assert detail(nora, arjun).count("No longer a dependent at Fullscript") == 1
    nora.deliver(nora.events()[-1])
    nora.work_off()
    assert detail(nora, arjun).count("No longer a dependent at Fullscript") == 1


def test_a_patient_that_cannot_be_read_now_is_read_later(nora, harbor):
    made = add(nora, harbor)
    nora.simulators.fault("fullscript", "status", path="/patients/", params={"code": 503})
    arrive(nora)
    assert kept(harbor) == {}
    nora.work_off(later=3600)
    assert made in kept(harbor)
    assert receipts(harbor) == {Receipt.State.DONE}


def test_a_patient_who_is_gone_there_is_no_failure(nora, harbor):
    add(nora, harbor)
    nora.simulators.fault("fullscript", "status", path="/patients/", params={"code": 404})
    arrive(nora)
    assert kept(harbor) == {}
    assert receipts(harbor) == {Receipt.State.DONE}


def test_events_in_any_order_and_twice_end_the_same(nora, harbor):
    made = add(nora, harbor)
    nora.simulators.act("fullscript/update-patient", patient_id=made, email="second@mail.example")
    nora.simulators.act("fullscript/update-patient", patient_id=made, email="third@mail.example")
    for event in [*reversed(nora.events()), *nora.events()]:
        assert nora.deliver(event) == 200
    nora.work_off()
    assert kept(harbor)[made].email == "third@mail.example"
    assert receipts(harbor) == {Receipt.State.DONE}


def test_news_stay_with_who_may_see_the_patient(nora, harbor):
    """A practitioner who sees only their own patients is told of theirs."""
    held = nora.link()
    with harbor.unit():
        harbor.patient.practitioner = harbor.nora
        harbor.patient.save()
        harbor.practice.restricts_patients = True
        harbor.practice.save()
    nora.simulators.act(
        "fullscript/update-patient", patient_id=held.vendor_patient_id, email="e@new.example"
    )
    arrive(nora)
    assert "another e-mail" in detail(nora, harbor.patient)
    assert "to decide on" not in today(nora)
    since = kept(harbor)[held.vendor_patient_id].changed_at
    assert timezone.now() - since < dt.timedelta(minutes=1)


def test_a_storm_about_one_patient_is_one_reading(nora, harbor):
    patient_id = add(nora, harbor)
    arrive(nora)
    with harbor.unit():
        later = timezone.now() + dt.timedelta(minutes=1)
        VendorPatient.objects.filter(vendor_patient_id=patient_id).update(read_at=later)
    nora.simulators.clear_log("fullscript")
    for number in range(3):
        act = {"patient_id": patient_id, "mobile_number": f"+1202555010{number}"}
        nora.simulators.act("fullscript/update-patient", **act)
    arrive(nora)
    assert [
        call for call in nora.simulators.log("fullscript") if "/patients/" in call["path"]
    ] == []
    assert receipts(harbor) == {"done"}
