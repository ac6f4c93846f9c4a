"""The operator's staff desk: who is where, and how connections and hooks are doing."""

from practice.admin import (
    connections,
    jobs,
    members,
    missed,
    people,
    practices,
    receipts,
    refusals,
    rows,
    trail,
    words,
)
from practice.admin.base import DeskAdmin, KeptAdmin, ReadOnlyAdmin
from practice.admin.clinical import ClinicalAdmin

__all__ = [
    "ClinicalAdmin",
    "DeskAdmin",
    "KeptAdmin",
    "ReadOnlyAdmin",
    "connections",
    "jobs",
    "members",
    "missed",
    "people",
    "practices",
    "receipts",
    "refusals",
    "rows",
    "trail",
    "words",
]
