"""What the control page and the tests can have happen at Fullscript.

Every action takes `(world, fields)`; the control page and the control API call them.
"""

from __future__ import annotations

import datetime as dt

from tests.simulators.fullscript import effects, happenings, products, tokens
from tests.simulators.fullscript import webhooks as hooks
from tests.simulators.registry import ActionError


def custom_dosage(world, fields):
    """`practitioner_id` keeps a dosage of their own for `product_id`: `dosage`, an object
    with the product's `recommended_…` names; without one it is taken back."""
    product_id = fields["product_id"]
    with world.lock:
        own = world.store["fullscript"]["custom_dosages"].setdefault(fields["practitioner_id"], {})
        own.pop(product_id, None)
        if fields.get("dosage"):
            own[product_id] = fields["dosage"]
    return {"product_id": product_id}


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
    """Make the attempts that are due, now and in this call."""
    made = hooks.deliver_due(world, by_hand=True)
    return {"message": f"{len(made)} deliveries were attempted.", "attempts": made}


def enable_endpoint(world, fields):
    with world.lock:
        hooks.enable(world)
    return {"message": "The endpoint is active again."}


ACTIONS = {
    "order": happenings.order,
    "cancel-plan": happenings.cancel_plan,
    "change-plan": happenings.change_plan,
    "make-plan": happenings.make_plan,
    "buy-lab": happenings.buy_lab,
    "move-lab": happenings.move_lab,
    "update-patient": happenings.update_patient,
    "emancipate": happenings.emancipate,
    "touch-product": happenings.touch_product,
    "custom-dosage": custom_dosage,
    "some-variant": some_variant,
    "revoke-person": revoke_person,
    "expire-tokens": expire_tokens,
    "expire-codes": expire_codes,
    "deliver-due": deliver_due,
    "enable-endpoint": enable_endpoint,
}
