"""The operator's desk of the catalogue."""

from catalog.admin import matches, rows

__all__ = ["matches", "rows"]
