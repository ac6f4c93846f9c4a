"""The operator's desk of the catalogue."""

from catalog.admin import files, matches, rows

__all__ = ["files", "matches", "rows"]
