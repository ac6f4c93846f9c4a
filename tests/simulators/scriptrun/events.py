"""What a webhook says (reference 7.3 and 7.4), and putting it in the queue."""

import json

# Where a door may be; the numbers move a little with the package.
LATITUDE, LONGITUDE = 27.9506, -82.4572
DRIVER = "drv_demo01"


def emit(world, key: str, kind: str, data: dict, **odd) -> dict:
    """Queue one event for the key's endpoint: `{"event_id", "queued"}`.

    Not queued without an endpoint, without the webhook feature, or when not subscribed.
    `odd` makes it wrong on purpose: `created_at` (text), `secret` (sign with another),
    `skew` (seconds added to the signature's time), `even_so` (subscribed or not).
    """
    event = {
        "id": f"evt_{world.new_id('event').replace('-', '')[:20]}",
        "event": kind,
        "created_at": odd.get("created_at") or stamp(world),
        "data": data,
    }
    queued = _wanted(world, key, kind, odd.get("even_so", False))
    if queued:
        # Laid out unlike any library's default, so that only the raw bytes verify.
        put(world, key, event["id"], kind, json.dumps(event, indent=1, ensure_ascii=False), **odd)
    return {"event_id": event["id"], "queued": queued}


def put(world, key: str, event_id: str, kind: str, body: str, **odd):
    """One delivery, due now. It is the attempt that looks up the endpoint's address."""
    store, now = world.store["scriptrun"], world.now().timestamp()
    delivery = {
        "id": world.new_id("delivery"),
        "key": key,
        "event_id": event_id,
        "event": kind,
        "body": body,
        "secret": odd.get("secret", ""),
        "skew": odd.get("skew", 0),
        "state": "pending",
        "queued_at": now,
        "due_at": now,
        "signed_at": None,
        "attempts": [],
    }
    store["deliveries"][delivery["id"]] = delivery
    store["queue"].append(delivery["id"])
    world.touch()
    world.wake("scriptrun")


def stamp(world) -> str:
    """The world's time as ScriptRun writes it."""
    return world.now().strftime("%Y-%m-%dT%H:%M:%SZ")


def created(world, package: dict) -> dict:
    data = _about(world, package) | {"source": package["source"]}
    barcode = package["order"].get("barcode")
    if world.knobs["scriptrun"]["created_event_has_barcode"] and barcode:
        data["barcode"] = barcode
    return data


def completed(world, package: dict, copay, method: str) -> dict:
    asked = package["order"].get("copay_amount")
    if copay is None and (asked or (asked == 0 and _knob(world, "zero_copay_is_present"))):
        copay = asked
    signed = package["order"].get("requires_signature", False)
    proof = {"photo_url": _proof(world, "photo", package["id"])}
    place = int(package["id"][:4], 16) / 1_000_000
    return (
        _about(world, package)
        | {"driver_id": DRIVER, "delivered_at": stamp(world)}
        | {
            "proof": proof
            | _optional(
                world,
                signature_url=_proof(world, "signature", package["id"]) if signed else None,
                lat=round(LATITUDE + place, 6),
                lng=round(LONGITUDE - place, 6),
            )
        }
        | _optional(
            world,
            copay_collected=copay,
            copay_method=method if copay is not None else None,
        )
    )


def failed(world, package: dict, reason: str) -> dict:
    return _about(world, package) | {
        "driver_id": DRIVER,
        "failed_at": stamp(world),
        "reason": reason,
    }


def _about(world, package: dict) -> dict:
    order = package["order"]
    return {"package_id": package["id"]} | _optional(
        world,
        external_patient_id=order.get("external_patient_id"),
        rx_number=order.get("rx_number"),
    )


def _optional(world, **values) -> dict:
    """Values that are not known are null or left out."""
    if _knob(world, "null_or_absent") == "null":
        return values
    return {name: value for name, value in values.items() if value is not None}


def _proof(world, kind: str, package_id: str) -> str:
    """Where the proof is said to be; only `local` can be fetched from this process."""
    name = f"{kind}-{package_id}.png"
    return {
        "vendor": f"https://storage.scriptrun.app/demo/{name}",
        "local": f"{world.origins.get('scriptrun', '')}/storage/demo/{name}",
        "other_host": f"https://files.example/{name}",
        "private": f"http://10.0.0.7/{name}",
    }[_knob(world, "proof_urls")]


def _wanted(world, key: str, kind: str, even_so: bool) -> bool:
    account = world.config["scriptrun"]["keys"][key]
    endpoint = account["endpoint"]
    if not endpoint["url"] or "webhooks" not in account["features"]:
        return False
    return even_so or kind in endpoint["events"] or "*" in endpoint["events"]


def _knob(world, name: str):
    return world.knobs["scriptrun"][name]
