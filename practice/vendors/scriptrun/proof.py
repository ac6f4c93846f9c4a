"""Fetching a proof of delivery: a photo or a signature (ScriptRun reference 7.8)."""

from __future__ import annotations

from collections.abc import Iterable

from practice.vendors import fetch as files
from practice.vendors.contract import FetchedFile
from practice.vendors.scriptrun.webhook import PROOF_ORIGIN


def fetch(url: str, origins: Iterable[str] = (PROOF_ORIGIN,)) -> FetchedFile:
    """The image at `url`, its type told by its bytes. `Refused` for any other origin;
    `BadAnswer` for what is no image; `Unavailable` later."""
    return files.fetch(url, origins, vendor="scriptrun", operation="proof")
