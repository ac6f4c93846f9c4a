"""Whether a posted recommendation is one WholeScripts takes (reference 8.3, 8.6, 9.1).

Names are compared with their case, as the vendor prints them. `problem` gives the first
thing wrong, as the sentence that comes back in `msg`, or ''.
"""

import re

from tests.simulators.wholescripts import shelf

# Length limits are in UTF-16 units; those of items are not documented and are ours.
TEXTS = {
    "PractitionerEmail": 1000,
    "EmailTo": 1000,
    "PatientFirstName": 500,
    "PatientLastName": 500,
    "Notes": 500,
    "ref_code": 48,
    "ref_name": 48,
}
REQUIRED = ("PractitionerEmail", "EmailTo", "PatientFirstName", "PatientLastName")
ITEM_KEYS = ("Sku", "Quantity", "Dosing", "Notes", "MedPaxName", "MedPaxPills", "ItemDuration")
ITEM_TEXTS = {"Sku": 18, "Dosing": 100, "Notes": 500, "MedPaxName": 60, "ItemDuration": 60}
PILL_KEYS = ("Sku", "Quantity", "ItemTime")
MOST_ITEMS = 50

DOSING = re.compile(r"[1-9][0-9]*-(AM|PM)(\|[1-9][0-9]*-(AM|PM))*")
ITEM_TIMES = ("AM", "PM", "Bedtime without food", "AM with food", "PM with food")
DURATIONS = ("Ongoing", "As Needed", "4 Weeks")
ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def problem(world, practitioner: str, body) -> str:
    if not isinstance(body, dict):
        return "The body must be an object"
    return (
        _unknown(body, (*TEXTS, "Items", "SendEmail"), "")
        or _head(body)
        or _items(world, practitioner, body)
    )


def _head(body: dict) -> str:
    for name in REQUIRED:
        if not body.get(name):
            return f"{name} is required"
    for name, limit in TEXTS.items():
        found = _text(body, name, limit, "")
        if found:
            return found
    if not ADDRESS.fullmatch(body["EmailTo"]):
        return "EmailTo is not an email address"
    if not isinstance(body.get("SendEmail", True), bool):
        return "SendEmail must be true or false"
    return ""


def _items(world, practitioner: str, body: dict) -> str:
    items = body.get("Items")
    if not isinstance(items, list) or not items:
        return "Items is required"
    if len(items) > MOST_ITEMS:
        return f"Items may hold {MOST_ITEMS} at most"
    for place, item in enumerate(items):
        found = _item(world, practitioner, item, f"Items[{place}]")
        if found:
            return found
    return ""


def _item(world, practitioner: str, item, where: str) -> str:
    found = _whole(item, ITEM_KEYS, ITEM_TEXTS, where)
    if found:
        return found
    if not isinstance(item["MedPaxPills"], list):
        return f"{where}.MedPaxPills must be a list"
    if _strict(world) and item["ItemDuration"] not in DURATIONS:
        return f"{where}.ItemDuration is not known"
    if shelf.is_pack(world, practitioner, item["Sku"]):
        return _pack(world, item, where)
    if shelf.bottle_name(world, practitioner, item["Sku"]) is None:
        return f"{where}: Invalid SKU"
    return _bottle(world, item, where)


def _bottle(world, item: dict, where: str) -> str:
    if item["MedPaxName"] or item["MedPaxPills"]:
        return f"{where}: a bottle has no MedPax"
    if item["Dosing"] and _strict(world) and not _writable(item["Dosing"]):
        return f"{where}.Dosing is not understood"
    return ""


def _pack(world, item: dict, where: str) -> str:
    if not item["MedPaxName"]:
        return f"{where}.MedPaxName is required"
    if not item["MedPaxPills"]:
        return f"{where}.MedPaxPills is required"
    if item["Dosing"]:
        return f"{where}: a MedPax has no Dosing"
    for place, pill in enumerate(item["MedPaxPills"]):
        here = f"{where}.MedPaxPills[{place}]"
        found = _whole(pill, PILL_KEYS, {"Sku": 18, "ItemTime": 60}, here)
        if found:
            return found
        if shelf.pill_name(world, pill["Sku"]) is None:
            return f"{here}: Invalid SKU"
        if _strict(world) and pill["ItemTime"] not in ITEM_TIMES:
            return f"{here}.ItemTime is not known"
    return ""


def _whole(part, keys, limits: dict, where: str) -> str:
    """What is wrong with the keys, lengths and quantity that every item and pill has."""
    if not isinstance(part, dict):
        return f"{where} must be an object"
    missing = [key for key in keys if key not in part]
    if missing:
        return f"{where}.{missing[0]} is missing"
    found = _unknown(part, keys, f"{where}.")
    for name, limit in limits.items():
        found = found or _text(part, name, limit, f"{where}.")
    quantity = part["Quantity"]
    if not found and (isinstance(quantity, bool) or not isinstance(quantity, int) or quantity < 1):
        return f"{where}.Quantity must be 1 or more"
    return found


def _unknown(part: dict, keys, where: str) -> str:
    unknown = sorted(set(part) - set(keys))
    return f"{where}{unknown[0]} is not a known field" if unknown else ""


def _text(part: dict, name: str, limit: int, where: str) -> str:
    value = part.get(name, "")
    if not isinstance(value, str):
        return f"{where}{name} must be text"
    if len(value.encode("utf-16-le", "surrogatepass")) // 2 > limit:
        return f"{where}{name} is longer than {limit}"
    return ""


def _writable(dosing: str) -> bool:
    """The grammar that may be written; no slot twice."""
    slots = [segment.partition("-")[2] for segment in dosing.split("|")]
    return bool(DOSING.fullmatch(dosing)) and len(set(slots)) == len(slots)


def _strict(world) -> bool:
    return world.knobs["wholescripts"]["strict_words"]
