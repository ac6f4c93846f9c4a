"""Verifying the audit trail: every day recomputed, its seals and the heads outside compared.

Entries are streamed and only one day's marks are held, twelve bytes an entry.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.db.models import Count, Min
from django.db.models.functions import Now

from practice import tenancy
from practice.audit_heads import Head
from practice.audit_seal import BEGINNING, DAY, MARK, Tally, bounds, head_of, lines
from practice.models import AuditEntry, AuditSeal

AHEAD = dt.timedelta(minutes=5)  # no clock of ours is this far ahead of the database's


@dataclass(frozen=True)
class Finding:
    """Something wrong: on which day, at which entry where that can be told, in words."""

    day: dt.date | None
    entry_id: int | None
    what: str

    def __str__(self):
        day = f"{self.day}: " if self.day else ""
        entry = f"entry {self.entry_id}: " if self.entry_id is not None else ""
        return f"{day}{entry}{self.what}"


@dataclass
class Report:
    findings: list[Finding] = field(default_factory=list)
    days: int = 0
    rows: int = 0
    tail: int = 0
    sealed_until: dt.date | None = None
    vouched_until: dt.date | None = None


def verify(heads: Iterable[Head] = (), since: dt.date | None = None) -> Report:
    """Recomputes all seals (from `since` on, the one before it taken as it is) and compares
    them with `heads`, which come from outside. Findings come by day."""
    report = Report()
    seals = _seals()
    report.findings += _outside(seals, heads, report)
    before = None
    for seal in seals:
        if since is None or seal.day >= since:
            with tenancy.unit(tenancy.EVERYTHING):
                report.findings += _day(seal, before, report)
        before = seal
    with tenancy.unit(tenancy.EVERYTHING):
        report.findings += _unsealed(seals, report)
    report.findings.sort(key=lambda found: found.day or dt.date.min)
    return report


def _seals() -> list[AuditSeal]:
    with tenancy.unit(tenancy.EVERYTHING):
        return list(AuditSeal.objects.order_by("day", "id").defer("marks"))


def _outside(seals, heads, report) -> Iterator[Finding]:
    """What was said outside against what stands here."""
    here = {seal.day: Head(seal.day, seal.rows, seal.last_id, seal.head) for seal in seals}
    for head in dict.fromkeys(heads):
        report.vouched_until = max(head.day, report.vouched_until or head.day)
        if head.day not in here:
            yield Finding(head.day, None, "the seal is gone that a signed head speaks of")
        elif here[head.day] != head:
            yield Finding(head.day, None, "the seal is not the one that was signed outside")


def _day(seal: AuditSeal, before: AuditSeal | None, report: Report) -> Iterator[Finding]:
    if seal.practice_id is not None:
        yield Finding(seal.day, None, "a seal of one practice, which nothing makes")
        return
    if before and seal.day != before.day + DAY:
        yield Finding(before.day + DAY, None, "the seal is missing")
    tally, marks = Tally(), _Marks(bytes(AuditSeal.objects.values_list("marks").get(pk=seal.pk)[0]))
    try:
        for line in lines(seal.day, seal.columns):
            marks.compare(tally.add(line))
    except KeyError:
        yield Finding(seal.day, None, "the seal names columns that nothing seals")
        return
    report.days += 1
    report.rows += tally.rows
    report.sealed_until = seal.day
    last_id = max(tally.last_id, before.last_id if before else 0)
    expected = head_of(
        *(before.head if before else BEGINNING, seal.day, seal.columns),
        *(tally.rows, last_id, tally.leaves),
    )
    entry_id, what = marks.difference()
    if (expected, tally.rows, last_id) == (seal.head, seal.rows, seal.last_id):
        if what:
            yield Finding(seal.day, None, "the seal's marks were changed, its entries were not")
    elif what:
        yield Finding(seal.day, entry_id, what)
    else:
        yield Finding(seal.day, None, "the seal, or the one before it, was changed")


class _Marks:
    """A day's marks as they were sealed, against those of the entries that come by."""

    def __init__(self, sealed: bytes):
        self.sealed, self.place, self.found = sealed, 0, None

    def compare(self, mark: bytes) -> None:
        if self.found is None:
            then = self.sealed[self.place : self.place + MARK.size]
            if then != mark:
                self.found = self._told(then, MARK.unpack(mark)[0])
            self.place += MARK.size

    def difference(self) -> tuple[int | None, str]:
        """The first entry that is not as it was sealed, and what is the matter; None and ''
        where there is none."""
        if self.found is None and self.place < len(self.sealed):
            self.found = self._told(self.sealed[self.place : self.place + MARK.size], None)
        return self.found or (None, "")

    @staticmethod
    def _told(then: bytes, entry_id: int | None) -> tuple[int | None, str]:
        then_id = MARK.unpack(then)[0] if len(then) == MARK.size else None
        if then_id is None or (entry_id is not None and entry_id < then_id):
            return entry_id, "it was added later, or moved here"
        if entry_id is None or then_id < entry_id:
            return then_id, "it was removed, or moved away"
        return entry_id, "it was changed"


def _unsealed(seals, report) -> Iterator[Finding]:
    """The entries no seal covers: those since the last one are counted, others are wrong."""
    entries, tail = AuditEntry.objects.all(), AuditEntry.objects.all()
    if seals:
        early = entries.filter(at__lt=bounds(seals[0].day)[0]).aggregate(
            rows=Count("pk"), first=Min("pk")
        )
        if early["rows"]:
            first = seals[0].day
            yield Finding(first - DAY, early["first"], "it is dated before the first sealed day")
        tail = entries.filter(at__gte=bounds(seals[-1].day)[1])
    report.tail = tail.count()
    ahead = tail.filter(at__gt=Now() + AHEAD).aggregate(first=Min("pk"))["first"]
    if ahead is not None:
        yield Finding(None, ahead, "it is dated in the future")
