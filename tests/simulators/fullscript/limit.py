"""How many calls the app made and may make: 5000 in a rolling five minutes (reference 4).

`calls` keeps the moment of every call by client id, refused ones too, so that a test can
see the busiest five minutes. What is counted together (app, clinic or token) and how the
answer beyond the limit looks is not documented, so knobs decide.
"""

from __future__ import annotations

import bisect
import email.utils
import math
import time

WINDOW_SECONDS = 300
PER = ("app", "clinic", "token")
ANSWERS = ("429 seconds", "429 date", "429 silent", "503 seconds", "503 silent")
MOST_KEPT = 200_000


def note(world):
    """Keep the moment of one call of our app."""
    calls = world.store["fullscript"]["calls"]
    moments = calls.setdefault(world.config["fullscript"]["client_id"], [])
    bisect.insort(moments, world.now().timestamp())
    del moments[:-MOST_KEPT]


def wait(world, token: dict | None = None) -> float:
    """Seconds to wait before the next call; 0 lets this one in and counts it."""
    admitted = world.store["fullscript"]["admitted"]
    now, most = world.now().timestamp(), world.knobs["fullscript"]["rate_limit"]
    moments = admitted.setdefault(_counted_as(world, token), [])
    del moments[: bisect.bisect_right(moments, now - WINDOW_SECONDS)]
    if len(moments) >= most:
        return max(moments[-most] + WINDOW_SECONDS - now, 1) if most else WINDOW_SECONDS
    bisect.insort(moments, now)
    return 0


def _counted_as(world, token):
    per = world.knobs["fullscript"]["rate_limit_per"]
    if per == "app" or token is None:
        return "app"
    return f"{per}:{token['clinic_id'] if per == 'clinic' else token['access_token']}"


def refusal(world, seconds: float) -> tuple[int, dict]:
    """Status and headers of the answer beyond the limit."""
    status, _, told = world.knobs["fullscript"]["over_limit"].partition(" ")
    if told == "silent":
        return int(status), {}
    # The caller counts with its own clock, so a date is in real time.
    date = email.utils.formatdate(time.time() + seconds, usegmt=True)
    return int(status), {"Retry-After": date if told == "date" else str(math.ceil(seconds))}
