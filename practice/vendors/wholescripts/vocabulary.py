"""WholeScripts' words and limits (WholeScripts reference 8.3, 8.5, 8.7, 9.1).

Only values the vendor itself documents are sent, and those that staff verified with the vendor
and opened. Everything is read.
"""

from __future__ import annotations

import datetime as dt

from practice.vendors import meanings
from practice.vendors.contract import Slot, Term, Vocabulary
from practice.vendors.wholescripts import dosing

ONGOING = "Ongoing"
AS_NEEDED = "As Needed"
FOUR_WEEKS = "4 Weeks"

# A pill's time in a packet. Nothing else is documented, so nothing else is composed.
PILL_TIMES = {
    Slot.BREAKFAST: "AM",
    Slot.EVENING: "PM",
    Slot.BEDTIME: "Bedtime without food",
}

_UNDERSTOOD = {word: meanings.at(*time) for word, time in dosing.READABLE.items()}


def _in_a_dose(word: str) -> str:
    """Why `word` cannot stand in the dosing text (8.6); '' when it can."""
    if dosing.segments(f"1-{word}") == ((1, word),):
        return ""
    return "A dosing text cannot hold this: no “|”, and no blank at either end."


# What staff may open more words of.
VOCABULARIES = (
    Vocabulary(
        Term.TIME,
        "time in a dose",
        {word: _UNDERSTOOD[word] for word in dosing.WRITABLE.values()},
        meanings.a_time,
        read=_UNDERSTOOD,
        refuse=_in_a_dose,
    ),
    Vocabulary(
        Term.PACKET,
        "time of a packet",
        {word: _UNDERSTOOD[word] for word in PILL_TIMES.values()},
        meanings.a_time,
        read=_UNDERSTOOD,
    ),
    Vocabulary(
        Term.DURATION,
        "duration",
        {ONGOING: "no end", AS_NEEDED: "as needed", FOUR_WEEKS: "28"},
        meanings.a_whole,
    ),
)

# The vendor's own limits are in UTF-16 units; those of an item's texts are ours.
MAX_EMAIL = 1000
MAX_NAME = 500
MAX_MESSAGE = 500
MAX_REFERRAL = 48
MAX_NOTES = 500
MAX_PACK_NAME = 60
MAX_ITEMS = 50
MAX_PILLS_PER_PACKET = 6

# The other words of a status are not known (9.3): they are kept and shown as they come.
STATES = {"Sent": "active"}

# For how long a status is read, and how often by the age of what was sent (9.3); later daily.
FOLLOW_DAYS = 90
LOOK_GAPS = (
    (dt.timedelta(hours=2), dt.timedelta(minutes=15)),
    (dt.timedelta(days=1), dt.timedelta(hours=2)),
)
STATUS_NOTE = (
    "WholeScripts does not tell what was bought: this status is all that it says. "
    "What was sent cannot be recalled."
)

WARNINGS = {
    "Prop65BirthDefectCancer": "California Proposition 65: cancer and birth defects",
}
