"""The catalogue over REST (reference 5.8); list and search are restricted.

The products come from `tests.simulators.catalogue`, once a process; what changed since
stands in the store.
"""

from __future__ import annotations

import functools

from tests.simulators import catalogue
from tests.simulators.fullscript import attributes
from tests.simulators.fullscript.rest import Call, flag, missing, page


@functools.cache
def _loaded(seed: int, scale: int) -> tuple[dict, dict, dict]:
    """(products by id, variants by id with their product's name, brands by id)."""
    found = {p["id"]: p for p in catalogue.fullscript_products(seed, scale)}
    variants = {
        variant["id"]: {**variant, "product": {"id": p["id"], "name": p["name"]}}
        for p in found.values()
        for variant in p["variants"]
    }
    brands = {p["brand"]["id"]: {**p["brand"], "status": "available"} for p in found.values()}
    return found, variants, brands


def every(world) -> list[dict]:
    base = _loaded(world.seed, world.scale)[0]
    changed = world.store["fullscript"]["changed_products"] if "fullscript" in world.store else {}
    return [_changed(p, changed[p["id"]]) if p["id"] in changed else p for p in base.values()]


def product(world, id) -> dict | None:
    base = _loaded(world.seed, world.scale)[0].get(id)
    changes = world.store["fullscript"]["changed_products"].get(id)
    return _changed(base, changes) if base and changes else base


def variant(world, id) -> dict | None:
    base = _loaded(world.seed, world.scale)[1].get(id)
    if base is None or base["product"]["id"] not in world.store["fullscript"]["changed_products"]:
        return base
    of = product(world, base["product"]["id"])
    found = next(v for v in of["variants"] if v["id"] == id)
    return {**found, "product": {"id": of["id"], "name": of["name"]}}


def _changed(product, changes) -> dict:
    """A product after its changes; those of a variant are its first one's."""
    first, *others = product["variants"]
    first = {**first, **{key: value for key, value in changes.items() if key in first}}
    shown = {key: value for key, value in changes.items() if key in product}
    variants = [first, *others]
    primary = next(v for v in variants if v["id"] == product["primary_variant"]["id"])
    shown["primary_variant"] = {key: primary[key] for key in product["primary_variant"]}
    return {**product, **shown, "variants": variants}


def matching(world, words: str, most: int | None = None) -> list[dict]:
    """Products whose brand and name contain every word."""
    wanted = words.lower().split()
    found = [
        p
        for p in every(world)
        if all(word in f"{p['brand']['name']} {p['name']}".lower() for word in wanted)
    ]
    return found[:most]


def listing(call: Call):
    call.need_right("products")
    call.need("catalog:read")
    return page(call, "products", every(call.world))


def search(call: Call):
    call.need_right("products")
    call.need("catalog:read")
    rows = matching(call.world, call.query.get("query", ""))
    if call.query.get("brand_id"):
        rows = [p for p in rows if p["brand"]["id"] == call.query["brand_id"]]
    rows = [p for p in rows if p["brand"]["id"] not in _closed(call)]
    return page(call, "products", attributes.narrowed(call, rows))


def similar(call: Call, id):
    call.need_right("products")
    call.need("catalog:read")
    like = _found(product(call.world, id))["name"].split()[0]
    rows = [p for p in matching(call.world, like) if p["id"] != id]
    return page(call, "products", rows)


def show(call: Call, id):
    """With the `custom_dosage` of `practitioner_id`, by default the token's own."""
    call.need("catalog:read")
    practitioner_id = call.query.get("practitioner_id") or call.token["owner_id"]
    own = call.store["custom_dosages"].get(practitioner_id, {})
    return {"product": {**_found(product(call.world, id)), "custom_dosage": own.get(id)}}


def show_variant(call: Call, id):
    call.need("catalog:read")
    return {"variant": _found(variant(call.world, id))}


def brands(call: Call):
    call.need("catalog:read")
    rows = list(_loaded(call.world.seed, call.world.scale)[2].values())
    if flag(call.query.get("available")):
        rows = [brand for brand in rows if brand["status"] == "available"]
    if flag(call.query.get("clinic_permitted")):
        rows = [brand for brand in rows if brand["id"] not in _closed(call)]
    return page(call, "brands", rows)


def show_brand(call: Call, id):
    call.need("catalog:read")
    return {"brand": _found(_loaded(call.world.seed, call.world.scale)[2].get(id))}


def _closed(call) -> list[str]:
    """Brands the clinic does not sell."""
    return call.store["clinics"][call.clinic_id]["closed_brands"]


def _found(thing):
    if thing is None:
        raise missing()
    return thing
