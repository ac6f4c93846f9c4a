"""A clinic's own categories and what it put into them (reference 5.8)."""

from __future__ import annotations

from tests.simulators.fullscript import products
from tests.simulators.fullscript.rest import Call, ordered, page


def listing(call: Call):
    call.need("catalog:read")
    rows = [c for c in call.store["categories"].values() if c["clinic_id"] == call.clinic_id]
    return page(call, "categories", rows, represent)


def show(call: Call, id):
    call.need("catalog:read")
    return {"category": represent(call.find("categories", id))}


def products_of(call: Call, category_id):
    call.need("catalog:read")
    held = call.find("categories", category_id)["product_ids"]
    rows = [products.product(call.world, id) for id in held]
    return page(call, "products", ordered(call, rows, "name"))


def represent(category) -> dict:
    return {"id": category["id"], "name": category["name"]}
