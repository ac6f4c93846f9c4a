"""Requests a minute and orders an hour for each key, in sliding windows (reference 6).

Refused calls do not count. Times are the world's clock in seconds since the epoch.
"""

import math

WINDOWS = {"requests": 60, "orders": 3600}


def seconds_to_wait(world, key: str, orders: int) -> int | None:
    """None lets the call through and counts it; else the whole seconds until it would pass."""
    knobs, now = world.knobs["scriptrun"], world.now().timestamp()
    most = {"requests": knobs["requests_per_minute"], "orders": knobs["orders_per_hour"]}
    asked = {"requests": 1, "orders": orders}
    waits = []
    for what, window in WINDOWS.items():
        used = _used(world, what, key, now - window)
        over = len(used) + asked[what] - most[what]
        if over > 0:
            waits.append(used[over - 1] + window - now if over <= len(used) else window)
    if waits:
        return max(1, math.ceil(max(waits)))
    for what, times in asked.items():
        world.store["scriptrun"][what][key] += [now] * times
    return None


def _used(world, what: str, key: str, since: float) -> list[float]:
    times = world.store["scriptrun"][what].setdefault(key, [])
    times[:] = [moment for moment in times if moment > since]
    return times
