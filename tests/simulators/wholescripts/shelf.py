"""What WholeScripts sells, looked up by SKU. Kept out of the store: it never changes by a call.

Stock does: `store["stock"]` overrides a row's quantity.
"""

from dataclasses import dataclass
from functools import lru_cache

from tests.simulators import catalogue
from tests.simulators.world import World


@dataclass(frozen=True)
class Shelf:
    """Rows in list order, the same by SKU, and a pill's row by its pill SKU."""

    rows: tuple[dict, ...]
    by_sku: dict[str, dict]
    by_pill: dict[str, dict]
    brands: tuple[str, ...]


def shelf(world: World) -> Shelf:
    return _shelf(world.seed, world.scale)


@lru_cache(maxsize=4)
def _shelf(seed: int, scale: int) -> Shelf:
    rows = tuple(catalogue.wholescripts_products(seed, scale))
    pills: dict[str, dict] = {}
    for row in rows:
        if row["medPaxSku"]:
            pills.setdefault(row["medPaxSku"], row)
    brands = tuple(sorted({row["brand"] for row in rows}))
    return Shelf(rows, {row["sku"]: row for row in rows}, pills, brands)


def private_label(world: World, practitioner: str) -> dict:
    return _private_label(world.seed, practitioner, world.scale)


@lru_cache(maxsize=64)
def _private_label(seed: int, practitioner: str, scale: int) -> dict:
    return catalogue.wholescripts_private_label(seed, practitioner, scale)


def listed(world: World, row: dict) -> dict:
    """A copy of `row` as the API gives it now: stock as set, onlineMAP if switched on."""
    shown = row | {
        "quantity": world.store["wholescripts"]["stock"].get(row["sku"], row["quantity"])
    }
    if world.knobs["wholescripts"]["include_onlineMAP"] and row["brand"].startswith("XYMOGEN"):
        shown["onlineMAP"] = round(row["retailPrice"] * 0.9, 2)
    return shown


def bottle_name(world: World, practitioner: str, sku: str) -> str | None:
    """The name of a bottle this practitioner may recommend, or None."""
    row = shelf(world).by_sku.get(sku)
    if row:
        return row["productName"]
    for own in private_label(world, practitioner)["privateLabelProducts"]:
        if own["sku"] == sku:
            return own["privateLabelName"]
    return None


def pill_name(world: World, sku: str) -> str | None:
    """The display name of a pill, or None where `sku` is no pill."""
    row = shelf(world).by_pill.get(sku)
    if row is None:
        return None
    details = row["medPaxDetails"]
    return details["name"] if details else row["productName"]


def is_pack(world: World, practitioner: str, sku: str) -> bool:
    """Packs are those on file for us and the practitioner's own cartons (reference 8.2)."""
    cartons = private_label(world, practitioner)["privateLabelCartons"]
    return sku in world.config["wholescripts"]["pack_skus"] or any(
        carton["sku"] == sku for carton in cartons
    )
