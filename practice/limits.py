"""How often something may be done, counted in Redis over all processes.

allauth counts sign-ins, resets and codes by itself; what else is counted stands in TABLE. A
key says whom it is about: the practice where there is one, and the address. Without Redis
nothing is held up here: a webhook must come in. (Sign-ins are then refused, `config.outage`.)
"""

import functools
import logging
import time

from allauth.core.internal.ratelimit import get_ip
from django.conf import settings
from django.http import HttpResponse
from django.template.loader import render_to_string
from limits import parse
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter
from redis.exceptions import RedisError

log = logging.getLogger("regimen.limits")

TABLE = {
    # Forged and malformed webhooks, by endpoint and address. Genuine ones are never counted.
    "hook-refused": parse("60/minute"),
    # Links of invitations that open nothing, by address: nobody tries one after the other.
    "invitation-missed": parse("30/hour"),
    # Invitations sent and sent again, by practice.
    "invitation-sent": parse("60/hour"),
    # New practices, by address.
    "practice-started": parse("10/hour"),
}
PREFIX = "regimen:limits"
# After Redis did not answer it is left alone for so long: nobody waits for it at each request.
RESTS = 5
MOST_HELD = 10_000

# Who is held up, until when, as Redis said: asking again costs no call.
_held: dict[tuple, float] = {}
_away_until = 0.0


@functools.cache
def _counter(redis_url: str) -> FixedWindowRateLimiter:
    patience = {"socket_timeout": 0.5, "socket_connect_timeout": 0.5}
    return FixedWindowRateLimiter(storage_from_string(redis_url, key_prefix=PREFIX, **patience))


def address_of(request) -> str:
    """Where a request comes from; a whole network in IPv6, where one person has as many
    addresses as they like."""
    return get_ip(request) or ""


def holds_anyone() -> bool:
    """Whether anybody is or was held up lately: if not, nobody need be asked who they are."""
    return bool(_held)


def wait(name: str, *who) -> int:
    """Seconds for which `who` is held up, as far as this process knows; 0 if not. Asks nobody."""
    left = _held.get((name, *who), 0) - time.time()
    return max(0, int(left) + 1) if left > 0 else 0


def hit(name: str, *who) -> int:
    """Counts one, and gives the seconds to wait; 0 while it may be done."""
    global _away_until
    if time.time() < _away_until:
        return 0
    counter, key = _counter(settings.REDIS_URL), [str(part) for part in (name, *who)]
    try:
        if counter.hit(TABLE[name], *key):
            return 0
        until = counter.get_window_stats(TABLE[name], *key).reset_time
    except RedisError:
        _away_until = time.time() + RESTS
        log.warning("limits_away")
        return 0
    if len(_held) >= MOST_HELD:
        _held.clear()
    _held[name, *who] = until
    return wait(name, *who)


def by_address(name: str, *methods: str, only: int | None = None):
    """A view decorator: counts requests (of `methods`, or all) by address, and answers 429 to
    those over the limit. With `only`, those count that were answered with this status."""
    return _counting(name, address_of, methods, only)


def by_practice(name: str, *methods: str):
    """The same by practice."""
    return _counting(name, lambda request: f"practice {request.practice.pk}", methods, None)


def _counting(name, whose, methods, only):
    def decorate(view):
        @functools.wraps(view)
        def counted(request, *args, **kwargs):
            if methods and request.method not in methods:
                return view(request, *args, **kwargs)
            who = whose(request)
            if seconds := wait(name, who) if only else hit(name, who):
                return too_many(seconds)
            answer = view(request, *args, **kwargs)
            if answer.status_code == only:
                hit(name, who)
            return answer

        return counted

    return decorate


def too_many(seconds: int) -> HttpResponse:
    page = render_to_string("429.html")
    return HttpResponse(page, status=429, headers={"Retry-After": str(seconds)})


def forget() -> None:
    """Counts from nothing again."""
    global _away_until
    _held.clear()
    _away_until = 0.0
    _counter(settings.REDIS_URL).storage.reset()
