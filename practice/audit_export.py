"""The audit trail as CSV, streamed in pieces: no transaction stays open while a slow
browser reads."""

from __future__ import annotations

import csv
from collections.abc import Iterator

from practice import audit_search, audit_words, tenancy
from practice.models import Membership, Practice

MOST = 100_000
A_PIECE = 1000
HEAD = [
    *("Time (UTC)", "Time (practice)", "Who", "What", "Patient", "Patient number", "Changes"),
    *("Way in", "Address", "Reason", "Request", "Entry"),
]
# What a spreadsheet takes for a formula.
STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def rows(
    practice: Practice, wanted: audit_search.Wanted, members: list[Membership], scope, actor
) -> Iterator[str]:
    """Lines of CSV, newest first. Runs after the request's unit: it opens one a piece."""
    yield "\ufeff" + _line(HEAD)
    written, before = 0, ""
    while written < MOST:
        with tenancy.acting(actor), tenancy.unit(scope):
            entries = audit_search.after(wanted.entries(practice), before)
            piece = list(entries[: min(A_PIECE, MOST - written)])
            told = audit_words.tell(piece, practice, members)
        for one in told:
            yield _line(_cells(one, practice))
        written += len(piece)
        if len(piece) < A_PIECE and written < MOST:
            return
        before = audit_search.place_of(piece[-1])
    yield _line([f"Only the newest {MOST:,} entries are in this file. Narrow the time for others."])


def _cells(told: audit_words.Told, practice) -> list:
    entry = told.entry
    people = [told.patient] if told.patient else told.patients
    return [
        entry.at.isoformat(timespec="microseconds"),
        entry.at.astimezone(practice.zone).isoformat(sep=" ", timespec="seconds"),
        told.who,
        f"{told.did} {told.more}".strip(),
        ", ".join(patient.name for patient in people),
        ", ".join(str(number) for number in audit_words.patients_of(entry)),
        "; ".join(
            f"{change.label}: {change.before} → {change.after}".replace(":  →", ":")
            for change in told.changes
        ),
        told.via,
        *(entry.address, entry.reason, entry.request_id, entry.pk),
    ]


def safe(cell) -> str:
    """A cell that no spreadsheet runs."""
    words = str(cell)
    return f"'{words}" if words.lstrip(" ").startswith(STARTS_A_FORMULA) else words


class _Echo:
    @staticmethod
    def write(line):
        return line


def _line(cells) -> str:
    return csv.writer(_Echo).writerow([safe(cell) for cell in cells])
