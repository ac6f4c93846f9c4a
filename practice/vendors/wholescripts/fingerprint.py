"""What makes two recommendations the same (WholeScripts reference 10).

The vendor keeps no id of ours, so a send of unknown outcome is looked up by this. It is
computed alike from the body we post and from the entry a GET returns. The notes above the
items are no part of it: each plan's own reference stands there, and two plans with the same
items would never be the same.
"""

from __future__ import annotations

import hashlib
import json

from practice.vendors import reading
from practice.vendors.wholescripts import dosing


def fingerprint(found: dict) -> str:
    """SHA-256 over both addresses and the items; the order of items, pills and dosing
    segments, blanks at the ends, null and '' make no difference."""
    row = reading.rekeyed(found, str.lower)
    parts = {
        "practitioner": reading.text(row.get("practitioneremail")).lower(),
        "patient": reading.text(row.get("emailto")).lower(),
        "items": sorted(_item(item) for item in reading.mappings(row.get("items"))),
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _item(item: dict) -> list:
    pills = sorted(
        [
            reading.text(pill.get("sku")),
            reading.text(pill.get("itemtime")),
            reading.text(pill.get("quantity")),
        ]
        for pill in reading.mappings(item.get("medpaxpills"))
    )
    return [
        reading.text(item.get("sku")),
        reading.text(item.get("quantity")),
        _dosing(reading.text(item.get("dosing"))),
        pills,
        reading.text(item.get("itemduration")),
        " ".join(reading.text(item.get("notes")).split()),
    ]


def _dosing(text: str) -> str:
    segments = dosing.segments(text)
    if segments is None:
        return text
    return "|".join(sorted(f"{quantity}-{slot}" for quantity, slot in segments))
