"""Merging a patient away while somebody makes something for them, over two connections."""

import threading

import pytest
from django.db import connection, connections
from django.urls import reverse
from django.utils import timezone

from deliveries.models import Delivery
from practice import merge
from practice.models import Patient
from recommendations import edit
from recommendations.models import Plan


@pytest.fixture
def two(committed_clinic):
    committed_clinic.kept = committed_clinic.patient(first_name="Jane")
    committed_clinic.merged = committed_clinic.patient(first_name="Jane")
    return committed_clinic


def waiting() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return cursor.fetchone()[0] > 0


def meanwhile(clinic, first, second):
    """What `second` gave, which began and waits while what `first` did is not committed."""
    given = []

    def run():
        given.append(second())
        connections.close_all()

    thread = threading.Thread(target=run)
    with clinic.open():
        first()
        thread.start()
        while thread.is_alive() and not waiting():
            thread.join(0.02)
        assert thread.is_alive(), "it did not wait"
    thread.join(30)
    return given[0]


def merges(clinic):
    kept, merged = (Patient.objects.get(pk=one.pk) for one in (clinic.kept, clinic.merged))
    shown = merge.seen(kept, merged)
    merge.merge(kept, merged, {}, shown=shown, by=clinic.members.ann, now=timezone.now())


@pytest.mark.parametrize("name", ["recommendations:plan-start", "deliveries:delivery-book"])
def test_nothing_is_made_for_who_was_merged_away_meanwhile(two, name):
    path = reverse(name, args=["bayside", two.merged.pk])
    answer = meanwhile(two, lambda: merges(two), lambda: two.bob.post(path, {}))
    assert answer.status_code == 404
    with two.open():
        assert not Plan.objects.exists()
        assert not Delivery.objects.exists()


def test_a_plan_that_was_being_made_goes_with_the_patient(two):
    def starts():
        patient = Patient.objects.current().held().get(pk=two.merged.pk)
        edit.start(patient, two.members.bob, by=two.members.bob, now=timezone.now())

    def merging():
        with two.open():
            merges(two)

    meanwhile(two, starts, merging)
    with two.open():
        assert Plan.objects.get().patient_id == two.kept.pk
