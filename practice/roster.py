"""The patients of one account at a dispensary, beside ours: who is linked, who may be one of
ours, and who is new.

Likeness is found anew each time, as among our own (`duplicates`): patients come and go. The
number of queries is fixed, however many they are.
"""

from __future__ import annotations

import datetime as dt
import enum
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import phonenumbers
from django.db.models import Exists, OuterRef, Q

from practice import alike, connect, covering
from practice.alike import Likeness, Record, Register
from practice.models import Connection, Membership, Patient, PatientLink, VendorPatient
from practice.vendors.contract import Ability

Decision = VendorPatient.Decision
OUR_ID = re.compile(r"patient-(\d{1,18})", re.ASCII)


class Group(enum.StrEnum):
    """Where one of them stands in the list."""

    OURS = "ours"
    ALIKE = "alike"
    NEW = "new"
    ARCHIVED = "archived"
    LINKED = "linked"
    LEFT = "left"


LABELS = {
    Group.OURS: "Carries your number",
    Group.ALIKE: "Looks like yours",
    Group.NEW: "New",
    Group.ARCHIVED: "Archived there",
    Group.LINKED: "Linked",
    Group.LEFT: "Left out",
}
TO_DECIDE = (Group.OURS, Group.ALIKE, Group.NEW)


@dataclass(slots=True)
class Entry:
    """One of the vendor's patients. `patient_id` is who of ours they are, or may be;
    `taken_to` the vendor's patient whom that one is linked to instead; `is_below` says that the
    guardian stands right above."""

    row: VendorPatient
    group: Group
    record: Record
    patient_id: int | None = None
    likeness: Likeness | None = None
    link: PatientLink | None = None
    taken_to: str = ""
    guardian: VendorPatient | None = None
    is_listed: bool = True
    is_below: bool = False
    patient: Patient | None = field(default=None, compare=False)

    @property
    def is_same(self) -> bool:
        found = self.likeness
        return bool(found) and found.name == alike.SAME and found.birth_date == alike.SAME

    @property
    def may_be_linked(self) -> bool:
        """Whether name or birth date agree: never for an e-mail alone (`link.confirm`)."""
        found = self.likeness
        agree = found and alike.SAME in (found.name, found.birth_date)
        return bool(agree) and not self.taken_to


class Roster:
    """All of one account, or only `rows` of them. At most five queries."""

    def __init__(self, connection: Connection, rows: Iterable[VendorPatient] | None = None):
        self.connection = connection
        account = of_account(connection)
        self.rows = list(account.order_by("pk") if rows is None else rows)
        self.by_id = {row.vendor_patient_id: row for row in self.rows}
        self.links = self._links()
        linked = {link.patient_id: number for number, link in self.links.items()}
        self.linked = linked
        undecided = [row for row in self.rows if self._is_undecided(row)]
        self.register = self._register() if undecided else Register()
        self.carried = self._carried(undecided)
        self.read_at = max((row.read_at for row in self.rows), default=None)
        self.entries = [self._entry(row) for row in self.rows]

    def counts(self) -> dict[Group, int]:
        counted = Counter(entry.group for entry in self.entries)
        return {group: counted[group] for group in Group}

    def of(self, group: Group, words: str = "") -> list[Entry]:
        """By name, dependents right after their guardian; those named like `words` only."""
        wanted = alike.plain(words).split() if words else []
        found = [
            entry
            for entry in self.entries
            if entry.group == group and all(word in _searched(entry) for word in wanted)
        ]
        heads = {entry.row.vendor_patient_id: entry for entry in found}
        for entry in found:
            entry.is_below = entry.row.guardian_id in heads
        return sorted(found, key=lambda entry: _place(entry, heads))

    def _is_undecided(self, row) -> bool:
        return row.decision != Decision.LEFT and row.vendor_patient_id not in self.links

    def _entry(self, row) -> Entry:
        phone = number_of(row) if self._is_undecided(row) else ""  # to read one takes long
        entry = Entry(
            row, Group.NEW, record_of(row, phone), guardian=self.by_id.get(row.guardian_id)
        )
        entry.link = self.links.get(row.vendor_patient_id)
        if entry.link:
            entry.group, entry.patient_id = Group.LINKED, entry.link.patient_id
        elif row.decision == Decision.LEFT:
            entry.group = Group.LEFT
        else:
            self._judge(entry)
        return entry

    def _judge(self, entry: Entry) -> None:
        """Who of ours an undecided one may be."""
        carried = self.carried.get(entry.row.our_id)
        likely = self.register.like(entry.record)
        if carried:
            entry.group, entry.patient_id = Group.OURS, carried.id
            entry.likeness = alike.compare(entry.record, carried)
        elif likely:
            other, entry.likeness = likely[0]
            entry.group, entry.patient_id = Group.ALIKE, other.id
        if entry.row.is_archived:
            entry.group = Group.ARCHIVED
        entry.taken_to = self.linked.get(entry.patient_id, "") if entry.patient_id else ""

    def _links(self) -> dict[str, PatientLink]:
        links = links_of(self.connection).filter(vendor_patient_id__in=list(self.by_id))
        return {link.vendor_patient_id: link for link in links}

    def _register(self) -> Register:
        """Archived patients, too, but for those who were taken in from here and given back."""
        given_back = PatientLink.objects.for_practice(self.connection.practice_id).filter(
            patient=OuterRef("pk"),
            evidence=PatientLink.Evidence.TAKEN_IN,
            unlinked_at__isnull=False,
        )
        ours = Patient.objects.for_practice(self.connection.practice_id).standing()
        return Register.of(ours.exclude(Q(Exists(given_back)), archived_at__isnull=False))

    def _carried(self, undecided) -> dict[str, Record]:
        """Our patients whose id somebody carries, by that id; who was merged, as who was kept."""
        numbers = {
            int(found[1]): row.our_id
            for row in undecided
            if (found := OUR_ID.fullmatch(row.our_id))
        }
        if not numbers:
            return {}
        ours = Patient.objects.for_practice(self.connection.practice_id).select_related(
            "merged_into"
        )
        return {
            numbers[patient.pk]: Record.of(patient.merged_into or patient)
            for patient in ours.filter(pk__in=numbers)
        }


def accounts_of(member: Membership) -> list[Connection]:
    """The member's own accounts whose patients they may read and decide on."""
    if not member.may("sign_plans") or covering.is_restricted(member):
        return []
    own = Connection.objects.for_practice(member.practice_id).of(member).active()
    return [
        connection
        for connection in own.order_by("vendor")
        if connect.offers(connection.vendor, Ability.PATIENT_LIST)
    ]


def of_account(account):
    """The rows of an account; `account` names a practice, a vendor and an account there."""
    return VendorPatient.objects.for_practice(account.practice_id).filter(
        vendor=account.vendor, account_id=account.account_id
    )


def links_of(account):
    return (
        PatientLink.objects.for_practice(account.practice_id)
        .standing()
        .filter(vendor=account.vendor, account_id=account.account_id)
    )


def undecided(account):
    """Those a person has to decide on."""
    return open_ones(account).filter(is_archived=False)


def open_ones(account):
    """Neither linked nor left out."""
    linked = links_of(account).filter(vendor_patient_id=OuterRef("vendor_patient_id"))
    return of_account(account).exclude(decision=Decision.LEFT).exclude(Exists(linked))


def record_of(row: VendorPatient, phone: str) -> Record:
    return Record.read(
        None, row.first_name, row.last_name, row.birth_date, row.email, phone, "", row.sex
    )


def number_of(row: VendorPatient) -> str:
    """The phone as ours are written; '' where it is none."""
    try:
        number = phonenumbers.parse(row.phone, "US")
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def since(entries: list[Entry], asked_at: dt.datetime) -> None:
    """Marks who was not in the last whole reading, which was asked for then."""
    for entry in entries:
        entry.is_listed = entry.row.read_at >= asked_at


def _searched(entry: Entry) -> str:
    return f"{entry.record.name} {alike.plain(entry.record.email)}"


def _place(entry: Entry, heads):
    head = heads.get(entry.row.guardian_id) if entry.row.guardian_id else None
    leads = head.record if head else entry.record
    key = head.row.pk if head else entry.row.pk
    return (leads.last, leads.first, key, head is not None, entry.record.last, entry.record.first)
