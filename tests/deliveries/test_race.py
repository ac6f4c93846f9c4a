"""Several workers at once, with real commits."""

import threading

import pytest
from django.db import connection, connections
from django.utils import timezone

from deliveries import follow, receive, send
from deliveries.models import Delivery
from practice import tenancy
from practice.vendors import registry
from tests.deliveries.desk import Desk, told


@pytest.fixture
def desk(committed_db, simulators, client):
    return Desk(simulators, client)


def at_once(*deeds):
    """Runs every deed in a thread of its own, all starting together."""
    start, errors = threading.Barrier(len(deeds)), []

    def run(deed):
        start.wait()
        try:
            deed()
        except Exception as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[deed]) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def attempt(desk, delivery):
    with tenancy.declare(desk.scope):
        send.attempt(delivery.pk, timezone.now())


def test_many_workers_at_once_make_one_package(desk):
    delivery = desk.queue()
    at_once(*[lambda: attempt(desk, delivery)] * 6)
    assert desk.again(delivery).state == Delivery.State.ACCEPTED
    assert len(desk.packages()) == 1


def test_the_same_form_at_once_is_one_delivery(desk):
    at_once(*[lambda: desk.queue(barcode="ORD-TWICE")] * 4)
    with desk.unit():
        assert Delivery.objects.count() == 1


@pytest.mark.parametrize("number", range(5))
def test_the_answer_and_an_event_do_not_miss_each_other(desk, number):
    delivery, parcel_id = desk.queue(), f"p-{number}"
    answer = {"created": 1, "package_ids": [parcel_id], "warnings": []}
    desk.simulators.fault("scriptrun", "status", params={"code": 200, "body": answer})
    noon = timezone.now().replace(microsecond=0)
    events = [
        told("package.created", parcel_id, noon, barcode=delivery.barcode),
        told("delivery.completed", parcel_id, noon),
    ]
    at_once(
        lambda: attempt(desk, delivery),
        lambda: desk.post(events[0]),
        lambda: desk.post(events[1]),
    )
    desk.work_off(timezone.now())
    delivery = desk.again(delivery)
    assert (delivery.state, delivery.review_reason) == (Delivery.State.DELIVERED, "")


def test_the_answer_waits_for_an_event_that_is_being_stored(desk):
    """Else it would adopt nothing, and the event would find no delivery."""
    delivery = desk.queue()
    noon = timezone.now().replace(microsecond=0)
    receipt = desk.store(told("delivery.completed", "p-slow", noon))

    def answer():
        with desk.unit():
            follow.accepted(delivery.pk, "p-slow", timezone.now())
        connections.close_all()

    answering = threading.Thread(target=answer)
    with desk.unit():
        event = registry.VENDORS[receipt.vendor].webhook.parse(receipt.content())
        receive.on_event(receipt, event, noon)
        answering.start()
        while answering.is_alive() and not somebody_waits():
            answering.join(0.02)
    answering.join()
    assert desk.again(delivery).state == Delivery.State.DELIVERED


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        return cursor.fetchone()[0] > 0
