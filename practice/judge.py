"""What would become of a line of a file of patients, and why."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable

from django.db.models import Exists, OuterRef
from django.utils import timezone
from phonenumber_field.phonenumber import PhoneNumber

from practice import columns, covering, enrol, spreadsheet
from practice.alike import SAME, Likeness, Record, Register
from practice.forms import PatientForm
from practice.models import Membership, Patient, PatientImportRow

State = PatientImportRow.State
KEPT = 300  # characters of a cell that could not be taken in
AGREEING = {
    "name": "name",
    "birth_date": "birth date",
    "email": "e-mail",
    "phone": "phone",
    "record_number": "record number",
}
SEX_UNKNOWN = "Enter F, M or X, or leave it empty."
TOO_MANY = "The line has more cells than the heading has columns."


class LineForm(PatientForm):
    """The fields a file has, cleaned as a person's own words are. Used for all lines: to make
    its fields takes longer than to clean them."""

    def __init__(self, fields: Iterable[str], **kwargs):
        super().__init__({}, **kwargs)
        for name in set(self.fields) - set(fields):
            del self.fields[name]
        if "sex" in self.fields:
            self.fields["sex"].error_messages["invalid_choice"] = SEX_UNKNOWN

    def read(self, values: dict[str, str]) -> list[str]:
        """The problems with a line's values, in words; without any, they are cleaned."""
        self.data, self._errors = values, None
        return [
            f"{self.fields[field].label}: {error}"
            for field, errors in self.errors.items()
            for error in errors
        ]

    def _post_clean(self):
        """Not the model's own validation, which asks the same of each field once more."""


class Judge:
    """Judges lines one after the other, each also against those before it; `before` are those
    that were judged already. Asks the database nothing once it is made."""

    def __init__(
        self, by: Membership, read_as: columns.Columns, before: Iterable[PatientImportRow] = ()
    ):
        self.read_as = read_as
        self.form = LineForm(read_as.fields, today=timezone.localdate(timezone=by.practice.zone))
        self.register = Register.of(_comparable(by))
        self.hidden = enrol.known_to_colleagues(by) if covering.is_restricted(by) else set()
        for row in before:
            if row.state != State.WRONG:
                self._remember(record_of(row.values), row.number)

    def row(self, batch, line: spreadsheet.Line) -> PatientImportRow:
        values = self.read_as.values(line.cells)
        row = PatientImportRow(practice_id=batch.practice_id, batch=batch, number=line.number)
        problems = self.form.read(values)
        if self.read_as.has_too_many(line.cells):
            problems.append(TOO_MANY)
        if problems:
            row.state, row.problems = State.WRONG, problems
            row.values = {field: text[:KEPT] for field, text in values.items()}
            return row
        row.values = {field: _text(self.form.cleaned_data[field]) for field in values}
        record = record_of(row.values)
        row.state, row.patient_id, row.problems = self._likeness(record, row.values)
        self._remember(record, line.number)
        return row

    def _remember(self, record: Record, number: int) -> None:
        self.register.add(dataclasses.replace(record, id=-number))

    def _likeness(self, record: Record, values):
        found = self.register.like(record)
        if found:
            other, likeness = found[0]
            if other.id < 0:
                return (
                    State.ALIKE,
                    None,
                    [f"Line {-other.id} of this file has the {words(likeness)}."],
                )
            return State.ALIKE, other.id, [same(likeness)]
        if self.hidden and enrol.exactly(Patient(**parsed(values))) in self.hidden:
            return State.ALIKE, None, [enrol.KNOWN_TO_COLLEAGUES]
        return State.READY, None, []


COMPARED = ("first_name", "last_name", "email", "phone", "record_number", "sex")


def record_of(values: dict[str, str]) -> Record:
    """What of a good line is compared."""
    return Record.read(
        id=None,
        birth_date=_date(values),
        **{name: values.get(name, "") for name in COMPARED},
    )


def parsed(values: dict[str, str]) -> dict:
    """A good line's values as a patient has them."""
    return values | {"birth_date": _date(values)}


def same(likeness: Likeness) -> str:
    return f"A patient here has the {words(likeness)}."


def words(likeness: Likeness) -> str:
    agreeing = [words for trait, words in AGREEING.items() if getattr(likeness, trait) == SAME]
    if not agreeing:
        return "almost the same name and birth date"
    *first, last = agreeing
    return f"same {', '.join(first)} and {last}" if first else f"same {last}"


def _comparable(by: Membership):
    """Archived patients, too, but for those of an import that was taken back."""
    taken_back = PatientImportRow.objects.filter(patient=OuterRef("pk"), state=State.TAKEN_BACK)
    return (
        Patient.objects.for_practice(by.practice_id)
        .standing()
        .exclude(Exists(taken_back), archived_at__isnull=False)
    )


def _date(values: dict[str, str]) -> dt.date | None:
    born = values.get("birth_date")
    return dt.date.fromisoformat(born) if born else None


def _text(value) -> str:
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, PhoneNumber):
        return value.as_e164  # str() would ask once more whether it is valid, which takes long
    return "" if value is None else str(value)
