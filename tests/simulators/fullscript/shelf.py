"""What an editor's product list shows, and what its search field asks for."""

from __future__ import annotations

from django.http import JsonResponse

from tests.simulators import world as worlds
from tests.simulators.fullscript import products

MOST_SHOWN = 24


def find_products(request, key):
    """What the search field asks for: `?q=magnesium`."""
    world = worlds.current()
    if key not in world.store["fullscript"]["editors"]:
        return JsonResponse({"error": "gone"}, status=404)
    return JsonResponse({"products": rows(world, request.GET.get("q", ""))})


def rows(world, words: str) -> list[dict]:
    """The first products whose name or brand holds the words."""
    return [_row(p) for p in products.matching(world, words, MOST_SHOWN)]


def _row(product):
    """What the editor's list shows of one product: its variants, its dosage as advice."""
    dosage = product["dosage"] or {}
    return {
        "name": product["name"],
        "brand": product["brand"]["name"],
        "variants": [
            {
                "id": v["id"],
                "size": f"{v['units'] or ''} {v['unit_of_measure'] or ''}".strip(),
                "msrp": v["msrp"],
                "availability": v["availability"],
            }
            for v in product["variants"]
        ],
        "dosage": {
            "amount": dosage.get("recommended_amount") or "",
            "frequency": dosage.get("recommended_frequency") or "",
            "format": dosage.get("format") or "",
            "additional_info": dosage.get("additional_info") or "",
        },
    }


def product_of(world, variant_id) -> dict:
    """The product a plan's line names, with that variant of it."""
    variant = products.variant(world, variant_id)
    product = products.product(world, variant["product"]["id"])
    return {"name": product["name"], "brand": product["brand"]["name"], "variant": variant}
