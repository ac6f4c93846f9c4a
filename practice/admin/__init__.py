"""The operator's staff desk: who is where, and how connections and hooks are doing."""

from practice.admin import connections, jobs, members, people, practices, receipts, rows
from practice.admin.base import DeskAdmin, KeptAdmin, ReadOnlyAdmin

__all__ = [
    "DeskAdmin",
    "KeptAdmin",
    "ReadOnlyAdmin",
    "connections",
    "jobs",
    "members",
    "people",
    "practices",
    "receipts",
    "rows",
]
