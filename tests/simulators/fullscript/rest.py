"""What every REST endpoint shares: the bearer, scopes, errors, paging, the rate limit.

Reference 4. A handler takes a `Call` and ids from the path, and answers a dict (200) or
`(status, dict)`; it refuses by raising `Problem`.
"""

from __future__ import annotations

import datetime as dt
import json
import math
from dataclasses import dataclass

from django.http.response import HttpResponseBase

from tests.simulators import world as worlds
from tests.simulators.fullscript import limit, shapes, tokens

MOST_A_PAGE = 100


class Problem(Exception):
    def __init__(self, status: int, body: dict, headers: dict | None = None):
        super().__init__(status)
        self.status = status
        self.body = body
        self.headers = headers or {}


@dataclass
class Call:
    """One authorised request: whose token, which clinic, what was sent."""

    request: object
    world: worlds.World
    token: dict
    body: dict

    @property
    def store(self) -> dict:
        return self.world.store["fullscript"]

    @property
    def config(self) -> dict:
        return self.world.config["fullscript"]

    @property
    def knobs(self) -> dict:
        return self.world.knobs["fullscript"]

    @property
    def clinic_id(self) -> str:
        return self.token["clinic_id"]

    @property
    def query(self):
        return self.request.GET

    def may(self, scope: str) -> bool:
        return scope in self.token["scope"].split()

    def need(self, *scopes: str):
        """403 unless the token carries every scope (reference 4.2)."""
        for scope in scopes:
            if not self.may(scope):
                status = int(self.knobs["scope_status"])
                raise Problem(status, {"error": f"Must have `{scope}` scope enabled"})

    def need_right(self, right: str):
        """403 for a restricted endpoint that was not granted (reference 5, "R")."""
        if right not in self.config["granted"]:
            raise Problem(403, {"error": "You do not have access to this endpoint"})

    def find(self, collection: str, id: str) -> dict:
        """A thing of the token's clinic; anybody else's is a 404."""
        found = self.store[collection].get(id)
        if found is None or found["clinic_id"] != self.clinic_id:
            raise missing()
        return found

    def refuse(self, *messages: str):
        """422, in the body form the knob asks for."""
        as_text = self.knobs["validation_body"] == "string"
        raise Problem(422, {"error": json.dumps(messages) if as_text else list(messages)})


def missing():
    return Problem(404, {"status": 404, "error": "Not Found"})


def api(**handlers):
    """A view that authenticates, counts, and lets the method's handler answer."""

    def view(request, **ids):
        world = worlds.current()
        try:
            call = _authorised(request, world)
            handler = handlers.get(request.method)
            if handler is None:
                raise missing()
            answer = handler(call, **ids)
            status, body = answer if isinstance(answer, tuple) else (200, answer)
        except Problem as problem:
            return shapes.refusal(world, problem.status, problem.body, problem.headers)
        if isinstance(body, HttpResponseBase):
            return body
        return shapes.answer(world, request.path, status, body)

    return view


def _authorised(request, world):
    store, now = world.store["fullscript"], world.now()
    limit.note(world)
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    token = tokens.use(store, bearer, now) if scheme == "Bearer" else None
    if token is None:
        raise Problem(
            401,
            {"error": "The access token is invalid, expired or revoked"},
            {"WWW-Authenticate": 'Bearer realm="Fullscript", error="invalid_token"'},
        )
    request.environ["simulator.account"] = token["owner_id"]
    admit(world, token)
    call = Call(request, world, token, _body(request))
    _refuse_repeated(call)
    if call.knobs["strings_only"] and (field := _native(call.body)):
        call.refuse(f"{field.replace('_', ' ').capitalize()} must be a string")
    return call


def _refuse_repeated(call):
    """409 for an `Idempotency-Key` seen before, where the vendor minds them (reference 4)."""
    key = call.request.headers.get("Idempotency-Key")
    if not key or not call.knobs["minds_idempotency_keys"]:
        return
    if key in call.store["idempotency_keys"]:
        raise Problem(409, {"error": "Request in progress"})
    call.store["idempotency_keys"].append(key)


def admit(world, token: dict | None = None):
    """Count the call, or refuse it as one too many."""
    seconds = limit.wait(world, token)
    if seconds:
        status, headers = limit.refusal(world, seconds)
        raise Problem(status, {"error": "Too many requests"}, headers)


def _body(request) -> dict:
    if request.content_type == "multipart/form-data":
        return request.POST.dict() | request.FILES.dict()
    try:
        body = json.loads(request.body or b"{}")
    except ValueError:
        raise Problem(400, {"error": "The body is no JSON"}) from None
    if not isinstance(body, dict):
        raise Problem(400, {"error": "The body is no object"})
    return body


def _native(value, name="") -> str:
    """The name of a number or boolean somewhere in a request's body; '' when all is text."""
    if isinstance(value, dict):
        return next(filter(None, (_native(item, key) for key, item in value.items())), "")
    if isinstance(value, list):
        return next(filter(None, (_native(item, name) for item in value)), "")
    return name if isinstance(value, bool | int | float) else ""


def page(call: Call, key: str, rows: list, show=lambda row: row) -> dict:
    """One page under its plural key, with `meta` (reference 4, pagination)."""
    size = min(
        max(_whole(call.query.get("page[size]"), call.knobs["usual_page_size"]), 1), MOST_A_PAGE
    )
    number = max(_whole(call.query.get("page[number]"), 1), 1)
    pages = max(math.ceil(len(rows) / size), 1)
    start = (number - 1) * size
    return {
        key: [show(row) for row in rows[start : start + size]],
        "meta": {
            "current_page": number,
            "next_page": number + 1 if number < pages else None,
            "prev_page": number - 1 if number > 1 else None,
            "total_pages": pages,
            "total_count": len(rows),
        },
    }


def _whole(text, default):
    try:
        return int(text)
    except (TypeError, ValueError):
        return default


def ordered(call: Call, rows: list, *fields: str) -> list:
    """Sorted by `sort_by` where it names one of `fields`, by the first otherwise."""
    field = call.query.get("sort_by", fields[0])
    if field not in fields:
        call.refuse(f"Sort by {field} is not supported")
    backwards = call.query.get("order_by", "ASC").upper() == "DESC"
    return sorted(rows, key=lambda row: str(row.get(field) or ""), reverse=backwards)


def stamp(moment: dt.datetime) -> str:
    """ISO-8601 UTC with milliseconds and a Z."""
    return moment.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def flag(value, default=False) -> bool:
    """`"true"`, `"false"`, true, false; `default` when absent."""
    if value is None or value == "":
        return default
    return str(value).lower() == "true"
