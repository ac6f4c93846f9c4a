"""Adding the patients of a file that was checked, and taking that back.

    checked ─confirm→ queued ─claim→ running ─no line left→ done ─undo→ undone

The import is its own queue entry. A worker holds it by a lease and adds lines in batches,
each batch in one transaction with the mark on its lines: whoever takes over after a killed
worker finds what is left, and nobody is added twice.
"""

from __future__ import annotations

import dataclasses
import datetime as dt

from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone

from practice import belongings, dry_run, tenancy
from practice.models import (
    Membership,
    Patient,
    PatientEvent,
    PatientImport,
    PatientImportRow,
)

BATCH = 100
Row = PatientImportRow.State
State = PatientImport.State
TO_ADD = Q(state=Row.READY) | Q(state=Row.ALIKE, add_anyway=True)


class NotNow(Exception):
    """Nothing was done. `str()` is for the person."""


def confirm(batch: PatientImport, now: dt.datetime) -> None:
    """A person says that the patients may be added. The caller nudges the task. Raises
    NotNow, also when lines have to be decided on first."""
    held = PatientImport.objects.select_for_update(of=["self"]).get(pk=batch.pk)
    if held.state != State.CHECKED:
        raise NotNow("These patients were added, or are being added, already.")
    if found := dry_run.check_again(held):
        raise AddedMeanwhile(found)
    if not held.rows.filter(TO_ADD).exists():
        raise NotNow("There is nobody to add.")
    held.state, held.confirmed_at = State.QUEUED, now
    held.save(update_fields=["state", "confirmed_at"])


class AddedMeanwhile(Exception):
    """Patients were added since: `args[0]` lines look like one of them."""


def due(now: dt.datetime) -> list[tuple[int, int]]:
    """(practice_id, import id) of those that nobody holds."""
    with tenancy.unit():
        return list(PatientImport.objects.to_do(now).order_by("pk").values_list("practice", "pk"))


def run(batch_id: int, now: dt.datetime) -> None:
    """Adds all that is to be added. Does nothing when another worker holds the import.
    Never inside a unit."""
    with tenancy.unit():
        claimed = PatientImport.objects.to_do(now).filter(pk=batch_id)
        mine = claimed.update(
            state=State.RUNNING, attempts=F("attempts") + 1, lease_until=_lease(now)
        )
        if not mine:
            return
        batch = PatientImport.objects.select_related("uploaded_by").get(pk=batch_id)
    by = batch.uploaded_by
    actor = dataclasses.replace(tenancy.actor(), user_id=by.user_id, who=by.name)
    with tenancy.acting(actor):
        while _add_some(batch):
            pass


def _add_some(batch: PatientImport) -> bool:
    """Adds one batch of lines. False once none is left, or another worker took over."""
    now = timezone.now()
    with tenancy.unit():
        held = PatientImport.objects.select_for_update(of=["self"]).filter(
            pk=batch.pk, state=State.RUNNING, attempts=batch.attempts
        )
        if not held:
            return False
        rows = list(batch.rows.filter(TO_ADD).order_by("number")[:BATCH])
        if not rows:
            batch.rows.filter(state=Row.ALIKE).update(state=Row.SKIPPED)
            held.update(state=State.DONE, done_at=now, lease_until=None)
            return False
        _add(batch, rows, now)
        held.update(lease_until=_lease(now))
    return True


def _add(batch: PatientImport, rows: list[PatientImportRow], now: dt.datetime) -> None:
    patients = Patient.objects.bulk_create(
        Patient(
            practice_id=batch.practice_id,
            practitioner_id=batch.practitioner_id,
            **dry_run.parsed(row.values),
        )
        for row in rows
    )
    for row, patient in zip(rows, patients, strict=True):
        row.patient, row.state = patient, Row.ADDED
    PatientImportRow.objects.bulk_update(rows, ["patient", "state"])
    _note(batch, patients, "Imported from a file", "added", batch.uploaded_by.name, now)


def undo(batch: PatientImport, *, by: Membership, now: dt.datetime) -> tuple[int, int]:
    """Archives the patients that nobody has touched since. Answers how many, and how many
    stay. They are archived and not removed: nothing about a person is removed here. A file
    that is imported later does not take them for patients who are here already."""
    held = PatientImport.objects.select_for_update(of=["self"]).get(pk=batch.pk)
    if held.state != State.DONE:
        raise NotNow("Only an import that is done, and was not taken back, can be taken back.")
    added = held.rows.filter(state=Row.ADDED).values("patient")
    patients = list(Patient.objects.filter(pk__in=added).order_by("pk").held())
    touched = _touched(patients)
    untouched = [patient for patient in patients if patient.pk not in touched]
    ids = [patient.pk for patient in untouched]
    Patient.objects.filter(pk__in=ids).update(archived_at=now, updated_at=now)
    held.rows.filter(patient__in=ids, state=Row.ADDED).update(state=Row.TAKEN_BACK)
    _note(held, untouched, "Archived: the import was taken back", "undone", by.name, now)
    held.state, held.undone_at, held.undone_by = State.UNDONE, now, by.name
    held.save(update_fields=["state", "undone_at", "undone_by"])
    return len(untouched), len(patients) - len(untouched)


def _touched(patients: list[Patient]) -> set[int]:
    """Those that were archived or merged, or of whom there is more than one line of the
    timeline: every change of a patient leaves one there."""
    found = {patient.pk for patient in patients if patient.archived_at or patient.merged_into_id}
    for relation in belongings.relations():
        if relation.model is PatientImportRow:  # of this file, or of one that names them
            continue
        allowed = 1 if relation.model is PatientEvent else 0
        for pk, number in relation.numbers([patient.pk for patient in patients]).items():
            if number > allowed:
                found.add(pk)
    return found


def _note(batch, patients, text, what, by, now) -> None:
    PatientEvent.objects.bulk_create(
        [
            PatientEvent(
                practice_id=batch.practice_id,
                patient=patient,
                kind=PatientEvent.Kind.PATIENT,
                text=text,
                happened_at=now,
                by=by,
                view_name="practice:import-detail",
                object_id=batch.pk,
                source=f"import:{batch.pk}:{what}:{patient.pk}",
            )
            for patient in patients
        ],
        ignore_conflicts=True,
    )


def _lease(now: dt.datetime) -> dt.datetime:
    return now + dt.timedelta(seconds=settings.LEASE_SECONDS)
