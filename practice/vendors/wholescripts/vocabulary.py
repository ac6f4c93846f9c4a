"""WholeScripts' words and limits (WholeScripts reference 8.3, 8.5, 8.7, 9.1).

Only values the vendor itself documents are sent. Everything is read.
"""

from __future__ import annotations

from practice.vendors.contract import Slot

ONGOING = "Ongoing"
AS_NEEDED = "As Needed"
FOUR_WEEKS = "4 Weeks"

# A pill's time in a packet. Nothing else is documented, so nothing else is composed.
PILL_TIMES = {
    Slot.BREAKFAST: "AM",
    Slot.EVENING: "PM",
    Slot.BEDTIME: "Bedtime without food",
}

# The vendor's own limits are in UTF-16 units; those of an item's texts are ours.
MAX_EMAIL = 1000
MAX_NAME = 500
MAX_MESSAGE = 500
MAX_REFERRAL = 48
MAX_NOTES = 500
MAX_PACK_NAME = 60
MAX_ITEMS = 50
MAX_PILLS_PER_PACKET = 6

STATES = {"Sent": "active"}

WARNINGS = {
    "Prop65BirthDefectCancer": "California Proposition 65: cancer and birth defects",
}
