"""Deciding on a dispensary's patients: take in as new, leave out, and take either back.

Linking one to a patient of ours is `link.confirm`. These run in the caller's unit and call no
vendor: what a row says was read there.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, field

from django.utils import timezone

from practice import belongings, enrol, link, roster
from practice.judge import LineForm
from practice.models import (
    Connection,
    Membership,
    Patient,
    PatientEvent,
    PatientLink,
    VendorPatient,
)
from practice.roster import Group, Roster

Decision = VendorPatient.Decision
Evidence = PatientLink.Evidence
FIELDS = ("first_name", "last_name", "birth_date", "sex", "email", "phone")
AT_ONCE = 2000


@dataclass
class Admitted:
    """What became of those who were to be taken in. `wrong` are (row, sentences)."""

    patients: list[Patient] = field(default_factory=list)
    alike: int = 0
    gone: int = 0
    wrong: list[tuple[VendorPatient, list[str]]] = field(default_factory=list)


def take_in(
    connection: Connection,
    row_ids: Collection[int],
    *,
    by: Membership,
    now: dt.datetime,
    anyway: bool = False,
) -> Admitted:
    """Makes new patients of ours of these, theirs to treat by `by`, and links them. Who looks
    like one of ours, or like another of these, stays to be decided, unless `anyway`."""
    rows = roster.of_account(connection).filter(pk__in=row_ids).order_by("pk")
    listed = Roster(connection, rows.select_for_update(of=["self"]))
    form = LineForm(FIELDS, today=timezone.localdate(timezone=by.practice.zone))
    done, chosen = Admitted(), []
    for entry in listed.entries:
        if entry.group in (Group.LINKED, Group.LEFT):
            done.gone += 1
        elif not anyway and (entry.patient_id or listed.register.like(entry.record)):
            done.alike += 1
        elif problems := form.read(_values(entry.row)):
            done.wrong.append((entry.row, problems))
        else:
            patient = Patient(
                practice_id=connection.practice_id, practitioner=by, **form.cleaned_data
            )
            chosen.append((entry.row, patient))
            listed.register.add(entry.record)
    done.patients = _write(connection, chosen, by, now)
    return done


def leave_out(connection: Connection, row_ids: Collection[int], *, by: Membership, now) -> int:
    rows = roster.open_ones(connection).filter(pk__in=row_ids)
    return rows.update(decision=Decision.LEFT, decided_by=by.name, decided_at=now)


@dataclass
class TakenBack:
    reopened: int = 0
    unlinked: int = 0
    archived: int = 0
    stays: int = 0


def take_back(
    connection: Connection, row_ids: Collection[int], *, by: Membership, now: dt.datetime
) -> TakenBack:
    """Opens what was decided. A link ends; a patient who was taken in is archived where nothing
    was done with them since."""
    rows = roster.of_account(connection).filter(pk__in=row_ids).order_by("pk")
    done = TakenBack()
    links = {held.vendor_patient_id: held for held in roster.links_of(connection)}
    for row in rows.select_for_update(of=["self"]):
        held = links.get(row.vendor_patient_id)
        if held is None:
            done.reopened += row.decision == Decision.LEFT
            row.decision, row.decided_by, row.decided_at = Decision.OPEN, "", None
            row.save(update_fields=["decision", "decided_by", "decided_at"])
            continue
        if held.evidence == Evidence.TAKEN_IN:
            patient = Patient.objects.held().get(pk=held.patient_id)
            if _is_untouched(patient):
                enrol.archive(patient, by=by.name, now=now)
                done.archived += 1
            else:
                done.stays += 1
        link.undo(held, by, now)
        done.unlinked += 1
    return done


def _is_untouched(patient: Patient) -> bool:
    """Nothing but the line that says they were taken in, and the link: every change leaves a
    line of its own."""
    if patient.archived_at or patient.merged_into_id:
        return False
    allowed = {PatientEvent: 1, PatientLink: 1}
    return all(
        count <= allowed.get(relation.model, 0)
        for relation in belongings.relations()
        for count in relation.numbers([patient.pk]).values()
    )


def _values(row: VendorPatient) -> dict:
    return {
        "first_name": row.first_name,
        "last_name": row.last_name,
        "birth_date": row.birth_date.isoformat() if row.birth_date else "",
        "sex": row.sex,
        "email": row.email,
        "phone": roster.number_of(row),
    }


def _write(connection, chosen, by, now) -> list[Patient]:
    patients = Patient.objects.bulk_create(patient for _, patient in chosen)
    pairs = list(zip((row for row, _ in chosen), patients, strict=True))
    PatientLink.objects.bulk_create(
        PatientLink(
            practice_id=connection.practice_id,
            patient=patient,
            vendor=connection.vendor,
            account_id=connection.account_id,
            vendor_patient_id=row.vendor_patient_id,
            evidence=Evidence.TAKEN_IN,
            linked_by=by.name,
            linked_at=now,
            connection=connection,
            mark=PatientLink.Mark.DUE,
        )
        for row, patient in pairs
    )
    PatientEvent.objects.bulk_create(
        PatientEvent(
            practice_id=connection.practice_id,
            patient=patient,
            kind=PatientEvent.Kind.PATIENT,
            text=f"Taken in from {connection.label}'s list",
            happened_at=now,
            by=by.name,
            source=f"vendor-patient:{row.pk}:taken-in:{patient.pk}",
        )
        for row, patient in pairs
    )
    VendorPatient.objects.filter(pk__in=[row.pk for row, _ in pairs]).update(
        decision=Decision.ADDED, decided_by=by.name, decided_at=now, changed_at=None
    )
    return patients
