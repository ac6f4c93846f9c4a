"""All patients of an account are read page by page; what was decided of them is kept."""

import datetime as dt

import pytest
from django.utils import timezone

from practice import admit, link, read_patients
from practice.models import PatientReading, VendorPatient
from tests import dance
from tests.practice.linking import calls, link_place, theirs
from tests.recommendations.conftest import make_harbor

State = PatientReading.State
EVERYBODY = 7  # of the simulated clinic


@pytest.fixture
def harbor(db):
    return make_harbor()


@pytest.fixture
def nora(client, harbor, simulators):
    client.force_login(harbor.nora.user)
    dance.connect(client, simulators, "harbor", "fullscript")
    return client


def ask(harbor):
    connection = link_place(harbor).connection
    with harbor.unit():
        return read_patients.ask(connection, harbor.nora, timezone.now())


def run(harbor, reading, after=dt.timedelta()):
    with harbor.scope():
        read_patients.run(reading.pk, timezone.now() + after)
    with harbor.unit():
        reading.refresh_from_db()
    return reading


def rows(harbor):
    with harbor.unit():
        return {row.first_name + str(row.birth_date): row for row in VendorPatient.objects.all()}


def add_many(simulators, harbor, count):
    clinic = link_place(harbor).connection.account_id
    for number in range(count):
        simulators.act(
            "fullscript/add-patient",
            clinic_id=clinic,
            first_name=f"New{number}",
            last_name="Quill",
            email=f"new{number}@mail.example",
            send_welcome_email="false",
        )


def test_everybody_is_read_with_dependents_and_guardians(nora, harbor, simulators):
    reading = run(harbor, ask(harbor))
    assert (reading.state, reading.seen, reading.total) == (State.DONE, EVERYBODY, EVERYBODY)
    found = rows(harbor)
    arjun, priya = found["Arjun2016-02-14"], found["Priya1989-06-30"]
    assert arjun.is_dependent
    assert arjun.guardian_id == priya.vendor_patient_id
    assert (priya.sex, priya.phone) == ("female", "+12025550113")


def test_reading_goes_on_over_pages(nora, harbor, simulators):
    add_many(simulators, harbor, 205)
    reading = run(harbor, ask(harbor))
    assert (reading.state, reading.seen) == (State.DONE, EVERYBODY + 205)
    assert len(calls(simulators, "GET", "/clinic/patients")) == 3


def test_a_page_that_does_not_come_is_asked_for_again_and_no_other(nora, harbor, simulators):
    add_many(simulators, harbor, 105)
    simulators.fault(
        "fullscript", "status", path="/clinic/patients$", after=1, params={"code": 503}
    )
    reading = run(harbor, ask(harbor))
    assert (reading.state, reading.next_page, reading.seen) == (State.RUNNING, 2, 100)
    run(harbor, reading, dt.timedelta(minutes=5))
    assert (reading.state, reading.seen) == (State.DONE, EVERYBODY + 105)
    assert len(rows(harbor)) >= EVERYBODY
    with harbor.unit():
        assert VendorPatient.objects.count() == EVERYBODY + 105


def test_an_account_that_does_not_let_us_fails_in_words(nora, harbor, simulators):
    simulators.fault("fullscript", "status", path="/clinic/patients$", params={"code": 403})
    reading = run(harbor, ask(harbor))
    assert reading.state == State.FAILED
    connection = link_place(harbor).connection
    page = nora.get(f"/harbor/connections/{connection.pk}/patients/").content.decode()
    assert "did not let Regimen read its patients" in page


def test_a_list_that_does_not_say_whether_more_follows_is_not_taken(nora, harbor, simulators):
    body = {"patients": [{"id": "p1", "first_name": "Ida"}]}
    simulators.fault(
        "fullscript", "status", path="/clinic/patients$", params={"code": 200, "body": body}
    )
    assert run(harbor, ask(harbor)).state == State.FAILED
    assert rows(harbor) == {}


def test_reading_again_brings_what_changed_and_keeps_what_was_decided(nora, harbor, simulators):
    run(harbor, ask(harbor))
    connection = link_place(harbor).connection
    theo = rows(harbor)["Theo1971-11-22"]
    now = timezone.now()
    with harbor.unit():
        admit.leave_out(connection, [theo.pk], by=harbor.nora, now=now)
    simulators.act(
        "fullscript/update-patient", patient_id=theo.vendor_patient_id, email="theo@new.example"
    )
    run(harbor, ask(harbor))
    again = rows(harbor)["Theo1971-11-22"]
    assert (again.pk, again.email, again.decision) == (theo.pk, "theo@new.example", "left")
    assert again.changed_at is not None
    assert len(rows(harbor)) == EVERYBODY


def test_only_one_reading_at_a_time(nora, harbor, simulators):
    ask(harbor)
    with pytest.raises(read_patients.NotNow):
        ask(harbor)


def test_one_that_another_worker_holds_is_left_alone(nora, harbor, simulators):
    reading = ask(harbor)
    with harbor.unit():
        held_until = timezone.now() + dt.timedelta(minutes=3)
        PatientReading.objects.update(state=State.RUNNING, lease_until=held_until, attempts=1)
    simulators.clear_log("fullscript")
    assert run(harbor, reading).seen == 0
    assert simulators.log("fullscript") == []
    assert run(harbor, reading, dt.timedelta(minutes=4)).state == State.DONE


def test_who_was_linked_before_is_known_to_be(nora, harbor, simulators):
    found = theirs(simulators, harbor.patient.email)
    with harbor.scope():
        link.confirm(
            link_place(harbor).connection, harbor.patient, found["id"], harbor.nora, timezone.now()
        )
    run(harbor, ask(harbor))
    assert rows(harbor)["Elena1984-03-09"].decision == "linked"
