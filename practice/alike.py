"""Who of a practice may be the same person as whom, and who only shares a household.

Names, birth dates, e-mails, phones and record numbers are compared as plain words: without
case, accents and marks. Nicknames are not known here. Families share e-mail addresses and
phones: where these agree and name and birth date both differ, it is a household.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from django.db.models import CharField
from django.db.models.functions import Cast
from rapidfuzz import fuzz

from practice.models import Patient

SAME, CLOSE, DIFFERS, UNKNOWN = "same", "close", "differs", "unknown"
CLOSE_NAMES = 88  # of 100; one letter in a name of nine
# A key that more share says nothing of a person: the clinic's own phone, 1 January 1900.
SHARED_BY_ALL = 200

FIELDS = ("id", "first_name", "last_name", "birth_date", "email", "phone", "record_number", "sex")
POINTS = {
    "name": {SAME: 45, CLOSE: 30},
    "birth_date": {SAME: 35, CLOSE: 20, UNKNOWN: 5},
    "email": {SAME: 12},
    "phone": {SAME: 8},
    "record_number": {SAME: 20, DIFFERS: -10},
    "sex": {DIFFERS: -10},
}


@dataclass(frozen=True, slots=True)
class Record:
    """What of a patient is compared, in plain words. `id` is None for one not yet added."""

    id: int | None
    first: str
    last: str
    birth_date: dt.date | None
    email: str
    phone: str
    record_number: str
    sex: str

    @classmethod
    def read(cls, id, first_name, last_name, birth_date, email, phone, record_number, sex):
        return cls(
            id,
            plain(first_name),
            plain(last_name),
            birth_date,
            (email or "").strip().lower(),
            str(phone or ""),
            plain(record_number),
            sex,
        )

    @classmethod
    def of(cls, patient: Patient) -> Record:
        return cls.read(*(getattr(patient, name) for name in FIELDS))

    @property
    def name(self) -> str:
        return f"{self.first} {self.last}"

    @property
    def keys(self):
        """Two records that may be one share at least one of these."""
        if self.birth_date:
            yield "birth_date", self.birth_date
        if self.email:
            yield "email", self.email
        if self.phone:
            yield "phone", self.phone
        if self.record_number:
            yield "record_number", self.record_number
        yield "name", (self.last, self.first)
        yield "name", (self.first, self.last)


@dataclass(frozen=True)
class Likeness:
    """How two records compare. Each trait is same, close, differs or unknown."""

    name: str
    birth_date: str
    email: str
    phone: str
    record_number: str
    sex: str

    @property
    def shares_contact(self) -> bool:
        return SAME in (self.email, self.phone)

    @property
    def is_household(self) -> bool:
        return self.shares_contact and not self.may_be_same

    @property
    def may_be_same(self) -> bool:
        """Enough agrees that a person should look."""
        if self.record_number == SAME and (self.name != DIFFERS or self.birth_date == SAME):
            return True
        match self.birth_date:
            case "same":
                return self.name != DIFFERS or self.shares_contact
            case "close" | "unknown":
                return self.name == SAME or (self.name == CLOSE and self.shares_contact)
        return self.name == SAME and self.shares_contact

    @property
    def score(self) -> int:
        return sum(points.get(getattr(self, trait), 0) for trait, points in POINTS.items())


@dataclass(frozen=True)
class Pair:
    """Two patients who may be one, the lower id first."""

    first_id: int
    second_id: int
    likeness: Likeness


class Register:
    """Records, found by what they share."""

    def __init__(self):
        self.by_key = defaultdict(list)

    @classmethod
    def of(cls, patients) -> Register:
        """A practice's patients, read in one query."""
        register = cls()
        # As text: to parse fifty thousand phone numbers takes longer than to compare them.
        as_text = {"phone": Cast("phone", CharField())}
        rows = patients.order_by("id").values_list(*(as_text.get(name, name) for name in FIELDS))
        for row in rows.iterator(chunk_size=10_000):
            register.add(Record.read(*row))
        return register

    def add(self, record: Record) -> None:
        for key in dict.fromkeys(record.keys):
            self.by_key[key].append(record)

    def sharing(self, key) -> list[Record]:
        """Those with this key; none where too many have it for it to say anything."""
        found = self.by_key.get(key, ())
        return found if len(found) <= SHARED_BY_ALL else ()

    def like(self, record: Record) -> list[tuple[Record, Likeness]]:
        """Those who may be `record`, the likeliest first."""
        near = {other.id: other for key in record.keys for other in self.sharing(key)}
        compared = [(other, compare(record, other)) for other in near.values()]
        return sorted(
            (found for found in compared if found[1].may_be_same),
            key=lambda found: (-found[1].score, found[0].id),
        )

    def pairs(self, apart: set[tuple[int, int]] = frozenset()) -> list[Pair]:
        """All who may be one another but those said to be `apart`, the likeliest first."""
        found = {}
        for one, other in self.near():
            ids = (one.id, other.id)
            if ids in found or ids in apart:
                continue
            likeness = compare(one, other)
            if likeness.may_be_same:
                found[ids] = Pair(*ids, likeness)
        return sorted(found.values(), key=lambda pair: (-pair.likeness.score, pair.first_id))

    def near(self) -> Iterator[tuple[Record, Record]]:
        """Those to compare: two who share a key, once for each that they share."""
        for key in self.by_key:
            yield from combinations(self.sharing(key), 2)


def compare(one: Record, other: Record) -> Likeness:
    return Likeness(
        name=_names(one, other),
        birth_date=_birth_dates(one.birth_date, other.birth_date),
        email=_words(one.email, other.email),
        phone=_words(one.phone, other.phone),
        record_number=_words(one.record_number, other.record_number),
        sex=_words(one.sex, other.sex),
    )


def plain(words: str) -> str:
    """Lower case, without accents and marks, one space between words."""
    if not words.isascii():
        words = unicodedata.normalize("NFKD", words.casefold())
        words = "".join(letter for letter in words if not unicodedata.combining(letter))
    return " ".join("".join(c if c.isalnum() else " " for c in words.lower()).split())


def _names(one: Record, other: Record) -> str:
    if (one.first, one.last) == (other.first, other.last):
        return SAME
    if (one.first, one.last) == (other.last, other.first):
        return CLOSE
    near = fuzz.ratio(one.name, other.name, score_cutoff=CLOSE_NAMES)
    return CLOSE if near else DIFFERS


def _birth_dates(one: dt.date | None, other: dt.date | None) -> str:
    if not one or not other:
        return UNKNOWN
    if one == other:
        return SAME
    if (one.year, one.month, one.day) == (other.year, other.day, other.month):
        return CLOSE
    differing = sum(a != b for a, b in zip(one.isoformat(), other.isoformat(), strict=True))
    return CLOSE if differing == 1 else DIFFERS


def _words(one: str, other: str) -> str:
    if not one or not other:
        return UNKNOWN
    return SAME if one == other else DIFFERS
