"""What a dispensary's webhooks tell of its patients. A payload is a hint: the patient is read
again, and written down as known there. Nothing of ours changes by itself.

Someone new there stands in the list to be decided on; what changed of somebody who is linked is
said on the patient's page until a person has looked.
"""

from __future__ import annotations

import datetime as dt
from functools import partial

from django.urls import reverse

from practice import connect, inbox, known_there, roster, tenancy, timeline
from practice.desk import Card, Line, Urgency
from practice.models import Connection, PatientEvent, Receipt
from practice.vendors import registry
from practice.vendors.contract import AccessRevoked, Event, PatientRow

# By so much the clocks of two machines may differ.
CLOCKS = dt.timedelta(seconds=2)


def changed(receipt: Receipt, event: Event, now: dt.datetime) -> list[inbox.Deed]:
    """None where the patient was read since this came: a storm of events about one is one
    reading, and the events behind it are done without a call."""
    patient_id = registry.VENDORS[receipt.vendor].webhook.patient_id(event)
    moment = receipt.received_at + CLOCKS
    if known_there.was_read_since(receipt.vendor, event.account_id, patient_id, moment):
        return []
    return _deeds(receipt, event, now, is_emancipation=False)


def emancipated(receipt: Receipt, event: Event, now: dt.datetime) -> list[inbox.Deed]:
    return _deeds(receipt, event, now, is_emancipation=True)


MEANINGS = {"patient": changed, "patient_emancipated": emancipated}


def subscribe() -> None:
    for vendor in registry.VENDORS.values():
        for event_type, meaning in (vendor.webhook.KINDS if vendor.webhook else {}).items():
            if meaning in MEANINGS:
                inbox.subscribe(vendor.key, event_type, MEANINGS[meaning])


def to_decide(request) -> Card | None:
    """On Today, while somebody at the member's own dispensary is to be decided on."""
    counted = [
        (connection, roster.undecided(connection).count())
        for connection in roster.accounts_of(request.membership)
    ]
    lines = tuple(
        Line(
            text=f"{count:,} at {connection.label}",
            url=reverse("practice:roster-list", args=[request.practice.slug, connection.pk]),
            note="Link them, take them in, or leave them out.",
        )
        for connection, count in counted
        if count
    )
    if not lines:
        return None
    return Card(
        title="Patients to decide on",
        lines=lines,
        urgency=Urgency.CALM,
        icon="patients",
    )


def _deeds(receipt, event, now, *, is_emancipation) -> list[inbox.Deed]:
    patient_id = registry.VENDORS[receipt.vendor].webhook.patient_id(event)
    if not patient_id:
        return []
    look = partial(look_at, receipt.vendor, event.account_id, patient_id, now)
    if is_emancipation:
        happened_at = event.created_at or now
        return [partial(look, emancipated_at=happened_at, source=f"receipt:{receipt.pk}")]
    return [look]


def look_at(
    vendor: str,
    account_id: str,
    vendor_patient_id: str,
    now: dt.datetime,
    *,
    emancipated_at: dt.datetime | None = None,
    source: str = "",
) -> None:
    """Reads one patient there, as whichever clinician's account still works. Outside of units."""
    found = _read(vendor, account_id, vendor_patient_id)
    if found is None:
        return
    connection, row = found
    with tenancy.unit():
        known_there.keep(connection, [row], now, is_news=True)
        if emancipated_at and not row.is_dependent:
            _note_emancipation(connection, row, emancipated_at, source)


def _read(vendor, account_id, vendor_patient_id) -> tuple[Connection, PatientRow] | None:
    """None where no account works, or where there is no such patient any more."""
    with tenancy.unit():
        ours = Connection.objects.for_practice(tenancy.practice_id()).active()
        connections = ours.filter(vendor=vendor, account_id=account_id)
        accounts = list(connections.select_related("practice").order_by("pk"))
    for connection in accounts:
        try:
            row = connect.call(connection, lambda client: client.patient(vendor_patient_id))
        except AccessRevoked:  # the connection says so itself; a colleague's may go on
            continue
        return (connection, row) if row else None
    return None


def _note_emancipation(connection, row, happened_at, source):
    linked = roster.links_of(connection).filter(vendor_patient_id=row.id)
    for link in linked.select_related("patient"):
        timeline.note(
            link.patient,
            PatientEvent.Kind.PATIENT,
            f"No longer a dependent at {connection.label}",
            source=f"{source}:emancipated:{link.pk}",
            happened_at=happened_at,
        )
