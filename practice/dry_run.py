"""The dry run of a file of patients: it is kept, checked line by line, and nobody is added.

uploaded ─queue→ to_check ─claim→ checking ─no line left→ checked
    ↑────────────── stop ────────────┘ └─ given up → check_failed
"""

from __future__ import annotations

import datetime as dt
import hashlib

from practice import columns, covering, import_work, spreadsheet, tenancy
from practice.alike import Register
from practice.import_work import CHECK, NotNow
from practice.judge import Judge, record_of, same
from practice.models import (
    Membership,
    Patient,
    PatientImport,
    PatientImportFile,
    PatientImportRow,
)

BATCH = 250
# A file that nobody goes on with holds patients of whom nobody here knows.
KEPT = dt.timedelta(days=30)
Row = PatientImportRow.State
State = PatientImport.State


def keep(
    name: str, content: bytes, *, by: Membership, practitioner: Membership | None
) -> PatientImport:
    """Keeps a file, in the caller's unit, with a guess of what its columns are. Raises
    NotReadable."""
    sheet = spreadsheet.read(name, content)
    batch = PatientImport.objects.create(
        practice_id=by.practice_id,
        file_name=name[-200:],
        digest=hashlib.sha256(content).hexdigest(),
        lines=len(sheet.lines),
        columns=columns.guess(sheet.headings).shown,
        state=State.UPLOADED,
        uploaded_by=by,
        practitioner=practitioner,
    )
    PatientImportFile(practice_id=by.practice_id, batch=batch).keep(content)
    return batch


def earlier(batch: PatientImport) -> PatientImport | None:
    """The last other import of the very same file that the member may see."""
    same_file = PatientImport.objects.for_practice(batch.practice_id).filter(digest=batch.digest)
    others = same_file.exclude(pk=batch.pk).exclude(state=State.DISCARDED)
    return others.select_related("uploaded_by").first() if batch.digest else None


def sheet_of(batch: PatientImport) -> spreadsheet.Sheet | None:
    """The file as it was read; None once it is not kept any more."""
    file = PatientImportFile.objects.filter(batch=batch).first()
    return spreadsheet.read(batch.file_name, file.read()) if file else None


def queue(batch: PatientImport, read_as: columns.Columns) -> None:
    """A person says what the columns are. What was found before is forgotten. The caller
    nudges the task. Raises NotNow."""
    held = import_work.locked(batch)
    if held.state not in PatientImport.CHECKABLE or not held.files.exists():
        raise NotNow("This file is being checked already, or its patients were added.")
    held.rows.all().delete()
    held.columns = read_as.shown
    held.save(update_fields=["columns", *import_work.ask(held, State.TO_CHECK)])


def discard(batch: PatientImport) -> bool:
    """Forgets the file and its lines. False when its patients are being added or were."""
    hit = PatientImport.objects.filter(pk=batch.pk, state__in=PatientImport.CHECKABLE)
    if not hit.update(state=State.DISCARDED):
        return False
    batch.rows.all().delete()
    batch.files.all().delete()
    return True


def abandoned(now: dt.datetime) -> list[tuple[int, int]]:
    """(practice, import) of files that nobody went on with. In the all-practices scope."""
    with tenancy.unit():
        left = PatientImport.objects.filter(
            state__in=PatientImport.CHECKABLE, created_at__lt=now - KEPT
        )
        return list(left.order_by("created_at").values_list("practice_id", "pk")[:500])


def discard_abandoned(import_id: int, now: dt.datetime) -> None:
    with tenancy.unit():
        batch = PatientImport.objects.filter(pk=import_id, created_at__lt=now - KEPT).first()
        if batch is not None:
            discard(batch)


def stop(batch: PatientImport) -> None:
    """Ends a check that has not ended. The file stays. Raises NotNow."""
    held = import_work.locked(batch)
    if held.state not in PatientImport.CHECKS:
        raise NotNow("The check was over already.")
    held.rows.all().delete()
    held.save(update_fields=import_work.ask(held, State.UPLOADED))


def run(batch_id: int, now: dt.datetime) -> None:
    """Checks all lines that are not yet. Never inside a unit."""
    CHECK.run(batch_id, now, _check)


def _check(batch: PatientImport) -> None:
    # As narrowly as who uploaded it sees: likeness to a colleague's patient is not told.
    with tenancy.declare(covering.scope_of(batch.uploaded_by)):
        with tenancy.unit():
            sheet = sheet_of(batch)
            before = list(batch.rows.order_by("number"))
            judge = Judge(batch.uploaded_by, columns.Columns.of(batch.columns), before)
        done = {row.number for row in before}
        lines = [line for line in sheet.lines if line.number not in done]
        for start in range(0, len(lines), BATCH):
            rows = [judge.row(batch, line) for line in lines[start : start + BATCH]]
            with tenancy.unit():
                if not CHECK.hold(batch):
                    return
                PatientImportRow.objects.bulk_create(rows)
        with tenancy.unit():
            CHECK.hold(batch, state=State.CHECKED, lease_until=None, last_error="")


def check_again(batch: PatientImport) -> int:
    """Looks at patients who were added since the file was uploaded. Answers how many lines
    look like one of them and have to be decided on."""
    newer = Patient.objects.for_practice(batch.practice_id).current()
    register = Register.of(newer.filter(created_at__gt=batch.created_at))
    if not register.by_key:
        return 0
    alike = []
    for row in batch.rows.filter(state=Row.READY):
        found = register.like(record_of(row.values))
        if found:
            other, likeness = found[0]
            row.state, row.patient_id, row.problems = Row.ALIKE, other.id, [same(likeness)]
            alike.append(row)
    PatientImportRow.objects.bulk_update(alike, ["state", "patient", "problems"], BATCH)
    return len(alike)
