"""Packages and what becomes of them."""

from tests.simulators.scriptrun import events


def make(world, key: str, order: dict, *, source: str) -> tuple[dict, bool]:
    """The package for an order and whether it is new; its `package.created` is queued.

    A barcode seen before with the same key is counted in `duplicates`. It makes a second
    package all the same, unless the knob `dedupe` says `barcode`.
    """
    store = world.store["scriptrun"]
    barcode = f"{key} {order['barcode']}" if order.get("barcode") else ""
    earlier = store["packages"].get(store["barcodes"].get(barcode))
    if earlier:
        store["duplicates"] += 1
        if world.knobs["scriptrun"]["dedupe"] == "barcode":
            return earlier, False
    package = {
        "id": world.new_id("package"),
        "key": key,
        "order": order,
        "source": source,
        "state": "created",
        "reason": "",
        "created_at": events.stamp(world),
    }
    store["packages"][package["id"]] = package
    if barcode:
        store["barcodes"].setdefault(barcode, package["id"])
    events.emit(world, key, "package.created", events.created(world, package))
    return package, True


def deliver(world, package: dict, copay=None, method: str = "card") -> dict:
    """Mark it delivered with proof. Answers what `events.emit` answers.

    `copay` is what was collected in dollars; None collects what was asked for.
    """
    package["state"] = "completed"
    data = events.completed(world, package, copay, method)
    return events.emit(world, package["key"], "delivery.completed", data)


def fail(world, package: dict, reason: str) -> dict:
    package["state"], package["reason"] = "failed", reason
    data = events.failed(world, package, reason)
    return events.emit(world, package["key"], "delivery.failed", data)
