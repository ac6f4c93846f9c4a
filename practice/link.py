"""Linking our patient to a vendor's patient: look there, let a person confirm, create, undo.

A link is never made by e-mail alone and never without a person. The vendor is called
between units: `find`, `theirs`, `confirm` and `create` may not run inside one.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import IntegrityError

from practice import connect, likeness, locks, tenancy, timeline
from practice.likeness import Likeness
from practice.models import Connection, Membership, Patient, PatientEvent, PatientLink
from practice.vendors import registry
from practice.vendors.contract import BadAnswer, PatientRow, Refused, Unavailable

Evidence = PatientLink.Evidence


class NotLinked(Exception):
    """Nothing was linked. `str()` is for the person."""


@dataclass(frozen=True)
class Candidate:
    """One of the vendor's patients beside ours. `taken_by` is another patient of ours who is
    linked to this one."""

    row: PatientRow
    likeness: Likeness
    has_our_id: bool
    taken_by: Patient | None

    @property
    def is_certain(self) -> bool:
        return self.has_our_id and self.likeness.is_same


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
    return PatientRow(
        id=vendor_patient_id,
        first_name=patient.first_name,
        last_name=patient.last_name,
        email=patient.email,
        birth_date=patient.birth_date,
        our_id=our_id(patient),
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
    return PatientLink.objects.for_practice(patient.practice_id).filter(
        patient=patient, unlinked_at__isnull=True
    )


# --- What the vendor knows


def find(connection: Connection, patient: Patient, words: str = "") -> list[Candidate]:
    """The vendor's patients who may be ours: by our id, then by name and e-mail, or by
    `words` instead. The likeliest first. Raises the contract's errors."""
    searched = [words] if words else [patient.name, patient.email]

    def ask(client):
        rows = list(client.patients_by_our_id(our_id(patient)))
        for query in filter(None, searched):
            rows += client.search_patients(query)
        return rows

    rows = {row.id: row for row in connect.call(connection, ask)}
    with tenancy.unit():
        taken = _taken(connection, patient, list(rows))
    found = [_candidate(patient, row, taken.get(row.id)) for row in rows.values()]
    return sorted(found, key=_rank)


def theirs(connection: Connection, link: PatientLink) -> PatientRow | None:
    """The linked patient as the vendor holds them now. Raises the contract's errors."""
    return connect.call(connection, lambda client: client.patient(link.vendor_patient_id))


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
    row = connect.call(connection, lambda client: client.patient(vendor_patient_id))
    if row is None:
        raise NotLinked(f"{label} does not know this patient any more. Look again.")
    with tenancy.unit():
        taken_by = _taken(connection, patient, [row.id]).get(row.id)
    chosen = _candidate(patient, row, taken_by)
    if chosen.taken_by:
        raise NotLinked(
            f"That {label} patient is linked to {chosen.taken_by.name} already. "
            "If that is wrong, unlink it there first."
        )
    if not chosen.likeness.may_be:
        raise NotLinked(
            "Neither the name nor the birth date is the same, and families share e-mail "
            "addresses. If it is the same person, correct the details on one side first."
        )
    if not (chosen.likeness.is_same or compared):
        raise NotLinked("Name and birth date do not both agree. Say that you compared them.")
    return make(
        connection, patient, row, Evidence.OUR_ID if chosen.is_certain else Evidence.CONFIRMED,
        by, now,
    )  # fmt: skip


def create(
    connection: Connection, patient: Patient, by: Membership, now: dt.datetime, *, welcome: bool
) -> PatientLink:
    """Creates the patient there and links it. `welcome` lets the vendor e-mail the patient.

    Looks for our id first, one at a time for each patient: a create whose answer was lost
    is found, not repeated. Raises NotLinked and the contract's errors.
    """
    label = connection.label
    if not patient.email:
        raise NotLinked(f"{label} needs an e-mail address. Add one to the patient's details.")
    with tenancy.unit():
        linked = current(patient).filter(vendor=connection.vendor, account_id=connection.account_id)
        if linked.exists():
            raise NotLinked(f"This patient is linked at {label} already.")
    with locks.held("create-patient", patient.pk):
        if connect.call(connection, lambda client: client.patients_by_our_id(our_id(patient))):
            raise NotLinked(f"{label} holds this patient already. Confirm the one marked below.")
        try:
            row = connect.call(
                connection,
                lambda client: client.create_patient(as_row(patient), send_welcome_email=welcome),
            )
        except Refused as refusal:
            raise NotLinked(f"{label} did not create the patient. {refusal.message}".strip())
        except (Unavailable, BadAnswer) as error:
            if isinstance(error, Unavailable) and not error.maybe_done:
                raise
            raise NotLinked(
                f"{label} did not confirm, so the patient may have been created. "
                "Look again in a minute: if so, the patient is shown with our number."
            )
        return make(connection, patient, row, Evidence.CREATED, by, now)


def undo(link: PatientLink, by: Membership, now: dt.datetime) -> None:
    """Takes a link back, in the caller's unit; the row stays and it can be linked again."""
    link.unlink(now)
    _note(link, "Unlinked at", "unlinked", by, now)


def make(
    connection: Connection,
    patient: Patient,
    row: PatientRow,
    evidence: str,
    by: Membership,
    now: dt.datetime,
) -> PatientLink:
    """Links what was compared already, and notes it. Raises NotLinked when either of the two
    is linked meanwhile."""
    try:
        with tenancy.unit():
            if not Patient.objects.standing().held().filter(pk=patient.pk):
                raise NotLinked("This record was merged into another one meanwhile.")
            link = PatientLink.objects.create(
                practice_id=patient.practice_id,
                patient=patient,
                vendor=connection.vendor,
                account_id=connection.account_id,
                vendor_patient_id=row.id,
                evidence=evidence,
                linked_by=by.name,
                linked_at=now,
            )
            _note(link, "Linked at", "linked", by, now)
    except IntegrityError:
        raise NotLinked("One of the two was linked meanwhile. Look again.") from None
    return link


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


def _candidate(patient, row, taken_by) -> Candidate:
    return Candidate(
        row, likeness.of(patient, row), row.our_id == our_id(patient), taken_by=taken_by
    )


def _rank(candidate):
    like = candidate.likeness
    return (not candidate.has_our_id, not like.is_same, not like.may_be, like.name.theirs)
