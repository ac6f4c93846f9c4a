"""Our patient's details beside the vendor's: a person reads both, and sends ours there or takes
theirs. Never by itself.

`send` calls the vendor and may not run inside a unit; `take` runs in the caller's.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Collection
from dataclasses import dataclass

import phonenumbers
from django.forms.models import model_to_dict
from django.utils import timezone

from practice import audit, connect, create_there, enrol, known_there, likeness, tenancy, timeline
from practice.forms import PatientForm
from practice.link import NotLinked, as_row
from practice.models import Connection, Membership, Patient, PatientEvent, PatientLink
from practice.vendors.contract import PatientRow, Refused

LABELS = {
    "first_name": "First name",
    "last_name": "Last name",
    "birth_date": "Birth date",
    "sex": "Sex",
    "email": "E-mail",
    "phone": "Phone",
}
SEXES = dict(Patient.Sex.choices)


class NotDone(Exception):
    """Nothing was sent or taken. `str()` is for the person."""


@dataclass(frozen=True)
class Detail:
    """One of the details on both sides. `differs` is None where neither has it."""

    name: str
    label: str
    ours: str | dt.date | None
    theirs: str | dt.date | None
    differs: bool | None
    may_be_sent: bool

    @property
    def words_of_ours(self):
        return SEXES.get(self.ours, self.ours) if self.name == "sex" else self.ours

    @property
    def words_of_theirs(self):
        return SEXES.get(self.theirs, self.theirs) if self.name == "sex" else self.theirs

    @property
    def standing(self) -> str:
        """What comparing says, in words."""
        if self.differs is None:
            return "on neither side"
        if not self.differs:
            return "same"
        return (
            "differs" if self.ours and self.theirs else "only there" if self.theirs else "only here"
        )

    @property
    def may_be_taken(self) -> bool:
        return bool(self.differs and self.theirs)


def beside(patient: Patient, row: PatientRow) -> list[Detail]:
    return [_detail(name, patient, row) for name in LABELS]


def differing(patient: Patient, row: PatientRow) -> list[Detail]:
    return [detail for detail in beside(patient, row) if detail.differs]


def seen(patient: Patient, row: PatientRow) -> str:
    """A mark of what a person was shown: another one once either side has changed."""
    shown = [(d.name, str(d.ours), str(d.theirs)) for d in beside(patient, row)]
    return hashlib.sha256(repr(shown).encode()).hexdigest()


def send(
    connection: Connection,
    link: PatientLink,
    patient: Patient,
    fields: Collection[str],
    shown: str,
    by: Membership,
    now: dt.datetime,
) -> list[str]:
    """Sets `fields` there to what we have. Answers the labels of what was sent. Raises NotDone
    and the contract's errors."""
    label = connection.label
    theirs = _reread(connection, link, patient, shown)
    wanted = [d for d in differing(patient, theirs) if d.name in fields and d.may_be_sent]
    if not wanted:
        raise NotDone("Tick what is to be sent. Nothing was changed.")
    names = [detail.name for detail in wanted]
    ours = _sent(patient, theirs.id, names)
    try:
        held = connect.call(connection, lambda client: client.change_patient(ours, names))
    except Refused as refusal:
        raise NotDone(f"{label} did not take it. {refusal.message}".strip()) from None
    labels = [detail.label for detail in wanted]
    with tenancy.unit():
        audit.note(
            audit.Action.SENT,
            practice_id=link.practice_id,
            kind="practice:patient-details",
            object_id=link.pk,
            patient_id=patient.pk,
            vendor=link.vendor,
            road="api",
            outcome="done",
            fields=names,
        )
        known_there.keep(connection, [held], now)
        known_there.looked_at(link)
        _note(link, patient, f"Details sent to {label}", labels, by, now)
    return labels


def take(
    connection: Connection,
    link: PatientLink,
    patient: Patient,
    theirs: PatientRow,
    fields: Collection[str],
    by: Membership,
    now: dt.datetime,
) -> list[str]:
    """Takes `fields` of what the vendor has into ours, as if typed into the form. `patient` is
    held. Answers the labels of what was taken. Raises NotDone."""
    wanted = [d for d in differing(patient, theirs) if d.name in fields and d.may_be_taken]
    if not wanted:
        raise NotDone("Tick what is to be taken. Nothing was changed.")
    given = model_to_dict(patient) | {d.name: d.theirs for d in wanted}
    today = timezone.localdate(timezone=by.practice.zone)
    form = PatientForm(given, instance=patient, today=today)
    if not form.is_valid():
        first = next(iter(form.errors.values()))[0]
        raise NotDone(f"What {connection.label} has cannot be taken. {first}")
    labels = [detail.label for detail in wanted]
    enrol.change(form.instance, [label.lower() for label in labels], by=by.name, now=now)
    known_there.looked_at(link)
    return labels


def read(connection: Connection, link: PatientLink, patient: Patient, shown: str) -> PatientRow:
    """The vendor's side now, unless either side is no longer as `shown`. Outside of units."""
    return _reread(connection, link, patient, shown)


def _reread(connection, link, patient, shown) -> PatientRow:
    theirs = connect.call(connection, lambda client: client.patient(link.vendor_patient_id))
    if theirs is None:
        raise NotDone(f"{connection.label} does not know this patient any more.")
    if seen(patient, theirs) != shown:
        raise NotDone("One of the two sides changed meanwhile. Compare once more.")
    return theirs


def _detail(name, patient, row) -> Detail:
    ours, theirs = _ours(patient, name), _theirs(row, name)
    same = likeness.plain(ours or "") == likeness.plain(theirs or "")
    sendable = bool(ours) and not same
    if name == "phone":
        sendable = sendable and create_there.may_give_number(patient)
    return Detail(
        name, LABELS[name], ours, theirs, None if not (ours or theirs) else not same, sendable
    )


def _ours(patient, name):
    value = getattr(patient, name)
    if name == "phone":
        return value.as_e164 if value else ""
    return value


def _theirs(row, name):
    value = getattr(row, name)
    if name != "phone" or not value:
        return value
    try:
        number = phonenumbers.parse(value, "US")
    except phonenumbers.NumberParseException:
        return value
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _sent(patient: Patient, vendor_patient_id: str, names: list[str]) -> PatientRow:
    row = as_row(patient, vendor_patient_id)
    if "phone" not in names:
        return row
    try:
        number = create_there.mobile_number(patient)
    except NotLinked as error:
        raise NotDone(str(error)) from None
    return PatientRow(**{**vars(row), "phone": number})


def _note(link, patient, text, labels, by, now):
    timeline.note(
        patient,
        PatientEvent.Kind.PATIENT,
        text,
        source=f"link:{link.pk}:details:{now.isoformat()}",
        happened_at=now,
        by=by.name,
        detail=", ".join(label.lower() for label in labels),
    )
