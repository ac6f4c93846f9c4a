"""Ids of new things: UUIDs as today, or short words (knob `plain_ids`).

The vendor calls a change of an id's format or length non-breaking (reference 4).
"""

from __future__ import annotations

import uuid

SHORT = {
    "patient": "pt",
    "plan": "tp",
    "order": "R",
    "lab-order": "lab",
    "lab-result": "res",
    "event": "evt",
    "delivery": "dlv",
    "protocol": "proto",
    "resource": "doc",
}


def new(world, kind: str) -> str:
    """An id nothing had before, the same in every run."""
    found = world.new_id(kind)
    if not world.knobs["fullscript"]["plain_ids"]:
        return found
    return f"{SHORT.get(kind, kind)}_{uuid.UUID(found).int % 10**12}"
