"""What would become of each line of a file of patients, before anybody is added."""

from __future__ import annotations

import dataclasses
import datetime as dt

from django.db.models import Exists, OuterRef
from django.utils import timezone

from practice import columns, covering, enrol, spreadsheet
from practice.alike import SAME, Likeness, Record, Register
from practice.forms import PatientForm
from practice.models import Membership, Patient, PatientImport, PatientImportRow

State = PatientImportRow.State
KEPT = 300  # characters of a cell that could not be taken in
AT_ONCE = 1000
AGREEING = {
    "name": "name",
    "birth_date": "birth date",
    "email": "e-mail",
    "phone": "phone",
    "record_number": "record number",
}
TOO_MANY = "The line has more cells than the heading has columns."


def check(
    name: str,
    content: bytes,
    *,
    by: Membership,
    practitioner: Membership | None,
) -> PatientImport:
    """Reads and checks a file, in the caller's unit. Adds no patient. Raises NotReadable."""
    sheet = spreadsheet.read(name, content)
    read_as = columns.recognise(sheet.headings)
    batch = PatientImport.objects.create(
        practice_id=by.practice_id,
        file_name=name[-200:],
        columns=read_as.shown,
        uploaded_by=by,
        practitioner=practitioner,
    )
    judge = Judge(by)
    rows = [judge.row(batch, read_as, line) for line in sheet.lines]
    PatientImportRow.objects.bulk_create(rows, batch_size=AT_ONCE)
    return batch


def check_again(batch: PatientImport) -> int:
    """Looks at patients who were added since the file was checked. Answers how many lines
    look like one of them and have to be decided on."""
    newer = Patient.objects.for_practice(batch.practice_id).current()
    register = Register.of(newer.filter(created_at__gt=batch.created_at))
    if not register.by_key:
        return 0
    alike = []
    for row in batch.rows.filter(state=State.READY):
        found = register.like(record_of(row))
        if found:
            other, likeness = found[0]
            row.state, row.patient_id, row.problems = State.ALIKE, other.id, [_same(likeness)]
            alike.append(row)
    PatientImportRow.objects.bulk_update(alike, ["state", "patient", "problems"], AT_ONCE)
    return len(alike)


class Judge:
    """Checks lines one after the other, each also against those before it."""

    def __init__(self, by: Membership):
        # One form for all lines: to make its fields takes longer than to clean them.
        self.form = PatientForm({}, today=timezone.localdate(timezone=by.practice.zone))
        self.register = Register.of(_comparable(by))
        self.hidden = enrol.known_to_colleagues(by) if covering.is_restricted(by) else set()

    def row(self, batch, read_as: columns.Columns, line: spreadsheet.Line) -> PatientImportRow:
        values = read_as.values(line.cells)
        row = PatientImportRow(practice_id=batch.practice_id, batch=batch, number=line.number)
        problems = self._problems(values)
        if read_as.has_too_many(line.cells):
            problems.append(TOO_MANY)
        if problems:
            row.state, row.problems = State.WRONG, problems
            row.values = {field: text[:KEPT] for field, text in values.items()}
            return row
        patient = self.form.instance
        row.values = {field: _text(getattr(patient, field)) for field in values}
        record = Record.of(patient)
        row.state, row.patient_id, row.problems = self._likeness(patient, record)
        self.register.add(dataclasses.replace(record, id=-line.number))
        return row

    def _problems(self, values) -> list[str]:
        form = self.form
        form.data, form.instance, form._errors = values, Patient(), None
        return [
            f"{form.fields[field].label}: {error}"
            for field, errors in form.errors.items()
            for error in errors
        ]

    def _likeness(self, patient, record):
        found = self.register.like(record)
        if found:
            other, likeness = found[0]
            if other.id < 0:
                return (
                    State.ALIKE,
                    None,
                    [f"Line {-other.id} of this file has the {_words(likeness)}."],
                )
            return State.ALIKE, other.id, [_same(likeness)]
        if enrol.exactly(patient) in self.hidden:
            return State.ALIKE, None, [enrol.KNOWN_TO_COLLEAGUES]
        return State.READY, None, []


def record_of(row: PatientImportRow) -> Record:
    return Record.of(Patient(**parsed(row.values)))


def parsed(values: dict[str, str]) -> dict:
    """A good line's values as a patient has them."""
    born = values.get("birth_date")
    return values | {"birth_date": dt.date.fromisoformat(born) if born else None}


def _comparable(by: Membership):
    """Archived patients, too, but for those of an import that was taken back."""
    taken_back = PatientImportRow.objects.filter(patient=OuterRef("pk"), state=State.TAKEN_BACK)
    return (
        Patient.objects.for_practice(by.practice_id)
        .standing()
        .exclude(Exists(taken_back), archived_at__isnull=False)
    )


def _same(likeness: Likeness) -> str:
    return f"A patient here has the {_words(likeness)}."


def _words(likeness: Likeness) -> str:
    same = [words for trait, words in AGREEING.items() if getattr(likeness, trait) == SAME]
    if not same:
        return "almost the same name and birth date"
    *first, last = same
    return f"same {', '.join(first)} and {last}" if first else f"same {last}"


def _text(value) -> str:
    if isinstance(value, dt.date):
        return value.isoformat()
    return "" if value is None else str(value)
