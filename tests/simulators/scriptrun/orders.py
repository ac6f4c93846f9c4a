"""POST /api/webhook/orders: the ingest (reference sections 3, 4 and 6)."""

import email.utils
import json
import time

from django.http import JsonResponse

from tests.simulators import world
from tests.simulators.scriptrun import check, limits, packages, webhooks

MOST_ORDERS = 100


def ingest(request):
    here = world.current()
    if request.method != "POST":
        return JsonResponse({"error": "Method not allowed"}, status=405)
    key = request.headers.get("X-API-Key", "")
    account = here.config["scriptrun"]["keys"].get(key)
    if account is None or not account["active"] or not key.startswith("sk_test_"):
        return JsonResponse({"error": "Unauthorized"}, status=401)
    request.environ["simulator.account"] = account["name"]
    if account["limit_reached"]:
        return JsonResponse({"error": "Plan limit exceeded"}, status=402)
    try:
        orders = json.loads(request.body)["orders"]
    except (ValueError, KeyError, TypeError):
        return _refused([(None, "orders", "is required")])
    if not isinstance(orders, list) or not 1 <= len(orders) <= MOST_ORDERS:
        return _refused([(None, "orders", f"must hold 1 to {MOST_ORDERS} orders")])
    wait = limits.seconds_to_wait(here, key, len(orders))
    if wait is not None:
        return _too_many(wait)
    if _lacks_feature(account, orders):
        return JsonResponse({"error": "Feature not available on current plan"}, status=403)
    return _take(here, key, orders)


def _take(here, key: str, orders: list):
    """Make what is good; say what is not, as warnings or, when nothing is good, as a 400."""
    bad, remarks, ids = [], [], []
    for place, order in enumerate(orders):
        wrong = check.problems(here, order)
        if wrong:
            bad += [(place, field, text) for field, text in wrong]
            ids.append(None)
            continue
        remarks += [(place, field, text) for field, text in check.remarks(order)]
        package, is_new = packages.make(here, key, order, source="api")
        ids.append(package["id"])
        if not is_new:
            remarks.append((place, "barcode", "was seen before; the package is the same"))
    made = [number for number in ids if number]
    if not made and _knob("all_failed_status") == "400":
        return _refused(bad)
    if _knob("event_before_response"):
        webhooks.deliver_before_answer(here)
    return JsonResponse(
        {
            "created": len(made) + _knob("created_wrong"),
            "package_ids": made if len(made) == len(ids) else _partial_ids(ids, made),
            "warnings": [_worded(_knob("warning_items"), *one) for one in [*bad, *remarks]],
        },
        status=200 if len(made) == len(ids) else int(_knob("partial_status")),
    )


def _partial_ids(ids: list, made: list) -> list:
    return {"compact": made, "nulls": ids, "shuffled": made[::-1]}[_knob("package_ids_on_partial")]


def _refused(problems: list):
    details = [_worded(_knob("detail_items"), *problem) for problem in problems]
    return JsonResponse({"error": "Validation failed", "details": details}, status=400)


def _worded(style: str, place: int | None, field: str, text: str):
    if style == "object":
        return {"index": place, "field": field, "message": text}
    where = field if place is None else f"orders[{place}]" + (f".{field}" if field else "")
    return f"{where} {text}"


def _too_many(seconds: int):
    answer = JsonResponse({"error": "Too many requests"}, status=429)
    style = _knob("retry_after")
    if style == "seconds":
        answer["Retry-After"] = str(seconds)
    elif style == "date":
        # The caller counts with its own clock, so the date is in real time; it has no parts
        # of a second, so one more keeps it from being early.
        answer["Retry-After"] = email.utils.formatdate(time.time() + seconds + 1, usegmt=True)
    return answer


def _lacks_feature(account: dict, orders: list) -> bool:
    gated = ("controlled_substance", "cold_chain", "requires_signature")
    return any(
        isinstance(order, dict) and order.get(name) is True and name not in account["features"]
        for order in orders
        for name in gated
    )


def _knob(name: str):
    return world.current().knobs["scriptrun"][name]
