"""When and how much of something is taken."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from decimal import Decimal


class Slot(enum.StrEnum):
    """Times of a day at which something is taken, in the order of the day."""

    WAKING = "waking"
    BREAKFAST = "breakfast"
    MID_MORNING = "mid_morning"
    MIDDAY = "midday"
    AFTERNOON = "afternoon"
    EVENING = "evening"
    BEDTIME = "bedtime"
    AS_NEEDED = "as_needed"


@dataclass(frozen=True)
class Dose:
    """`quantity` units at `slot`, daily. `with_food` is None when nothing was said."""

    slot: Slot
    quantity: Decimal
    with_food: bool | None = None
