"""Entries of the audit trail in plain words."""

from __future__ import annotations

import datetime as dt
import functools
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils.formats import date_format
from django.utils.text import capfirst

from practice.models import AuditEntry, Membership, Patient
from practice.vendors.registry import VENDORS

Action = AuditEntry.Action
CHANGES = (Action.CREATED, Action.CHANGED, Action.DELETED)
HIDDEN = "…"  # what the triggers write for a secret
NO_NEWS = {"id", "practice_id", "created_at", "updated_at", "revision"}
LONGEST = 160
VERBS = {
    Action.VIEWED: "saw",
    Action.SEARCHED: "searched",
    Action.CREATED: "added",
    Action.CHANGED: "changed",
    Action.DELETED: "removed",
    Action.PRINTED: "printed",
    Action.EXPORTED: "exported",
    Action.SENT: "sent",
    Action.LAUNCHED: "opened from an EMR:",
    Action.LOOKED: "looked at",
    Action.SIGNED_IN: "signed in",
    Action.SIGNED_OUT: "signed out",
    Action.SIGN_IN_FAILED: "failed to sign in",
    Action.ACCOUNT: "changed the account",
}
ROADS = {"api": "by API", "hand_over": "in the vendor’s own frame"}
# Of a model: what is said to be sent with one.
PAGES = {
    "practice:today": "Today",
    "practice:patient-list": "the list of patients",
    "practice:patient-edit": "the form of the patient",
    "practice:patient-link": "who the patient is at a dispensary",
    "practice:roster-list": "a dispensary's list of patients",
    "practice:roster-add": "patients of a dispensary to be taken in",
    "practice:patient-details": "details of the patient",
    "practice:patient-link-create": "the patient, to be created there,",
    "practice:look-alikes": "patients who look alike",
    "practice:audit-list": "the audit trail",
}


def name_pages(named: dict[str, str]) -> None:
    """Lets an app say what its pages are called."""
    PAGES.update(named)


@dataclass(frozen=True)
class Change:
    """One field of a change. `before` is '' for what was added."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Told:
    """One entry as a person reads it."""

    entry: AuditEntry
    who: str
    did: str
    patient: Patient | None
    patients: list[Patient]
    more: str
    changes: list[Change]
    via: str
    by_operator: bool


def tell(entries, practice, members: list[Membership]) -> list[Told]:
    """Entries of one practice, with the names of all their patients in one query."""
    wanted = {number for entry in entries for number in patients_of(entry)}
    patients = Patient.objects.for_practice(practice).in_bulk(wanted)
    names = {member.pk: member.name for member in members}
    return [_told(entry, practice.zone, patients, names) for entry in entries]


def patients_of(entry) -> list[int]:
    listed = entry.detail.get("patients") or []
    own = [entry.patient_id] if entry.patient_id is not None else []
    return own + [number for number in listed if isinstance(number, int)]


def _told(entry, zone, patients, names) -> Told:
    return Told(
        entry=entry,
        who=entry.who or _nobody(entry.via),
        did=_did(entry),
        patient=patients.get(entry.patient_id),
        patients=[patients[number] for number in patients_of(entry)[:200] if number in patients]
        if entry.patient_id is None
        else [],
        more=_more(entry, names),
        changes=changes(entry, zone, patients, names) if entry.action in CHANGES else [],
        via=way(entry.via),
        by_operator=by_operator(entry),
    )


def by_operator(entry) -> bool:
    return bool(
        entry.via in ("admin", "support")
        or entry.via.startswith("command:")
        or entry.action == Action.LOOKED
        or entry.reason
    )


def _nobody(via: str) -> str:
    if via.startswith("command:") or via in ("admin", "support"):
        return "The operator"
    return "A vendor" if via == "hook" else "Regimen"


def way(via: str) -> str:
    """By which way in."""
    kind, _, name = via.partition(":")
    words = {
        "portal": "portal",
        "admin": "operator’s desk",
        "support": "support view",
        "hook": "webhook",
        "task": f"background work, {name.rpartition('.')[2].replace('_', ' ')}",
        "command": f"operator’s command, {name}",
        "emr": f"EMR, {name}",
    }
    return words.get(kind, via) or "not recorded"


def _did(entry) -> str:
    verb = VERBS.get(entry.action, entry.action)
    if entry.action in (Action.SIGNED_IN, Action.SIGNED_OUT, Action.SIGN_IN_FAILED, Action.ACCOUNT):
        return verb
    if entry.action == Action.SEARCHED:
        return "searched patients"
    if entry.action == Action.SENT:
        return f"{verb} {PAGES.get(entry.kind) or _thing(entry.kind)}"
    number = f" no. {entry.object_id}" if entry.object_id and ":" not in entry.kind else ""
    if entry.kind == "practice.patient":
        number = ""
    return f"{verb} {_thing(entry.kind)}{number}"


def _thing(kind: str) -> str:
    model = _model(kind)
    if model is not None:
        return f"the {model._meta.verbose_name}"
    return PAGES.get(kind) or f"the page “{kind.rpartition(':')[2].replace('-', ' ')}”"


def _more(entry, names) -> str:
    detail = entry.detail
    if entry.action == Action.SEARCHED:
        return f"{detail.get('found', 0)} found"
    if entry.action == Action.SENT:
        vendor = VENDORS.get(detail.get("vendor"))
        where = f"to {vendor.label if vendor else detail.get('vendor')}"
        road = ROADS.get(detail.get("road"), "by another road")
        name = names.get(detail.get("signed_by_id"))
        signed = f", signed by {name}" if name else ""
        return f"{where} {road}{signed}: {detail.get('outcome', 'unknown')}"
    if entry.action == Action.LOOKED:
        view = detail.get("support_view")
        return f"support view {view}" if view else str(detail.get("deed", ""))
    if entry.action == Action.EXPORTED and "entries" in detail:
        return f"{detail['entries']} entries"
    return ""


def changes(entry, zone: ZoneInfo, patients, names) -> list[Change]:
    """The fields of a change as labels and readable values; secrets only as changed."""
    model = _model(entry.kind)
    found = []
    for column, values in entry.detail.items():
        if column in NO_NEWS or not (isinstance(values, list) and len(values) == 2):
            continue
        field = _field(model, column)
        label = capfirst(str(field.verbose_name)) if field else capfirst(column.replace("_", " "))
        if HIDDEN in values:
            found.append(Change(label, "", "changed"))
            continue
        before, after = (_value(value, field, zone, patients, names) for value in values)
        found.append(Change(label, "" if entry.action == Action.CREATED else before, after))
    return found


@functools.cache
def _model(kind: str):
    try:
        return apps.get_model(kind)
    except (LookupError, ValueError):
        return None


def _field(model, column):
    try:
        return model and model._meta.get_field(column)
    except FieldDoesNotExist:
        return None


def _value(value, field, zone, patients, names) -> str:
    if value is None or value == "":
        return "—"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(field, models.ForeignKey):
        if field.remote_field.model is Membership and value in names:
            return names[value]
        if field.remote_field.model is Patient and value in patients:
            return patients[value].name
        return f"no. {value}"
    if field is not None and field.choices and not isinstance(value, (list, dict)):
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(field, models.DateField):
        return _time(value, zone)
    words = str(value)
    return words if len(words) <= LONGEST else f"{words[: LONGEST - 1]}…"


def _time(value, zone) -> str:
    try:
        at = dt.datetime.fromisoformat(str(value))
    except ValueError:
        return str(value)
    if at.tzinfo is None:
        return date_format(at, "M j, Y")
    return date_format(at.astimezone(zone), "M j, Y, g:i A")
