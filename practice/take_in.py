"""Adding the patients of a file that was checked, and taking that back.

    checked ─confirm→ queued ─claim→ running ─no line left→ done ─undo→ undone

Lines are added in batches, each in one transaction with the mark on its lines: nobody is
added twice, whoever takes over (`import_work`).
"""

from __future__ import annotations

import datetime as dt

from django.db.models import Q
from django.utils import timezone

from practice import belongings, dry_run, import_work, judge, tenancy
from practice.import_work import ADD, NotNow
from practice.models import (
    Membership,
    Patient,
    PatientEvent,
    PatientImport,
    PatientImportFile,
    PatientImportRow,
    Practice,
)

BATCH = 250
Row = PatientImportRow.State
State = PatientImport.State
TO_ADD = Q(state=Row.READY) | Q(state=Row.ALIKE, add_anyway=True)


class AddedMeanwhile(Exception):
    """Patients were added since: `args[0]` lines look like one of them."""


def confirm(batch: PatientImport, now: dt.datetime) -> None:
    """A person says that the patients may be added, or that adding goes on. The caller nudges
    the task. Raises NotNow, and AddedMeanwhile when lines have to be decided on first."""
    # One at a time: two files of the same people would not know of each other.
    Practice.objects.select_for_update(no_key=True).get(pk=batch.practice_id)
    held = import_work.locked(batch)
    if held.state not in (State.CHECKED, State.FAILED):
        raise NotNow("These patients were added, or are being added, already.")
    others = PatientImport.objects.for_practice(batch.practice_id).filter(state__in=held.ADDS)
    if others.exists():
        raise NotNow("Patients of another file are being added. Try again when that is done.")
    if held.state == State.CHECKED and (found := dry_run.check_again(held)):
        raise AddedMeanwhile(found)
    if not held.rows.filter(TO_ADD).exists():
        raise NotNow("There is nobody to add.")
    held.confirmed_at = now
    held.save(update_fields=["confirmed_at", *import_work.ask(held, State.QUEUED)])
    PatientImportFile.objects.filter(batch=held).delete()


def run(batch_id: int, now: dt.datetime) -> None:
    """Adds all that is to be added. Never inside a unit."""
    ADD.run(batch_id, now, _add_all)


def _add_all(batch: PatientImport) -> None:
    while _add_some(batch):
        pass


def _add_some(batch: PatientImport) -> bool:
    """Adds one batch of lines. False once none is left, or another worker took over."""
    with tenancy.unit():
        if not ADD.hold(batch):
            return False
        rows = list(batch.rows.filter(TO_ADD).order_by("number")[:BATCH])
        now = timezone.now()
        if not rows:
            batch.rows.filter(state=Row.ALIKE).update(state=Row.SKIPPED)
            ADD.hold(batch, state=State.DONE, done_at=now, lease_until=None, last_error="")
            return False
        _add(batch, rows, now)
    return True


def _add(batch: PatientImport, rows: list[PatientImportRow], now: dt.datetime) -> None:
    patients = Patient.objects.bulk_create(
        Patient(
            practice_id=batch.practice_id,
            practitioner_id=batch.practitioner_id,
            **judge.parsed(row.values),
        )
        for row in rows
    )
    for row, patient in zip(rows, patients, strict=True):
        row.patient, row.state = patient, Row.ADDED
    # The lines are all here: only these two columns are written. `bulk_update` takes as long
    # as the rest together.
    PatientImportRow.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["id"], update_fields=["patient", "state"]
    )
    _note(batch, patients, "Imported from a file", "added", batch.uploaded_by.name, now)


def undo(batch: PatientImport, *, by: Membership, now: dt.datetime) -> tuple[int, int]:
    """Archives the patients that nobody has touched since. Answers how many, and how many
    stay. They are archived and not removed: nothing about a person is removed here. A file
    that is imported later does not take them for patients who are here already."""
    held = import_work.locked(batch)
    if held.state not in (State.DONE, State.FAILED):
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
