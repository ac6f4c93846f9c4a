"""What products are sorted by: allergens, ingredients, types, certifications (reference 5.8).

Names follow the examples of the vendor's pages; every body is a guess.
"""

from __future__ import annotations

import uuid

from tests.simulators.fullscript.rest import Call, missing, page

# plural key: singular key, names
KINDS = {
    "allergens": (
        "allergen",
        ("Dairy free", "Egg free", "Gluten free", "Peanut free", "Soy free"),
    ),
    "ingredients": (
        "ingredient",
        ("Magnesium", "Zinc", "Vitamin C", "Vitamin D3", "Iron", "Curcumin", "Melatonin"),
    ),
    "supplement_types": ("supplement_type", ("Multivitamins", "Minerals", "Herbals", "Probiotics")),
    "third_party_certifications": (
        "third_party_certification",
        ("Certified Halal", "Certified Kosher", "Non-GMO", "USDA Organic"),
    ),
}


def listing(kind):
    def handler(call: Call):
        call.need("catalog:read")
        return page(call, kind, rows(call.world, kind))

    return handler


def show(kind):
    def handler(call: Call, id):
        call.need("catalog:read")
        for row in rows(call.world, kind):
            if row["id"] == id:
                return {KINDS[kind][0]: row}
        raise missing()

    return handler


def rows(world, kind) -> list[dict]:
    return [{"id": world.seeded_id(f"{kind}:{name}"), "name": name} for name in KINDS[kind][1]]


def narrowed(call: Call, products: list) -> list:
    """The products that have every attribute a search names, `allergen_ids[]=…`."""
    for kind, (singular, _) in KINDS.items():
        wanted = call.query.getlist(f"{singular}_ids[]")
        known = {row["id"]: row["name"] for row in rows(call.world, kind)}
        products = [
            p for p in products if all(_has(p, kind, known.get(id, ""), id) for id in wanted)
        ]
    return products


def _has(product, kind, name, id) -> bool:
    """An ingredient stands in the product's name; the rest is drawn, always the same."""
    if kind == "ingredients":
        return bool(name) and name.lower() in product["name"].lower()
    return bool(name) and uuid.uuid5(uuid.UUID(id), product["id"]).int % 3 == 0
