"""How the simulated Fullscript behaves where it may go one way or another.

Numbers in brackets are those of the reference's open unknowns (section 14).
"""

from dataclasses import replace

from tests.simulators.fullscript import (
    editors,
    embed,
    labs,
    limit,
    links,
    messages,
    orders,
    resources,
    results,
    shapes,
    signing,
    webhooks,
)
from tests.simulators.registry import Knob

CONNECTING = {
    "cancel": Knob(
        "access_denied",
        "Cancelling consent: come back with an error, or not at all (3)",
        ("access_denied", "silent"),
    ),
    "oauth_refusal": Knob(
        "400", "Status of a code or refresh token that is no good (3)", ("400", "401", "403", "422")
    ),
    "revoke_ends": Knob(
        "pair", "Revoking a token ends its whole pair, or that token alone (11)", ("pair", "token")
    ),
    "revoke_answers": Knob(
        "nothing", "A revoke answers nothing, or an empty object", ("nothing", "object")
    ),
    "token_names_clinic": Knob(False, "Token answers name the clinic of their owner"),
    "scope_status": Knob("403", "Status when a scope is missing (5)", ("403", "401")),
}

ANSWERING = {
    "validation_body": Knob(
        "list", "422 bodies hold a list, or a string with one inside", ("list", "string")
    ),
    "error_body": Knob(
        "documented",
        "Refusals: as documented, without a body, as a page, or spelt otherwise",
        shapes.ERROR_BODIES,
    ),
    "wrapper": Knob(
        "documented",
        'Objects and lists stand under their key, objects under none, or both under "data" (9)',
        shapes.WRAPPERS,
    ),
    "wrapper_path": Knob("", "Only answers of paths that match this are wrapped otherwise"),
    "minds_idempotency_keys": Knob(False, "An Idempotency-Key seen before answers 409 (14)"),
    "metadata_unique": Knob(False, "Our ids in metadata may be given once only (23)"),
    "metadata_length": Knob(0, "Longest id of ours in metadata; 0 for any (23)"),
    "list_delay_seconds": Knob(0, "Seconds until lists show a plan made in Fullscript (27)"),
    "extra_keys": Knob(
        False, "Every object of REST, webhooks and the frame has a key nobody documented"
    ),
    "plain_ids": Knob(False, "New things get short ids, no UUIDs"),
    "usual_page_size": Knob(20, "Rows of a page when the call names no size (15)"),
    "day_zone_hours": Knob(0, "Hours east of UTC where days of date filters begin (16)"),
    "strings_only": Knob(False, "Numbers and booleans in requests are refused (19)"),
    "strict_vocabulary": Knob(True, "Refuse doses outside the documented words (20)"),
    "rate_limit": Knob(5000, "Calls in a rolling five minutes before the limit"),
    "rate_limit_per": Knob("app", "What is counted together (4)", limit.PER),
    "over_limit": Knob(
        "429 seconds", "Answer beyond the limit, and how Retry-After is said (4)", limit.ANSWERS
    ),
}

TELLING = {
    "envelope": Knob("event_payload", "Outermost key of a webhook (1)", signing.ENVELOPES),
    "webhook_data": Knob(
        "documented", "Data of webhooks: as documented, always flat, always nested", signing.SHAPES
    ),
    "webhook_fault": Knob("", "What is wrong with every webhook", signing.FAULTS),
    "product_created_names_clinic": Knob(False, "product.created carries a clinic_id"),
    "event_names_integration": Knob(False, "Events carry an integration_id"),
    "background": Knob(True, "Webhooks go out by themselves"),
    "delivery_threads": Knob(1, "How many webhooks go out at the same time"),
    "probe_first": Knob(True, "An empty call comes before every event (2)"),
    "probe": Knob("POST", "How the empty call is made (2)", webhooks.PROBES),
    "webhooks_need_fresh_token": Knob(
        False, "Only an access token that has not expired lets a clinic's webhooks out (12)"
    ),
    "event_items": Knob(
        "full", "Lists of events hold their fields, or ids alone (8)", ("full", "id")
    ),
}

FRAMING = {
    "grant_status_201": Knob(False, "Session grants answer 201 instead of 200 (13)"),
    "frame_cookie": Knob(
        "",
        "Without its own cookie the frame gives up, and tells the page around it or nobody (22)",
        editors.COOKIES_NEEDED,
    ),
    "unknown_patient": Knob(
        "selector", "A patient id nobody has: choose one, or an error page", embed.UNKNOWN_PATIENTS
    ),
    "embed_spelling": Knob(
        "samples", "Whose spelling the frame's messages follow", messages.SPELLINGS
    ),
    "link_patient_id": Knob(
        "patient.id", "Where a link's answer names the patient (17)", links.PATIENT_ID_PLACES
    ),
    "link_url": Knob(
        "top", "Where the gateway's and an edited plan's answers put their link", links.URL_PLACES
    ),
}

LIBRARY = {
    "protocol_items": Knob(
        "full", "Lists of protocols hold all of each, or its name only (9)", ("full", "brief")
    ),
    "resource_upload": Knob(
        "any",
        "Files of handouts come as a form's part, in the JSON, or either way (18)",
        resources.UPLOADS,
    ),
    "resource_needs_bearer": Knob(True, "Downloads of handouts want the bearer token"),
}

ORDERS_AND_LABS = {
    "order_details": Knob(False, "Orders carry money, refunds and parcels nobody documented (6)"),
    "lab_line": Knob("type labs", "How an order marks a lab's line", orders.LAB_LINES),
    "lab_order_is_order": Knob(
        False, "Bought labs have the id of the order they were bought with (26)"
    ),
    "lab_wrapper": Knob("order", "Where a lab order stands in its answer (10)", labs.WRAPPERS),
    "lab_pdf_in": Knob(
        "results",
        "Files hang on results, the aggregated result, or both (10)",
        results.PLACES,
    ),
    "lab_pdf": Knob("pdf", "What a result's address gives", results.FILES),
    "lab_pdf_needs_bearer": Knob(False, "Result files want the bearer token (10)"),
    "amended_gets_new_id": Knob(False, "An amended result gets an id of its own"),
}

GROUPS = {
    "Connecting": CONNECTING,
    "Answers": ANSWERING,
    "Webhooks and events": TELLING,
    "Embed and links": FRAMING,
    "Protocols and handouts": LIBRARY,
    "Orders and labs": ORDERS_AND_LABS,
}
KNOBS = {
    name: replace(knob, group=group)
    for group, knobs in GROUPS.items()
    for name, knob in knobs.items()
}
