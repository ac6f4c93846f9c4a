"""What the vendor holds against what was intended, line by line.

A row is plain JSON, as `Sending.differences` keeps it:

    {"sku", "name", "kind": "missing" | "added" | "changed", "what": [words of WHAT],
     "ours": {"units", "reads", "refill"} | None, "theirs": the same | None}

Doses are compared as doses where both sides state them, and otherwise as the words a patient
reads there, without regard to case, commas and spacing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from practice.vendors import words
from practice.vendors.contract import PlanLine

# What may differ, as a column of the page says it.
WHAT = {
    "units": "Bottles",
    "dose": "Dose",
    "length": "How long",
    "note": "Note",
    "refill": "Refill",
}
KINDS = {"missing": "Missing there", "added": "Added there", "changed": "Changed there"}


def rows(ours: Iterable[PlanLine], theirs: Iterable[PlanLine], names: dict[str, str]) -> list[dict]:
    """A row for each line that differs; [] when a patient could not tell the two apart.
    `names` gives a product's name by SKU; `ours` carry the vendor's words in `reads`."""
    held: dict[str, list[PlanLine]] = {}
    for line in theirs:
        held.setdefault(line.sku, []).append(line)
    found = []
    for line in ours:
        same = held.get(line.sku)
        other = same.pop(0) if same else None
        if other is None:
            found.append(_row(line.sku, names, "missing", [], line, None))
        elif what := differing(line, other):
            found.append(_row(line.sku, names, "changed", what, line, other))
    for sku, added in held.items():
        found += [_row(sku, names, "added", [], None, line) for line in added]
    return found


def differing(ours: PlanLine, theirs: PlanLine) -> list[str]:
    """The words of WHAT in which `theirs` is not what `ours` says."""
    found = []
    if ours.units != theirs.units:
        found.append("units")
    if not _reads_alike(ours, theirs):
        if (ours.doses or ours.sig) and not _same_dose(ours, theirs):
            found.append("dose")
        if (ours.duration_days, ours.as_needed) != (theirs.duration_days, theirs.as_needed):
            found.append("length")
        if "dose" not in found and folded(ours.notes) != folded(theirs.notes):
            found.append("note")
    if theirs.refill and not ours.refill:
        found.append("refill")
    return found


def _reads_alike(ours: PlanLine, theirs: PlanLine) -> bool:
    return bool(ours.reads) and folded(ours.reads) == folded(theirs.reads)


def _same_dose(ours: PlanLine, theirs: PlanLine) -> bool:
    if ours.doses and theirs.doses:
        return sorted(ours.doses, key=repr) == sorted(theirs.doses, key=repr)
    return folded(how(ours)) == folded(how(theirs))


def folded(text: str) -> str:
    """Words without case, marks and spacing; what has no end is not said by some."""
    plain = re.sub(r"[\s.,;:“”\"']+", " ", text.casefold()).strip()
    return plain.removesuffix("ongoing").strip()


def how(line: PlanLine) -> str:
    return words.doses(line.doses) or line.sig.strip()


def _row(sku, names, kind, what, ours, theirs) -> dict:
    return {
        "sku": sku,
        "name": names.get(sku) or sku,
        "kind": kind,
        "what": what,
        "ours": ours and _side(ours),
        "theirs": theirs and _side(theirs),
    }


def _side(line: PlanLine) -> dict:
    reads = line.reads or words.sentences(how(line), words.duration(line), line.notes)
    return {"units": line.units, "reads": reads, "refill": line.refill}


def sentence(row: dict | str) -> str:
    """One difference in words. Rows written before they had columns are words already."""
    if isinstance(row, str):
        return row
    name, ours, theirs = row["name"], row["ours"], row["theirs"]
    if row["kind"] == "missing":
        return f"{name} is missing there."
    if row["kind"] == "added":
        return f"{name} was added there."
    said = []
    if "units" in row["what"]:
        said.append(f"{theirs['units']} to buy there instead of {ours['units']}")
    if {"dose", "length", "note"} & set(row["what"]):
        planned = ours["reads"] or "no dose"
        said.append(f"reads “{theirs['reads'] or 'no dose'}” there, not “{planned}”")
    if "refill" in row["what"]:
        said.append("is renewed by itself there")
    return f"{name}: {'; '.join(said)}."
