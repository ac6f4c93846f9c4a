"""The operator's desk of the catalogue."""

from catalog.admin import brands, files, matches, rows, synonyms

__all__ = ["brands", "files", "matches", "rows", "synonyms"]
