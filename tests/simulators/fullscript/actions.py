"""What the control page and the tests can have happen at Fullscript.

Every action takes `(world, fields)`; the control page and the control API call them.
"""

from __future__ import annotations

import datetime as dt

from tests.simulators.fullscript import (
    changes,
    effects,
    events,
    happenings,
    manyevents,
    products,
    tokens,
)
from tests.simulators.fullscript import webhooks as hooks
from tests.simulators.fullscript.signing import UNKNOWN_TYPE
from tests.simulators.registry import ActionError

NEXT_KEY = "made-up-next-signature-key"


def some_variant(world, fields):
    """A `variant_id` of the catalogue: the first, or the first of a product matching `q`."""
    found = products.matching(world, fields.get("q", ""), most=1)
    if not found:
        raise ActionError("No product has that name.")
    return {"variant_id": found[0]["variants"][0]["id"], "name": found[0]["name"]}


def revoke_person(world, fields):
    """A user removes our app in Fullscript: every token of `person_id` ends."""
    with world.lock:
        ended = tokens.revoke_person(world.store["fullscript"], fields["person_id"])
        effects.note(world, "revocations", person_id=fields["person_id"], by="user")
    return {"message": f"{ended} token pairs ended.", "ended": ended}


def expire_tokens(world, fields):
    """Every access token, or `person_id`'s, is refused from now on, whatever its lifetime said."""
    with world.lock:
        for token in world.store["fullscript"]["tokens"]:
            if fields.get("person_id") in (None, "", token["owner_id"]):
                token["expires_at"] = (world.now() - dt.timedelta(seconds=1)).isoformat()
    return {"message": "Access tokens have expired; refresh tokens still work."}


def expire_codes(world, fields):
    with world.lock:
        world.store["fullscript"]["codes"].clear()
    return {}


def deliver_due(world, fields):
    """Make the attempts that are due, now and in this call: `most` of them, on `threads`.
    With `brief` the answer counts them only."""
    most = int(fields["most"]) if fields.get("most") else None
    threads = int(fields.get("threads") or 1)
    made = hooks.deliver_due(world, by_hand=True, threads=threads, most=most)
    answer = {"message": f"{len(made)} deliveries were attempted.", "count": len(made)}
    return answer if fields.get("brief") else answer | {"attempts": made}


def delivery_state(world, fields):
    """How many deliveries wait, and what became of the others."""
    with world.lock:
        store = world.store["fullscript"]
        return {"waiting": len(store["queue"]), **store["effects"]["webhooks"]}


def enable_endpoint(world, fields):
    with world.lock:
        hooks.enable(world)
    return {"message": "The endpoint is active again."}


def roll_key(world, fields):
    """The signature key becomes `key`. With `overlap` the old one still signs every other
    delivery, until it is rolled again without."""
    with world.lock:
        webhook = world.config["fullscript"]["webhook"]
        overlap = str(fields.get("overlap", "")).lower() == "true"
        webhook["old_key"] = webhook["signature_key"] if overlap else ""
        webhook["signature_key"] = fields.get("key") or NEXT_KEY
    return {"message": "The signature key was rolled.", "signature_key": webhook["signature_key"]}


def other_event(world, fields):
    """An event of a `type` nobody subscribes to (of parcels, unless said), with `data`, in
    `clinic_id` or the first connected one."""
    with world.lock:
        connected = tokens.connected(world.store["fullscript"])
        clinic_id = fields.get("clinic_id") or next((t["clinic_id"] for t in connected), None)
        if clinic_id is None:
            raise ActionError("No clinic is connected.")
        type, data = fields.get("type") or UNKNOWN_TYPE, fields.get("data") or {"number": "1"}
        event = events.record(world, clinic_id, type, data)
    return {"event_id": event["id"]}


ACTIONS = {
    "order": happenings.order,
    "refund": happenings.refund,
    "cancel-plan": happenings.cancel_plan,
    "change-plan": happenings.change_plan,
    "make-plan": happenings.make_plan,
    "buy-lab": happenings.buy_lab,
    "move-lab": happenings.move_lab,
    "add-patient": changes.add_patient,
    "update-patient": changes.update_patient,
    "archive-patient": changes.archive_patient,
    "emancipate": changes.emancipate,
    "touch-product": changes.touch_product,
    "custom-dosage": changes.custom_dosage,
    "make-protocol": changes.make_protocol,
    "delete-protocol": changes.delete_protocol,
    "fill-cart": changes.fill_cart,
    "overwrite": changes.overwrite,
    "some-variant": some_variant,
    "revoke-person": revoke_person,
    "expire-tokens": expire_tokens,
    "expire-codes": expire_codes,
    "many-events": manyevents.many_events,
    "other-event": other_event,
    "deliver-due": deliver_due,
    "delivery-state": delivery_state,
    "enable-endpoint": enable_endpoint,
    "roll-key": roll_key,
}
