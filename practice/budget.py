"""How much a vendor is asked, counted in Redis over all workers and web processes.

Each row of `settings.VENDOR_BUDGETS` holds one vendor to moving windows of calls. People may
use all of them; background work stops at a share, so that it never stands in a person's way.
What is over is put off, not sent. A vendor that asks us to slow down (429, 503) is left alone
by all processes for as long as it says, never less; where it does not say, for growing times.

Without Redis calls go on uncounted: see decision 016.
"""

from __future__ import annotations

import contextlib
import contextvars
import functools
import logging
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from limits import RateLimitItemPerSecond
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter
from redis.exceptions import RedisError

log = logging.getLogger("regimen.budget")

PREFIX = "regimen:limits:vendors"
# Counted this much longer than the vendor's window: a call may take so long to get there.
ON_ITS_WAY = 5
# How long a person waits for a place before being told to try again.
PATIENCE = 1.5
# Background work that was put off comes back after so many seconds at the earliest.
PUT_OFF = 5
# After Redis did not answer it is left alone for so long.
RESTS = 5
FIRST_PAUSE, LONGEST_PAUSE = 1000, 30_000  # milliseconds

# Lengthens the pause to what the vendor named (ARGV 1, ms). Named nothing (0), it doubles
# from pause to pause; answers that come while one lasts belong to it and lengthen nothing.
# ARGV 2 is a random share, so that not everybody comes back at once.
_PAUSE = f"""
local left = redis.call('PTTL', KEYS[1])
local ms = tonumber(ARGV[1])
if ms == 0 then
  if left > 0 then return left end
  local times = redis.call('INCR', KEYS[2])
  redis.call('EXPIRE', KEYS[2], 120)
  ms = math.min({LONGEST_PAUSE}, {FIRST_PAUSE} * 2 ^ (times - 1)) * (0.5 + tonumber(ARGV[2]) / 2)
end
if ms > left then
  left = math.ceil(ms)
  redis.call('SET', KEYS[1], 1, 'PX', left)
end
return left
"""

_is_background: contextvars.ContextVar[bool] = contextvars.ContextVar("background", default=False)
_away_until = 0.0


@contextlib.contextmanager
def background() -> Iterator[None]:
    """What is called in here waits for nobody: reading, sweeping, taking over lists."""
    token = _is_background.set(True)
    try:
        yield
    finally:
        _is_background.reset(token)


@dataclass(frozen=True)
class Use:
    """How much of a window is used at present."""

    used: int
    most: int
    seconds: int
    background_most: int
    pause: float  # seconds for which the vendor is left alone

    @property
    def is_tight(self) -> bool:
        return self.pause > 0 or self.used >= self.background_most


def enter(vendor: str, account: str = "") -> float:
    """Counts a call. Seconds for which it must not be made; 0 when it may go now. A person's
    waits a moment for a place. `account` is whom the vendor counts by, where not us."""
    row = settings.VENDOR_BUDGETS.get(vendor)
    if row is None:
        return 0
    until = time.monotonic() + (0 if _is_background.get() else PATIENCE)
    while wait := _asked(_wait, vendor, account, row):
        if time.monotonic() + wait > until:
            return wait
        time.sleep(wait)
    return 0


def slow_down(vendor: str, seconds: float | None, account: str = "") -> None:
    """The vendor said 429 or 503: nobody calls it for `seconds`; without any, for a while."""
    if vendor in settings.VENDOR_BUDGETS:
        _asked(_pause, vendor, account, seconds)


def is_doubtful(vendor: str) -> bool:
    """Whether the vendor was paused within the last two minutes and nobody has said since
    that it is `back`: what must not be sent twice is better not sent yet."""
    return bool(_asked(_pauses, vendor))


def back(vendor: str) -> None:
    """A call of no consequence came through: the vendor may be sent plans again."""
    _asked(_believe, vendor)


def use(vendor: str, account: str = "") -> list[Use]:
    """How much is used of each window of a vendor that is counted, while Redis answers."""
    row = settings.VENDOR_BUDGETS.get(vendor)
    return (_asked(_use, vendor, account, row) or []) if row else []


def all_uses() -> list[tuple[str, list[Use]]]:
    """Each vendor that is counted, with its use."""
    return [(vendor, use(vendor)) for vendor in settings.VENDOR_BUDGETS]


def forget() -> None:
    """Counts from nothing again."""
    global _away_until
    _away_until = 0.0
    _limiter(settings.REDIS_URL).storage.reset()


@functools.cache
def _limiter(redis_url: str) -> MovingWindowRateLimiter:
    patience = {"socket_timeout": 0.5, "socket_connect_timeout": 0.5}
    return MovingWindowRateLimiter(storage_from_string(redis_url, key_prefix=PREFIX, **patience))


def _asked(act, *arguments):
    """What `act` finds in Redis; 0 while Redis is away."""
    global _away_until
    if time.time() < _away_until:
        return 0
    try:
        return act(_limiter(settings.REDIS_URL), *arguments)
    except RedisError:
        _away_until = time.time() + RESTS
        log.warning("budget_away")
        return 0


def _wait(limiter: MovingWindowRateLimiter, vendor: str, account: str, row: dict) -> float:
    key = _key(vendor, account)
    left = limiter.storage.storage.pttl(_named(key, "pause"))
    if left > 0:
        return left / 1000
    for item in _items(row):
        if _is_background.get():
            standing = limiter.get_window_stats(item, key)
            if item.amount - standing.remaining >= row["background"] * item.amount:
                soonest = max(standing.reset_time - time.time(), PUT_OFF)
                return soonest * random.uniform(1, 1.5)  # noqa: S311 (no secret)
        if not limiter.hit(item, key):
            return max(limiter.get_window_stats(item, key).reset_time - time.time(), 0.02)
    return 0


def _pause(limiter, vendor: str, account: str, seconds: float | None) -> float:
    key = _key(vendor, account)
    keys = (_named(key, "pause"), _named(key, "pauses"))
    share = random.random()  # noqa: S311
    left = limiter.storage.storage.eval(_PAUSE, 2, *keys, (seconds or 0) * 1000, share)
    log.warning("vendor_paused", extra={"vendor": vendor, "ms": left})
    return left / 1000


def _pauses(limiter, vendor: str) -> int:
    return limiter.storage.storage.exists(_named(_key(vendor, ""), "pauses"))


def _believe(limiter, vendor: str) -> None:
    limiter.storage.storage.delete(_named(_key(vendor, ""), "pauses"))


def _use(limiter, vendor: str, account: str, row: dict) -> list[Use]:
    key = _key(vendor, account)
    left = limiter.storage.storage.pttl(_named(key, "pause"))
    return [
        Use(
            used=item.amount - limiter.get_window_stats(item, key).remaining,
            most=item.amount,
            seconds=item.multiples - ON_ITS_WAY,
            background_most=int(row["background"] * item.amount),
            pause=max(left, 0) / 1000,
        )
        for item in _items(row)
    ]


def _items(row: dict) -> list[RateLimitItemPerSecond]:
    return [RateLimitItemPerSecond(most, span + ON_ITS_WAY) for most, span in row["windows"]]


def _key(vendor: str, account: str) -> str:
    return "/".join(filter(None, (vendor, settings.VENDOR_ENVIRONMENTS[vendor], account)))


def _named(key: str, what: str) -> str:
    return f"{PREFIX}:{what}:{key}"
