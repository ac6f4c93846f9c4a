"""Laboratory orders: where each stands, read again for as long as that can change.

Only results are told of. That one was bought is known by an order with such a line, whose id
says nothing of the laboratory order's; appointments, samples and interpretations are known by
reading again. States are not strictly forward: whatever the vendor says now is where it stands.
"""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db.models import F

from practice import connect, tenancy, timeline
from practice.models import Connection, PatientEvent, PatientLink
from practice.vendors.contract import (
    Ability,
    AccessRevoked,
    BadAnswer,
    HeldLabOrder,
    Refused,
    Unavailable,
    VendorError,
)
from recommendations import accounts, results
from recommendations.models import LabOrder

State = LabOrder.State

UNDER_WAY = {
    *(State.PURCHASED, State.TO_BOOK, State.BOOKED, State.PROCESSING, State.PARTIAL),
    State.UNKNOWN,
}
REPORTED = {State.READY, State.AMENDED, State.TO_INTERPRET, State.SHARED}
OFTEN, DAILY = dt.timedelta(hours=4), dt.timedelta(days=1)
# How long a state may last and still be looked at; the nightly list goes on in any case.
LIVELY, PATIENT, AMENDABLE = dt.timedelta(days=14), dt.timedelta(days=180), dt.timedelta(days=31)
FIRST_WAIT, LONGEST_WAIT = dt.timedelta(minutes=5), dt.timedelta(hours=12)
WORDS = {
    "Unavailable": "It did not answer. Regimen asks again by itself.",
    "BadAnswer": "Its answer could not be read. Regimen asks again by itself.",
    "Refused": "It refused to show this laboratory order.",
    "AccessRevoked": "No connected account may read it. Connect the account again.",
}


def next_look(state: str, changed_at: dt.datetime, now: dt.datetime) -> dt.datetime | None:
    """When to read an order again by itself; None once only the list is watched."""
    age = now - changed_at
    if state in UNDER_WAY and age < PATIENT:
        return now + (OFTEN if age < LIVELY else DAILY)
    if state in REPORTED and age < AMENDABLE:
        return now + DAILY
    return None


# --- What makes us look


def look_at(
    vendor: str, account_id: str, lab_order_id: str, now: dt.datetime, *, amended: bool = False
) -> None:
    """An event speaks of a laboratory order: reads it. With `amended` its results are fetched
    once more, whatever its state says by then."""
    if not connect.offers(vendor, Ability.LABS) or not lab_order_id:
        return
    if readers := accounts.connections(vendor, account_id):
        try:
            held = connect.call_as_any(readers, lambda client: client.lab_order(lab_order_id))
        except AccessRevoked:  # each connection says so itself
            return
        if held is not None:
            keep(readers[0], held, now, amended=amended)


def look_at_patient(vendor: str, account_id: str, patient_id: str, now: dt.datetime) -> None:
    """The patient bought some laboratory test: which order that is, the list says."""
    readers = accounts.connections(vendor, account_id)
    with tenancy.unit():
        link = accounts.link_of(vendor, account_id, patient_id)
    if link is not None and readers:
        try:
            read_of_patient(readers, link, now)
        except AccessRevoked:
            return


def read_of_patient(readers: list[Connection], link: PatientLink, now: dt.datetime) -> None:
    """Reads the list of one linked patient, and each order in it that is new or has moved.
    Raises the contract's errors."""
    if not connect.offers(link.vendor, Ability.LABS):
        return
    number = link.vendor_patient_id
    listed = connect.call_as_any(readers, lambda client: client.lab_orders_of_patient(number))
    with tenancy.unit():
        ours = LabOrder.objects.for_practice(link.practice_id).filter(
            vendor=link.vendor, vendor_lab_order_id__in=[row.id for row in listed]
        )
        known = {
            (row.vendor_lab_order_id, row.vendor_patient_id, row.raw_state): row for row in ours
        }
    for row in listed:
        if (row.id, number, row.raw_state[:60]) in known:
            continue
        held = connect.call_as_any(readers, lambda client, row=row: client.lab_order(row.id))
        if held is not None:
            keep(readers[0], held, now, patient_id=number)


def run(lab_order_id: int, now: dt.datetime) -> None:
    """Reads one order whose time has come, unless another worker holds it."""
    lease = now + dt.timedelta(seconds=settings.LEASE_SECONDS)
    with tenancy.unit():
        claimed = (
            LabOrder.objects.to_read(now)
            .filter(pk=lab_order_id)
            .update(lease_until=lease, attempts=F("attempts") + 1)
        )
        if not claimed:
            return
        order = LabOrder.objects.select_related("connection").get(pk=lab_order_id)
    read(order, now)


def read(order: LabOrder, now: dt.datetime) -> VendorError | None:
    """Reads one order again; what went wrong, which is also written down with it."""
    if not connect.offers(order.vendor, Ability.LABS):
        return _put_off(order, None, now)
    readers = accounts.connections(order.vendor, order.account_id, order.connection_id)
    try:
        if not readers:
            raise AccessRevoked("Nobody is connected.", vendor=order.vendor, operation="token")
        held = connect.call_as_any(
            readers, lambda client: client.lab_order(order.vendor_lab_order_id)
        )
    except VendorError as error:
        return _put_off(order, error, now)
    if held is None:
        gone = Refused("It is not there any more.", vendor=order.vendor, operation="lab_order")
        return _put_off(order, gone, now)
    keep(readers[0], held, now, patient_id=order.vendor_patient_id)
    return None


def _put_off(order: LabOrder, error: VendorError | None, now) -> VendorError | None:
    wait = min(FIRST_WAIT * 2 ** min(order.attempts, 8), LONGEST_WAIT)
    if isinstance(error, Unavailable):
        wait = max(wait, dt.timedelta(seconds=error.retry_after or 0))
        if error.held_back:
            wait = dt.timedelta(seconds=error.retry_after or 60)
    elif not isinstance(error, BadAnswer):
        wait = DAILY
    with tenancy.unit():
        LabOrder.objects.filter(pk=order.pk, read_at=order.read_at).update(
            lease_until=None,
            not_before_at=now + wait,
            last_error=WORDS[type(error).__name__] if error else "",
        )
    return error


# --- What is kept of it


def keep(
    connection: Connection,
    held: HeldLabOrder,
    now: dt.datetime,
    *,
    patient_id: str = "",
    amended: bool = False,
) -> LabOrder | None:
    """Writes down an order as read at `now`, notes what is new, and has results fetched. None
    where its patient is linked to nobody, or it was read later already."""
    number = held.patient_id or patient_id
    with tenancy.unit():
        link = accounts.link_of(connection.vendor, connection.account_id, number)
        if link is None or not held.id:
            return None
        order, is_new = LabOrder.objects.select_for_update(of=["self"]).get_or_create(
            practice_id=link.practice_id,
            vendor=link.vendor,
            vendor_lab_order_id=held.id,
            defaults={
                "patient": link.patient,
                "connection": connection,
                "account_id": link.account_id,
                "state": held.state,
                "raw_state": held.raw_state[:60],
                "first_seen_at": now,
                "changed_at": now,
                "read_at": now,
            },
        )
        if order.read_at > now:
            return None
        moved = not is_new and (order.state, order.raw_state) != (held.state, held.raw_state[:60])
        _write(order, link, held, now, moved)
        is_amended = amended or (held.state == State.AMENDED and (moved or is_new))
        if is_amended:
            order.amended_at = now
        order.save()
        if is_new or moved:
            _note(order, now)
        results.take_in(order, held, now, amended=is_amended)
    return order


def _write(order: LabOrder, link: PatientLink, held: HeldLabOrder, now, moved: bool) -> None:
    order.patient, order.account_id = link.patient, link.account_id
    order.vendor_patient_id = link.vendor_patient_id
    order.state, order.raw_state = held.state, held.raw_state[:60]
    order.name = (held.name or order.name)[:300]
    order.tests = [{"id": test.id, "name": test.name} for test in held.tests] or order.tests
    if moved:
        order.changed_at = now
    order.keep(held.raw)
    order.read_at = now
    order.attempts, order.lease_until, order.last_error = 0, None, ""
    order.not_before_at = next_look(order.state, order.changed_at, now)


def _note(order: LabOrder, now: dt.datetime) -> None:
    """A line for every change, on the page of its patient."""
    timeline.note(
        order.patient,
        PatientEvent.Kind.LAB,
        f"{order.title[:200]}: {order.state_in_words}",
        source=f"lab:{order.pk}:{now:%Y%m%dT%H%M%S%f}",
        happened_at=now,
        detail=f"At {order.label}",
        view_name="recommendations:lab-detail",
        object_id=order.pk,
    )


def due(now: dt.datetime, limit: int = 500) -> list[tuple[int, int]]:
    """(practice id, laboratory order id) of those to be read again. In the all-practices scope."""
    with tenancy.unit():
        rows = LabOrder.objects.to_read(now).of_linked()
        rows = rows.filter(practice__suspended_at__isnull=True).order_by("not_before_at", "pk")
        return list(rows.values_list("practice_id", "pk")[:limit])
