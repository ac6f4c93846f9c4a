"""What stands in the libraries at the start: categories, protocols, handouts, carts.

Each clinic's first practitioner owns a few protocols; the second shares one, and keeps
one to himself. One names a variant that is sold no more.
"""

from __future__ import annotations

import base64

from tests.simulators.fullscript import products, resources

CATEGORIES = ("Sleep", "Minerals", "Digestion", "Immune support")
# whose (0 or 1 of the clinic, None is Fullscript's), name, state, shared, lines
PROTOCOLS = (
    (0, "Sleep support", "active", False, (("magnesium", "1-2", "every night"),)),
    (0, "Gut reset", "draft", False, (("zinc", "1", "twice per day"),)),
    (0, "Iron repletion, retired", "cancelled", False, (("iron", "1", "once per day"),)),
    (0, "Bone and balance", "active", False, (("vitamin d", "1/2", "every other day"), None)),
    (1, "Winter immunity", "active", True, (("vitamin c", "2", "three times per day"),)),
    (1, "Not for colleagues", "active", False, (("zinc", "1", "once per day"),)),
    (None, "Stress basics", "active", True, (("magnesium", "1", "once per day"),)),
    (None, "Travel basics", "active", True, (("zinc", "1", "once per day"),)),
)


def fill(world, store):
    """Put all of it into a new store, whose people are in it already."""
    for clinic_id in store["clinics"]:
        _add_categories(world, store, clinic_id)
        own = [p["id"] for p in store["practitioners"].values() if p["clinic_id"] == clinic_id]
        for whose, *rest in PROTOCOLS:
            if whose is not None:
                add_protocol(world, store, clinic_id, own[whose], *rest)
        _add_resource(world, store, clinic_id, own[0], "Sleeping well", "Lifestyle")
    for whose, *rest in PROTOCOLS:
        if whose is None:
            add_protocol(world, store, None, None, *rest)
    _add_resource(world, store, None, None, "Reading a label", "Supplements")
    _fill_cart(world, store)


def add_protocol(world, store, clinic_id, practitioner_id, name, state, shared, lines):
    protocol_id = world.seeded_id(f"protocol:{clinic_id}:{name}")
    store["protocols"][protocol_id] = {
        "id": protocol_id,
        "clinic_id": clinic_id,
        "practitioner_id": practitioner_id,
        "is_shared": shared,
        "name": name,
        "current_state": state,
        "recommendations": [_line(world, line) for line in lines],
    }


def _line(world, line):
    """A recommendation; None stands for a product that is gone from the catalogue."""
    words, amount, frequency = line or ("", "1", "once per day")
    variant_id = _some(world, words)["variants"][0]["id"] if line else world.seeded_id("gone")
    return {
        "variant_id": variant_id,
        "units_to_purchase": 1,
        "refill": False,
        "take_with": "food",
        "dosage": {
            "amount": amount,
            "frequency": frequency,
            "duration": "30",
            "format": "capsule",
            "additional_info": None,
            "time_of_day": ["morning"],
        },
    }


def _some(world, words):
    """A product of that name, or any where the market has none."""
    return (products.matching(world, words, 1) or products.every(world))[0]


def _add_categories(world, store, clinic_id):
    every = products.every(world)
    for number, name in enumerate(CATEGORIES):
        category_id = world.seeded_id(f"category:{clinic_id}:{name}")
        store["categories"][category_id] = {
            "id": category_id,
            "clinic_id": clinic_id,
            "name": name,
            "product_ids": [p["id"] for p in every[number::40]][:25],
        }


def _add_resource(world, store, clinic_id, practitioner_id, name, category):
    resource_id = world.seeded_id(f"resource:{clinic_id}:{name}")
    store["resources"][resource_id] = {
        "id": resource_id,
        "clinic_id": clinic_id,
        "practitioner_id": practitioner_id,
        "name": name,
        "type": "Handout",
        "category": category,
        "in_library": True,
        "file": "handout.pdf",
        "content": base64.b64encode(resources.PDF).decode(),
    }


def _fill_cart(world, store):
    """Each clinic's first patient has something in the cart, to be lost by a checkout."""
    variant = products.every(world)[-1]["variants"][0]["id"]
    for clinic_id in store["clinics"]:
        first = next(p for p in store["patients"].values() if p["clinic_id"] == clinic_id)
        store["carts"][first["id"]] = [{"variant_id": variant, "quantity": 1}]
