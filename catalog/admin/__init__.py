"""The operator's desk of the catalogue."""

from catalog.admin import files, matches, rows, synonyms

__all__ = ["files", "matches", "rows", "synonyms"]
