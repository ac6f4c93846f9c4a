"""Several people decide on the same patient of a dispensary at the same moment."""

import threading

from django.db import connection as database
from django.utils import timezone

from practice import admit, link, tenancy
from practice.models import Connection, Patient, PatientLink, VendorPatient
from practice.vendors.contract import PatientRow
from tests.factories import ConnectionFactory
from tests.recommendations.conftest import make_harbor

AT_ONCE = 4


def made(harbor):
    """An account with Ida, who is nobody's yet."""
    with harbor.unit():
        ConnectionFactory(
            membership=harbor.nora, vendor="fullscript", state="active", account_id="clinic"
        )
        account = Connection.objects.select_related("practice").get()
        ida = VendorPatient.objects.create(
            practice=harbor.practice,
            vendor="fullscript",
            account_id="clinic",
            vendor_patient_id="ida",
            first_name="Ida",
            last_name="Moss",
            read_at=timezone.now(),
        )
    return account, ida


def all_at_once(harbor, *deeds):
    gate, failures = threading.Barrier(len(deeds)), []

    def run(deed):
        try:
            with harbor.scope():
                gate.wait()
                deed()
        except Exception as error:
            failures.append(error)
        finally:
            database.close()

    threads = [threading.Thread(target=run, args=[deed]) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failures


def test_who_is_taken_in_by_several_becomes_one_patient(committed_db):
    harbor = make_harbor()
    account, ida = made(harbor)

    def take_in():
        with tenancy.unit():
            admit.take_in(account, [ida.pk], by=harbor.nora, now=timezone.now())

    assert all_at_once(harbor, *[take_in] * AT_ONCE) == []
    with harbor.unit():
        assert Patient.objects.filter(first_name="Ida").count() == 1
        assert PatientLink.objects.count() == 1


def test_who_is_linked_and_taken_in_at_once_is_one_of_the_two(committed_db):
    harbor = make_harbor()
    account, ida = made(harbor)
    row = PatientRow("ida", "Ida", "Moss")

    def take_in():
        with tenancy.unit():
            admit.take_in(account, [ida.pk], by=harbor.nora, now=timezone.now())

    def confirm():
        link.make(account, harbor.patient, row, "confirmed", harbor.nora, timezone.now())

    failures = all_at_once(harbor, take_in, confirm, take_in, confirm)
    assert {type(failure) for failure in failures} <= {link.NotLinked}
    with harbor.unit():
        assert PatientLink.objects.standing().count() == 1
        taken_in = PatientLink.objects.filter(evidence="taken_in").count()
        assert Patient.objects.filter(first_name="Ida").count() == taken_in
