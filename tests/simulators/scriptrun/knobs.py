"""How this ScriptRun behaves where the reference leaves it open (section 10)."""

import os

from tests.simulators.registry import Knob

# The demo has proof pictures to show, so it sets this to `local`.
PROOF_URLS = os.environ.get("SIMULATED_SCRIPTRUN_PROOF_URLS", "vendor")

KNOBS = {
    "partial_status": Knob("200", "Status of a partial success", ("200", "207")),
    "package_ids_on_partial": Knob(
        "compact", "Package ids of a partial success", ("compact", "nulls", "shuffled")
    ),
    "warning_items": Knob("string", "A warning is", ("string", "object")),
    "detail_items": Knob("string", "A detail of a 400 is", ("string", "object")),
    "all_failed_status": Knob("400", "Status when no order is good", ("200", "400")),
    "retry_after": Knob("seconds", "Retry-After of a 429 is", ("seconds", "date", "missing")),
    "resign_on_retry": Knob(True, "A retry is signed again with a new time"),
    "dedupe": Knob("none", "Repeats are matched by", ("none", "barcode")),
    "created_event_has_barcode": Knob(True, "package.created carries the barcode"),
    "event_before_response": Knob(False, "package.created arrives before the POST is answered"),
    "null_or_absent": Knob("null", "Optional values not known are", ("null", "absent")),
    "zero_copay_is_present": Knob(False, "A copay of 0 is collected at the door"),
    "sms_enabled": Knob(False, "The tenant sends SMS: a phone number is required"),
    "created_wrong": Knob(False, "`created` is one too many"),
    "proof_urls": Knob(
        PROOF_URLS, "Proof files are at", ("vendor", "local", "other_host", "private")
    ),
    "requests_per_minute": Knob(600, "Ingest requests a minute and key"),
    "orders_per_hour": Knob(10_000, "Orders an hour and key"),
}
