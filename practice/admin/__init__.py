"""The operator's staff desk: who is where, and how connections and hooks are doing."""

from practice.admin import people, rows
from practice.admin.base import KeptAdmin, ReadOnlyAdmin

__all__ = ["KeptAdmin", "ReadOnlyAdmin", "people", "rows"]
