"""Fullscript complete: what its reference leaves open, and its traps."""

from tests.vendors.conftest import fullscript, nora_at_fullscript  # noqa: F401
