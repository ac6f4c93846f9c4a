"""Linking our patient to a vendor's patient: look there, let a person confirm, undo.

A link is never made by e-mail alone, never to the guardian of who is meant, and never without
a person. The vendor is called between units: `find`, `there` and `confirm` may not run
inside one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from django.db import IntegrityError

from practice import connect, known_there, likeness, tenancy, timeline
from practice.candidates import Candidate, compared_with
from practice.models import (
    Connection,
    Membership,
    Patient,
    PatientCreation,
    PatientEvent,
    PatientLink,
    VendorPatient,
)
from practice.vendors import registry
from practice.vendors.contract import AccessRevoked, BadAnswer, PatientRow, PostalAddress, Refused

Evidence = PatientLink.Evidence
Mark = PatientLink.Mark
Decision = VendorPatient.Decision
GUARDIANS_READ = 5

# Called with a link that was just made and the time, inside its unit. Other apps append to it
# when they are ready.
on_linked: list[Callable[[PatientLink, dt.datetime], None]] = []


class NotLinked(Exception):
    """Nothing was linked. `str()` is for the person."""


@dataclass(frozen=True)
class Place:
    """A vendor where this member's own account reaches patients; the patient's link there."""

    vendor: registry.Vendor
    connection: Connection | None
    link: PatientLink | None


def our_id(patient: Patient) -> str:
    """What we leave at a vendor, so that the patient is found again."""
    return f"patient-{patient.pk}"


def as_row(patient: Patient, vendor_patient_id: str = "") -> PatientRow:
    """Without the phone: a vendor that has it may text the patient."""
    return PatientRow(
        id=vendor_patient_id,
        first_name=patient.first_name,
        last_name=patient.last_name,
        email=patient.email,
        birth_date=patient.birth_date,
        our_id=our_id(patient),
        sex=patient.sex,
    )


# --- What we know


def places(patient: Patient, member: Membership) -> list[Place]:
    """Every vendor that keeps patients of its own. Two queries."""
    connections = Connection.objects.for_practice(patient.practice_id).of(member).active()
    mine = {connection.vendor: connection for connection in connections}
    links = {(link.vendor, link.account_id): link for link in current(patient)}
    return [
        Place(vendor, found, links.get((vendor.key, found.account_id)) if found else None)
        for vendor in registry.VENDORS.values()
        if vendor.keeps_patients
        for found in [mine.get(vendor.key)]
    ]


def current(patient: Patient):
    """The patient's links that stand."""
    return PatientLink.objects.for_practice(patient.practice_id).standing().filter(patient=patient)


def earlier(patient: Patient, vendor: str):
    """The patient's links at a vendor that were taken back, the newest first."""
    ended = PatientLink.objects.for_practice(patient.practice_id).filter(
        patient=patient, vendor=vendor, unlinked_at__isnull=False
    )
    return ended.order_by("-unlinked_at", "-id")


# --- What the vendor knows


def find(connection: Connection, patient: Patient, words: str = "") -> list[Candidate]:
    """The vendor's patients who may be ours: by our id, then by name and e-mail, or by
    `words` instead. The likeliest first, dependents with their guardian. Raises the
    contract's errors."""
    searched = [words] if words else [patient.name, patient.email]

    def ask(client):
        rows = list(client.patients_by_our_id(our_id(patient)))
        for query in filter(None, searched):
            rows += client.search_patients(query)
        found = {row.id: row for row in reversed(rows) if row.id}
        return found, _guardians(client, found)

    rows, guardians = connect.call(connection, ask)
    carrying = {row.id for row in rows.values() if row.our_id == our_id(patient)}
    with tenancy.unit():
        taken = _taken(connection, patient, list(rows))
    return compared_with(patient, rows.values(), carrying, guardians, taken)


def _guardians(client, rows: dict[str, PatientRow]) -> dict[str, PatientRow]:
    """Who answers for the dependents among `rows`, read by id where a search did not show them."""
    wanted = dict.fromkeys(row.guardian_id for row in rows.values() if row.guardian_id)
    unknown = [number for number in wanted if number not in rows][:GUARDIANS_READ]
    read = {number: client.patient(number) for number in unknown}
    return {number: row for number, row in (rows | read).items() if row is not None}


@dataclass(frozen=True)
class There:
    """A linked patient as the vendor holds them now, and who and what belongs to them."""

    row: PatientRow
    guardian: PatientRow | None
    dependents: tuple[PatientRow, ...]
    addresses: tuple[PostalAddress, ...]


def there(connection: Connection, link: PatientLink) -> There | None:
    """None where the vendor does not know them any more. Raises the contract's errors, but not
    for what only belongs to the patient."""

    def ask(client):
        row = client.patient(link.vendor_patient_id)
        if row is None:
            return None
        answering = _or_none(lambda: client.patient(row.guardian_id)) if row.guardian_id else None
        wards = () if row.is_dependent else _or_none(lambda: client.dependents(row.id))
        addresses = _or_none(lambda: client.addresses(row.id))
        return There(row, answering, wards or (), addresses or ())

    return connect.call(connection, ask)


def _or_none(ask):
    try:
        return ask()
    except (Refused, BadAnswer):
        return None
    except AccessRevoked as refusal:
        if refusal.status == 401:
            raise
        return None


def compare(connection: Connection, patient: Patient, vendor_patient_id: str) -> Candidate | None:
    """One of the vendor's patients, read now, beside ours; None where the vendor knows nobody
    by that id. Raises the contract's errors."""
    row = connect.call(connection, lambda client: client.patient(vendor_patient_id))
    if row is None:
        return None
    rows = [row]
    if not likeness.of(patient, row).is_same and not row.is_dependent:
        rows += connect.call(
            connection, lambda client: _or_none(lambda: client.dependents(row.id)) or ()
        )
    with tenancy.unit():
        taken = _taken(connection, patient, [row.id])
    carrying = {row.id} if row.our_id == our_id(patient) else set()
    found = compared_with(patient, rows, carrying, {}, taken)
    return next(candidate for candidate in found if candidate.row is row)


# --- Deeds


def confirm(
    connection: Connection,
    patient: Patient,
    vendor_patient_id: str,
    by: Membership,
    now: dt.datetime,
    *,
    compared: bool = False,
) -> PatientLink:
    """A person says that this is our patient; the vendor is asked once more who that is.
    `compared` says so of one whose name or birth date differs or is missing. Raises
    NotLinked and the contract's errors."""
    label = connection.label
    chosen = compare(connection, patient, vendor_patient_id)
    if chosen is None:
        raise NotLinked(f"{label} does not know this patient any more. Look again.")
    if refusal := chosen.refusal(label):
        raise NotLinked(refusal)
    if not (chosen.likeness.is_same or compared):
        raise NotLinked("Name and birth date do not both agree. Say that you compared them.")
    evidence = Evidence.OUR_ID if chosen.is_certain else Evidence.CONFIRMED
    return make(connection, patient, chosen.row, evidence, by, now)


def undo(link: PatientLink, by: Membership, now: dt.datetime) -> None:
    """Takes a link back, in the caller's unit; the row stays and it can be linked again."""
    link.unlink(now)
    known_there.undecide(link)
    _note(link, "Unlinked at", "unlinked", by, now)


def make(
    connection: Connection,
    patient: Patient,
    row: PatientRow,
    evidence: str,
    by: Membership,
    now: dt.datetime,
) -> PatientLink:
    """Links what was compared already, notes it, and has our id left there (`mark`). Raises
    NotLinked when either of the two is linked meanwhile."""
    try:
        with tenancy.unit():
            ours = Patient.objects.for_practice(patient.practice_id).standing()
            if not ours.held().filter(pk=patient.pk):
                raise NotLinked("This record was merged into another one meanwhile.")
            # First: whoever takes them in from the list locks this row before there is a link.
            known_there.keep(connection, [row], now)
            link = PatientLink.objects.create(
                practice_id=patient.practice_id,
                patient=patient,
                vendor=connection.vendor,
                account_id=connection.account_id,
                vendor_patient_id=row.id,
                evidence=evidence,
                linked_by=by.name,
                linked_at=now,
                connection=connection,
                mark=Mark.LEFT if row.our_id == our_id(patient) else Mark.DUE,
            )
            known_there.decide(connection, row.id, Decision.LINKED, by.name, now)
            _settle(connection, patient, now)
            _note(link, "Linked at", "linked", by, now)
            for react in on_linked:
                react(link, now)
    except IntegrityError:
        raise NotLinked("One of the two was linked meanwhile. Look again.") from None
    return link


def _settle(connection, patient, now):
    """Whoever was asked for there has been found."""
    asked = PatientCreation.objects.for_practice(patient.practice_id).filter(
        patient=patient,
        connection__vendor=connection.vendor,
        connection__account_id=connection.account_id,
        state=PatientCreation.State.OPEN,
    )
    asked.update(state=PatientCreation.State.MADE, settled_at=now, lease_until=None)


def _note(link, words, what, by, now):
    timeline.note(
        link.patient,
        PatientEvent.Kind.PATIENT,
        f"{words} {registry.VENDORS[link.vendor].label}",
        source=f"link:{link.pk}:{what}",
        happened_at=now,
        by=by.name,
        detail=link.get_evidence_display() if what == "linked" else "",
    )


def _taken(connection, patient, vendor_patient_ids) -> dict[str, Patient]:
    """Who else of ours is linked, by the vendor's patient."""
    links = (
        PatientLink.objects.for_practice(patient.practice_id)
        .filter(
            vendor=connection.vendor,
            account_id=connection.account_id,
            vendor_patient_id__in=vendor_patient_ids,
            unlinked_at__isnull=True,
        )
        .exclude(patient=patient)
        .select_related("patient")
    )
    return {link.vendor_patient_id: link.patient for link in links}
