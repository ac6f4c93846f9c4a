"""Orders as a page shows them: their products by name, whose plan they come from, how long
they last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from catalog.models import Listing
from recommendations import supply
from recommendations.models import Order, PlanItem, Sending
from recommendations.supply import Supply

KINDS = {"supplement": "Product", "labs": "Laboratory test"}


@dataclass(frozen=True)
class Line:
    """`kind` is '' where the name says it, as it does of products."""

    name: str
    quantity: int | None
    kind: str = ""
    supply: Supply | None = None


@dataclass(frozen=True)
class Shown:
    """One order. `sending` is of the plan of ours that it was ordered from, if any."""

    order: Order
    lines: tuple[Line, ...]
    sending: Sending | None = None

    @property
    def is_from_elsewhere(self) -> bool:
        """From a plan, and none of ours."""
        return bool(self.order.plan_ids) and self.sending is None


def shown(orders: Sequence[Order], practice) -> list[Shown]:
    """The same few queries however many orders there are."""
    names = _names(orders, practice)
    sendings = {
        (sending.vendor, sending.vendor_plan_id): sending
        for sending in Sending.objects.for_practice(practice).filter(
            vendor_plan_id__in={number for order in orders for number in order.plan_ids}
        )
    }
    items = _items([sending.plan_id for sending in sendings.values()])
    return [_shown(order, names, sendings, items, practice) for order in orders]


def _shown(order: Order, names, sendings, items, practice) -> Shown:
    ours = (sendings.get((order.vendor, number)) for number in order.plan_ids)
    ours = [one for one in ours if one is not None and one.plan_id in items]
    lines = tuple(
        _line(order, line, names, _supply(order, line, ours, items, practice))
        for line in order.lines
    )
    return Shown(order, lines, ours[0] if ours else None)


def _supply(order: Order, line: dict, ours: list[Sending], items, practice) -> Supply | None:
    """By the plan that was ordered from; by none where two of them disagree."""
    if order.placed_at is None or line["kind"] == Order.LABS:
        return None
    found = {
        supply.of_line(item, line["quantity"], order.placed_at.astimezone(practice.zone).date())
        for sending in ours
        for item in items[sending.plan_id]
        if (item.listing.vendor, item.listing.sku) == (order.vendor, line["sku"])
    }
    return found.pop() if len(found) == 1 else None


def _line(order: Order, line: dict, names: dict, lasts: Supply | None) -> Line:
    kind = KINDS.get(line["kind"]) or (line["raw_kind"] or "Of an unknown kind").capitalize()
    name = line["name"] or names.get((order.vendor, line["sku"]))
    if not name and line["kind"] == Order.LABS:
        return Line(kind, line["quantity"])
    return Line(
        name or f"Product {line['sku']}".strip(),
        line["quantity"],
        "" if line["kind"] == "supplement" else kind,
        lasts,
    )


def _names(orders: Sequence[Order], practice) -> dict:
    """Of products that had no name when the order was read."""
    skus = {line["sku"] for order in orders for line in order.lines if not line["name"]}
    if not skus:
        return {}
    rows = Listing.objects.seen_by(practice).filter(sku__in=skus, connection=None)
    return {(row.vendor, row.sku): row.name for row in rows.only("vendor", "sku", "name")}


def _items(plan_ids: Sequence[int]) -> dict[int, list[PlanItem]]:
    found = {plan_id: [] for plan_id in plan_ids}
    if plan_ids:
        rows = PlanItem.objects.filter(plan__in=plan_ids)
        for item in rows.select_related("listing__product").prefetch_related("doses"):
            found[item.plan_id].append(item)
    return found
