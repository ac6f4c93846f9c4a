"""What vendors' webhooks mean for plans. Payloads are hints: plans are fetched by a task."""

import datetime as dt

from practice import inbox
from practice.models import Connection, PatientEvent, Receipt
from practice.tasking import nudge
from practice.vendors import registry
from practice.vendors.contract import Event
from recommendations import outcome, tasks
from recommendations.models import Sending


def plan_changed(receipt: Receipt, event: Event, now: dt.datetime) -> None:
    """Has each plan read back as one of the clinicians connected to that account."""
    connections = Connection.objects.active().filter(
        vendor=receipt.vendor, account_id=event.account_id
    )
    spec = registry.VENDORS[receipt.vendor]
    for plan_id in spec.webhook.plan_ids(event):
        for connection in connections:
            nudge(tasks.read_back, connection.practice_id, connection.pk, plan_id)


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
