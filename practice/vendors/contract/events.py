"""What a vendor tells us unasked."""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass, field


class Verdict(enum.StrEnum):
    """What verifying an inbound request found."""

    GENUINE = "genuine"
    STALE = "stale"  # rightly signed, outside the age window
    FORGED = "forged"
    MALFORMED = "malformed"


@dataclass(frozen=True)
class Event:
    """One parsed webhook event. `type` is the vendor's word; unknown types are kept.

    `account_id` routes it (Fullscript `clinic_id`), '' where the URL does that.
    `data` is the object below the envelope, whichever nesting the vendor used.
    """

    id: str
    type: str
    created_at: dt.datetime | None
    data: dict = field(hash=False)
    account_id: str = ""


@dataclass(frozen=True)
class FailedDelivery:
    """A webhook that did not get through, as far as the vendor says; anything may be blank."""

    event_id: str = ""
    type: str = ""
    at: dt.datetime | None = None
    status: str = ""
