"""What vendors' webhooks mean for plans, orders and laboratories. Payloads are hints: what they
name is fetched."""

import contextlib
import datetime as dt
from functools import partial

from practice import inbox
from practice.models import Connection, Receipt
from practice.vendors import registry
from practice.vendors.contract import AccessRevoked, Event
from recommendations import hand_over, labs, orders


def plan_changed(receipt: Receipt, event: Event, now: dt.datetime) -> list[inbox.Deed]:
    """Has each plan read back as one of the clinicians connected to that account."""
    connections = Connection.objects.active().filter(
        vendor=receipt.vendor, account_id=event.account_id
    )
    spec = registry.VENDORS[receipt.vendor]
    return [
        partial(look_at, connection.pk, plan_id, now)
        for plan_id in spec.webhook.plan_ids(event)
        for connection in connections
    ]


def look_at(connection_id: int, plan_id: str, now: dt.datetime) -> None:
    """Reads one plan back. A connection that has ended says so itself; others may go on."""
    with contextlib.suppress(AccessRevoked):
        hand_over.take_note(connection_id, plan_id, now)


def ordered(receipt: Receipt, event: Event, now: dt.datetime) -> list[inbox.Deed]:
    """Has the order read, and what of laboratories was ordered with it."""
    hook = registry.VENDORS[receipt.vendor].webhook
    order_id, patient_id = hook.order_id(event), hook.patient_id(event)
    return [partial(orders.look_at, receipt.vendor, event.account_id, order_id, patient_id, now)]


def lab_changed(receipt: Receipt, event: Event, now: dt.datetime) -> list[inbox.Deed]:
    """Has the laboratory order read."""
    hook = registry.VENDORS[receipt.vendor].webhook
    account, number, amended = event.account_id, hook.lab_order_id(event), hook.says_amended(event)
    return [partial(labs.look_at, receipt.vendor, account, number, now, amended=amended)]


MEANINGS = {"plan": plan_changed, "ordered": ordered, "lab": lab_changed}


def subscribe():
    for vendor in registry.VENDORS.values():
        for event_type, meaning in (vendor.webhook.KINDS if vendor.webhook else {}).items():
            if meaning in MEANINGS:
                inbox.subscribe(vendor.key, event_type, MEANINGS[meaning])
