"""The WSGI application of one port: spoils calls, keeps the lock and the log, asks Django.

Faults are applied here, outside Django, because a reset or a cut body is no response a
view could give.
"""

from __future__ import annotations

import email.utils
import json
import time
from dataclasses import dataclass
from http import HTTPStatus

from tests.simulators.faults import MOST_SECONDS_SLOW
from tests.simulators.registry import CONTROL
from tests.simulators.world import World

DROPS = 40
READS = {"GET", "HEAD", "OPTIONS"}
HTML_ERROR = (
    b"<!doctype html><html><head><title>Error</title></head>"
    b"<body><h1>Something went wrong</h1><p>Please try again later.</p></body></html>"
)


@dataclass
class Reply:
    status: str
    headers: list[tuple[str, str]]
    body: bytes

    # Over so many seconds the body is given, a little at a time.
    seconds: float = 0

    def give(self, start_response):
        kept = [(k, v) for k, v in self.headers if k.lower() != "content-length"]
        declared = {k.lower(): v for k, v in self.headers}.get("content-length")
        start_response(self.status, [*kept, ("Content-Length", declared or str(len(self.body)))])
        return self._drops() if self.seconds else [self.body]

    def _drops(self):
        size = max(1, len(self.body) // DROPS)
        for start in range(0, len(self.body), size):
            time.sleep(self.seconds / DROPS)
            yield self.body[start : start + size]


class Wire:
    def __init__(self, world: World, vendor: str, django_application):
        self.world = world
        self.vendor = vendor
        self.django = django_application

    def __call__(self, environ, start_response):
        if self.vendor == CONTROL:
            return self._ask(environ).give(start_response)
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        started_at = self.world.now()
        fault = self.world.faults.take(self.vendor, method, path)
        reply = self._spoilt(environ, fault) if fault else self._answer(environ)
        self.world.note(
            self.vendor,
            method=method,
            path=path,
            query=environ.get("QUERY_STRING", ""),
            status=int(reply.status.split()[0]) if reply else 0,
            started_at=started_at.isoformat(timespec="milliseconds"),
            account=environ.get("simulator.account", ""),
            body_bytes=int(environ.get("CONTENT_LENGTH") or 0),
            answer_bytes=len(reply.body) if reply else 0,
            fault=fault["kind"] if fault else "",
        )
        if reply is None:
            environ["simulator.handler"].reset_connection()
            raise ConnectionResetError("reset by a fault")
        reply.headers += self.world.vendors[self.vendor].headers(self.world).items()
        return reply.give(start_response)

    def _answer(self, environ) -> Reply:
        with self.world.lock:
            reply = self._ask(environ)
            if environ["REQUEST_METHOD"] in READS:
                self.world.touch()
            else:
                self.world.save()
        return reply

    def _ask(self, environ) -> Reply:
        answered = {}

        def start_response(status, headers, exc_info=None):
            answered.update(status=status, headers=headers)

        chunks = self.django(environ, start_response)
        try:
            body = b"".join(chunks)
        finally:
            chunks.close()
        return Reply(answered["status"], answered["headers"], body)

    def _spoilt(self, environ, fault) -> Reply | None:
        """The reply a fault makes of this call; None is a reset connection."""
        kind, params = fault["kind"], fault["params"]
        if kind == "reset_before":
            return None
        if kind == "status":
            return _status_reply(params, self.world)
        if kind == "html":
            return Reply(
                _line(params.get("code", 502)), [("Content-Type", "text/html")], HTML_ERROR
            )
        if kind == "slow":
            _wait(params)
        reply = self._answer(environ)
        if kind == "reset_after":
            return None
        if kind == "status_after":
            return _status_reply(params, self.world)
        if kind == "slow_after":
            _wait(params)
        elif kind == "drip":
            reply.seconds = min(float(params.get("seconds", 1)), MOST_SECONDS_SLOW)
        elif kind == "hang":
            self.world.faults.hang(self.vendor, fault["method"], environ["PATH_INFO"])
        elif kind == "truncated":
            if params.get("short"):
                reply.headers = [*reply.headers, ("Content-Length", str(len(reply.body)))]
                environ["simulator.handler"].close_connection = True
            reply.body = reply.body[: len(reply.body) // 2]
        return reply


def _wait(params):
    time.sleep(min(float(params.get("seconds", 1)), MOST_SECONDS_SLOW))


def _line(code) -> str:
    code = int(code)
    try:
        return f"{code} {HTTPStatus(code).phrase}"
    except ValueError:
        return f"{code} Unknown"


def _status_reply(params, world) -> Reply:
    body = params.get("body", "")
    headers = {"Content-Type": "text/plain"}
    if not isinstance(body, str):
        body, headers["Content-Type"] = json.dumps(body), "application/json"
    headers |= params.get("headers", {})
    if "retry_after" in params:
        seconds = float(params["retry_after"])
        if params.get("retry_after_date"):
            # The caller counts with its own clock, so the date is in real time.
            headers["Retry-After"] = email.utils.formatdate(time.time() + seconds, usegmt=True)
        else:
            headers["Retry-After"] = str(int(seconds))
    return Reply(_line(params.get("code", 500)), list(headers.items()), body.encode())
