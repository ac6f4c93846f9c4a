"""How the simulated Fullscript plugs in, and the knobs it has."""

from tests.simulators.fullscript import actions, app, panel, seed, webhooks
from tests.simulators.registry import Knob, Vendor

KNOBS = {
    "cancel": Knob(
        "access_denied",
        "Cancelling consent: come back with an error, or not at all",
        ("access_denied", "silent"),
    ),
    "validation_body": Knob(
        "list", "422 bodies hold a list, or a string with one inside", ("list", "string")
    ),
    "envelope": Knob("event_payload", "Outermost key of a webhook", ("event_payload", "event")),
    "webhook_fault": Knob("", "What is wrong with every webhook", webhooks.FAULTS),
    "background": Knob(True, "Webhooks go out by themselves"),
    "probe_first": Knob(True, "An empty call comes before every event"),
    "strict_vocabulary": Knob(True, "Refuse doses outside the documented words"),
    "grant_status_201": Knob(False, "Session grants answer 201 instead of 200"),
    "extra_keys": Knob(False, "Every REST object has a key nobody documented"),
    "lab_pdf_is_html": Knob(False, "Lab results answer an HTML page instead of a PDF"),
    "plain_ids": Knob(False, "New patients and plans get short ids, no UUIDs"),
    "rate_limit": Knob(5000, "Calls in five minutes before 429"),
}

VENDOR = Vendor(
    name="fullscript",
    title="Fullscript",
    urlconf="tests.simulators.fullscript.urls",
    seed=seed.start,
    config=app.config,
    knobs=KNOBS,
    actions=actions.ACTIONS,
    tick=webhooks.tick,
    panel=panel.context,
    headers=lambda world: {"X-Request-Id": world.new_id("request")},
)
