"""What vendors' webhooks mean for plans, orders and laboratories. Payloads are hints: what they
name is fetched."""

import contextlib
import datetime as dt
from functools import partial

from practice import connect, inbox, likeness, tenancy
from practice.models import Connection, Receipt
from practice.vendors import registry
from practice.vendors.contract import AccessRevoked, Event, HeldPlan
from recommendations import (
    accounts,
    find_there,
    follow_up,
    hand_over,
    history,
    labs,
    orders,
    read_back,
)
from recommendations.models import Sending


def plan_changed(receipt: Receipt, event: Event, now: dt.datetime) -> list[inbox.Deed]:
    """Has each plan read back as one of the clinicians connected to that account."""
    connections = accounts.connections(receipt.vendor, event.account_id)
    spec = registry.VENDORS[receipt.vendor]
    return [
        partial(look_at, connection.pk, plan_id, now)
        for plan_id in spec.webhook.plan_ids(event)
        for connection in connections
    ]


def look_at(connection_id: int, plan_id: str, now: dt.datetime) -> None:
    """Reads one plan back. A connection that has ended says so itself; others may go on."""
    with contextlib.suppress(AccessRevoked):
        take_note(connection_id, plan_id, now)


def take_note(connection_id: int, vendor_plan_id: str, now: dt.datetime) -> None:
    """A webhook speaks of a plan: fetch it, and either follow one of ours, find the sending
    that waits for it (the browser may have been closed before it told us), or keep it as one
    that was made there."""
    with tenancy.unit():
        connection = Connection.objects.get(pk=connection_id)
    held = connect.call(connection, lambda client: client.plan(vendor_plan_id))
    if held is None:
        return
    with tenancy.unit():
        known = of_plan(connection, held)
    if known is not None:
        follow_up.follow(known, held, now)
        return
    meant = those_meant(connection, held)
    # The vendor tells of every plan of its clinic: most are simply none of ours.
    if len(meant) != 1 or not taken(meant[0], held, now):
        history.keep_one(connection, held, now)


def taken(sending: Sending, held: HeldPlan, now: dt.datetime) -> bool:
    """Ties `held` to the sending that waits for one like it, unless there are more like it: then
    a person says which."""
    alike = [found for found in find_there.look(sending) if found.is_active]
    others = [found for found in alike if found.held.id != held.id]
    if others:
        find_there.ask_a_person(sending, len(others) + 1)
        return False
    try:
        hand_over.accept(sending, held, now)
    except hand_over.NotBelieved:
        return False
    return True


def of_plan(connection: Connection, held: HeldPlan) -> Sending | None:
    """The sending that has this plan."""
    return _sendings(connection).filter(vendor_plan_id=held.id).first()


def those_meant(connection: Connection, held: HeldPlan) -> list[Sending]:
    """The sendings that wait for a plan like this one: signed over this connection, with a
    product in common, not older than their page was opened, and for the patient it was made
    for. Where nobody said who that is, their page was opened for it at least, and name and
    birth date both agree. Not inside a unit."""
    with tenancy.unit():
        waiting = [
            sending
            for sending in _sendings(connection).filter(
                state=Sending.State.HAND_OVER, connection=connection
            )
            if hand_over.young_enough(sending, held) and _shares_product(sending, held)
        ]
        if not waiting:
            return []
        theirs = {sending.pk: hand_over.patient_there(sending) for sending in waiting}
    named = [sending for sending in waiting if theirs[sending.pk] == held.patient_id]
    unnamed = [sending for sending in waiting if sending.opened_at and not theirs[sending.pk]]
    if named or not unnamed:
        return named
    row = connect.call(connection, lambda client: client.patient(held.patient_id))
    return [s for s in unnamed if row and likeness.of(s.plan.patient, row).is_same]


def _shares_product(sending: Sending, held: HeldPlan) -> bool:
    wanted = {line.line.sku for line in read_back.part_of(sending).lines}
    return bool(wanted & {line.sku for line in held.lines})


def _sendings(connection: Connection):
    return Sending.objects.select_related(
        "connection", "plan__patient", "plan__clinician", "practice"
    ).filter(practice_id=connection.practice_id, vendor=connection.vendor)


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
