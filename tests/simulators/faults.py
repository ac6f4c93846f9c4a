"""The faults switchboard: what goes wrong, at which call, how often.

A fault is `{"vendor", "method", "path" (regex, searched), "kind", "times", "after", "every",
"params"}`. `after` lets the first n matching calls through, of the rest each `every`th is
spoilt, `times` (0 = for ever) in all. Kinds and their params:

    status        answer `code` (default 500) without running the view; `body` (text or
                  JSON), `headers`, `retry_after` (seconds; with `retry_after_date` true it
                  is written as an HTTP date)
    status_after  run the view, so the call took effect, then answer the same way
    reset_before  close the connection with RST before the view runs
    reset_after   run the view, then RST: done, but the caller never learns
    slow          wait `seconds` (at most 30), then run the view and answer
    slow_after    run the view, wait, then answer
    drip          run the view, answer its headers, then its body a little at a time over
                  `seconds`
    html          an HTML error page with `code` (default 502), the view not run
    truncated     run the view, cut its body in half; with `short` true the headers
                  promise the whole length
    hang          run the view, then hold the answer until released (at most 60 s)
"""

from __future__ import annotations

import itertools
import re
import threading

KINDS = (
    "status",
    "status_after",
    "reset_before",
    "reset_after",
    "slow",
    "slow_after",
    "drip",
    "html",
    "truncated",
    "hang",
)
MOST_SECONDS_SLOW = 30.0
MOST_SECONDS_HUNG = 60.0


class Faults:
    """The faults set up now, and the calls that hang because of one."""

    def __init__(self):
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._faults: list[dict] = []
        self._hanging: dict[int, dict] = {}

    def add(self, fault: dict) -> dict:
        """Set one up. ValueError when the kind or the pattern is no good."""
        if fault.get("kind") not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}")
        try:
            re.compile(fault.get("path") or "")
        except re.error as error:
            raise ValueError(f"path is no regular expression: {error}") from None
        entry = {
            "id": next(self._numbers),
            "vendor": fault["vendor"],
            "method": (fault.get("method") or "").upper(),
            "path": fault.get("path") or "",
            "kind": fault["kind"],
            "times": int(fault.get("times", 1)),
            "after": int(fault.get("after", 0)),
            "every": int(fault.get("every", 1)),
            "params": dict(fault.get("params") or {}),
            "seen": 0,
            "spoilt": 0,
        }
        with self._lock:
            self._faults.append(entry)
        return entry

    def clear(self):
        """Remove every fault and let go of every hanging call."""
        with self._lock:
            self._faults.clear()
        self.release()

    def all(self) -> list[dict]:
        with self._lock:
            return [dict(fault) for fault in self._faults]

    def take(self, vendor: str, method: str, path: str) -> dict | None:
        """The fault this call meets, counted as used; None when it goes through."""
        with self._lock:
            for fault in self._faults:
                if fault["vendor"] != vendor or fault["method"] not in ("", "*", method):
                    continue
                if not re.search(fault["path"], path):
                    continue
                if fault["times"] and fault["spoilt"] >= fault["times"]:
                    continue
                fault["seen"] += 1
                met = fault["seen"] - fault["after"]
                if met <= 0 or met % fault["every"]:
                    continue
                fault["spoilt"] += 1
                return dict(fault)
        return None

    # Hanging calls

    def hang(self, vendor: str, method: str, path: str):
        """Hold the calling thread until `release` or the longest time is over."""
        number, event = next(self._numbers), threading.Event()
        with self._lock:
            self._hanging[number] = {
                "vendor": vendor,
                "method": method,
                "path": path,
                "event": event,
            }
        event.wait(MOST_SECONDS_HUNG)
        with self._lock:
            self._hanging.pop(number, None)

    def hanging(self) -> list[dict]:
        with self._lock:
            return [
                {"vendor": h["vendor"], "method": h["method"], "path": h["path"]}
                for h in self._hanging.values()
            ]

    def release(self) -> int:
        with self._lock:
            held = list(self._hanging.values())
        for call in held:
            call["event"].set()
        return len(held)
