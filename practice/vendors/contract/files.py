"""Documents that are fetched from a vendor."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FetchedFile:
    """A document as it was fetched; `content_type` is told by its bytes."""

    content_type: str
    content: bytes
