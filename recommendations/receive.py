"""What vendors' webhooks mean for plans. Payloads are hints: the plans are fetched."""

import contextlib
import datetime as dt
from functools import partial

from practice import inbox
from practice.models import Connection, PatientEvent, Receipt
from practice.vendors import registry
from practice.vendors.contract import AccessRevoked, Event
from recommendations import hand_over, outcome
from recommendations.models import Sending


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


def ordered(receipt: Receipt, event: Event, now: dt.datetime) -> None:
    """Notes on the timeline that the patient ordered from a plan of ours."""
    spec = registry.VENDORS[receipt.vendor]
    sendings = Sending.objects.select_related("plan__patient").filter(
        vendor=receipt.vendor, vendor_plan_id__in=spec.webhook.plan_ids(event)
    )
    for sending in sendings:
        text = f"Ordered at {sending.label}"
        when = event.created_at or now
        outcome.note(sending, PatientEvent.Kind.ORDER, text, f"order:{receipt.pk}", when)


MEANINGS = {"plan": plan_changed, "ordered": ordered}


def subscribe():
    for vendor in registry.VENDORS.values():
        for event_type, meaning in (vendor.webhook.KINDS if vendor.webhook else {}).items():
            if meaning in MEANINGS:
                inbox.subscribe(vendor.key, event_type, MEANINGS[meaning])
