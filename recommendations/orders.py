"""What patients ordered at a vendor, whoever made the plan.

An event is a hint: the order is read. Of patients whom nobody linked nothing is kept; theirs
is read once they are linked. Nothing of an order's money is read, and a refund is known only
by the vendor's own word for the order's state.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from catalog import learn
from practice import connect, tenancy, timeline
from practice.models import Connection, PatientEvent, PatientLink
from practice.vendors import registry
from practice.vendors.contract import Ability, AccessRevoked, HeldOrder
from recommendations import accounts, labs
from recommendations.models import Order

SOON = dt.timedelta(minutes=10)


def look_at(vendor: str, account_id: str, order_id: str, patient_id: str, now) -> None:
    """An event speaks of an order: reads it, and what of laboratories was ordered with it. One
    that cannot be read yet is found by the next reading of its patient, which is then soon."""
    readers = accounts.connections(vendor, account_id)
    if not readers or not order_id:
        return
    try:
        held = connect.call_as_any(readers, lambda client: client.order(order_id))
    except AccessRevoked:  # each connection says so itself
        return
    if held is None:
        _read_soon(vendor, account_id, patient_id, now + SOON)
        return
    keep(readers[0], [held], now)
    if any(line.kind == Order.LABS for line in held.lines):
        # What it is called as a laboratory order is another matter: its id is not this one's.
        labs.look_at_patient(vendor, account_id, held.patient_id, now)


def read_of_patient(readers: list[Connection], link: PatientLink, now: dt.datetime) -> None:
    """Reads all orders of one linked patient. Raises the contract's errors."""
    if not connect.offers(link.vendor, Ability.ORDERS):
        return
    number = link.vendor_patient_id
    held = connect.call_as_any(readers, lambda client: client.orders_of_patient(number))
    keep(readers[0], [one for one in held if one.patient_id in ("", number)], now, number)


def keep(
    connection: Connection, held: Iterable[HeldOrder], now: dt.datetime, patient_id: str = ""
) -> None:
    """Writes down orders as read at `now` of patients who are linked, of `patient_id` where the
    order itself does not say. Learns the products they name."""
    kept = []
    for one in held:
        number = one.patient_id or patient_id
        with tenancy.unit():
            link = accounts.link_of(connection.vendor, connection.account_id, number)
            if link is not None and one.id:
                kept.append(_keep(link, one, now))
    unnamed = {
        line["sku"]
        for order in filter(None, kept)
        for line in order.lines
        if line["sku"] and not line["name"] and line["kind"] != Order.LABS
    }
    if unnamed:
        found = learn.variants(connection, unnamed, now)
        with tenancy.unit():
            for order in filter(None, kept):
                _name(order, {sku: listing.name for sku, listing in found.items()})


def _keep(link: PatientLink, held: HeldOrder, now: dt.datetime) -> Order | None:
    """None where it was read later already."""
    order, is_new = Order.objects.select_for_update(of=["self"]).get_or_create(
        practice_id=link.practice_id,
        vendor=link.vendor,
        vendor_order_id=held.id,
        defaults={"patient": link.patient, "account_id": link.account_id, "read_at": now},
    )
    if order.read_at > now:
        return None
    names = {line["sku"]: line["name"] for line in order.lines}
    order.patient, order.account_id = link.patient, link.account_id
    order.vendor_patient_id = link.vendor_patient_id
    order.number, order.raw_state = held.number[:60], held.raw_state[:60]
    order.placed_at = held.placed_at
    order.plan_ids = list(held.plan_ids)
    order.lines = [
        {
            "sku": line.sku,
            "name": names.get(line.sku, ""),
            "quantity": line.quantity,
            "kind": line.kind,
            "raw_kind": line.raw_kind,
        }
        for line in held.lines
    ]
    order.read_at = now
    order.keep(held.raw)
    order.save()
    if is_new:
        _note(order, now)
    return order


def _name(order: Order, names: dict[str, str]) -> None:
    for line in order.lines:
        line["name"] = line["name"] or names.get(line["sku"], "")
    order.save(update_fields=["lines"])


def _note(order: Order, now: dt.datetime) -> None:
    """One line an order, in whichever way we came to know of it."""
    timeline.note(
        order.patient,
        PatientEvent.Kind.ORDER,
        f"Ordered at {registry.VENDORS[order.vendor].label}: {order.in_words}",
        source=f"ordered:{order.pk}",
        happened_at=order.placed_at or now,
        view_name="recommendations:order-list",
        object_id=order.patient_id,
    )


def _read_soon(vendor: str, account_id: str, patient_id: str, at: dt.datetime) -> None:
    with tenancy.unit():
        if link := accounts.link_of(vendor, account_id, patient_id):
            link.order_readings.filter(not_before_at__gt=at).update(not_before_at=at)
