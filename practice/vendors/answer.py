"""A vendor's answer, between the wire and its meaning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

from practice.vendors import json_stream, reading
from practice.vendors.contract import BadAnswer, Refused


@dataclass(frozen=True)
class Answer:
    """A 2xx answer, not yet believed: its payload decides what happened. It is in `file` where
    it was too long to be held, and `body` is empty then."""

    vendor: str
    operation: str
    status: int
    body: bytes
    content_type: str = ""
    request_id: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    file: BinaryIO | None = field(default=None, repr=False)

    def json(self) -> object:
        """The parsed body, fractions as `Decimal`. `BadAnswer` when it is no JSON."""
        try:
            return reading.load(self.body)
        except ValueError:
            failure = self.bad("The answer is not JSON.")
        raise failure

    def object(self) -> dict:
        found = self.json()
        if not isinstance(found, dict):
            raise self.bad("The answer is not a JSON object.")
        return found

    def array(self) -> list:
        found = self.json()
        if not isinstance(found, list):
            raise self.bad("The answer is not a JSON array.")
        return found

    def items(self) -> Iterator[object]:
        """The items of the array in `file`, one by one. `BadAnswer` where it breaks off, after
        the items before: only a list that was read to its end is one."""
        failure = None
        try:
            yield from json_stream.items(self.file)
        except ValueError:
            failure = self.bad("The answer is not a whole JSON array.")
        if failure is not None:
            raise failure

    def bad(self, message: str) -> BadAnswer:
        return BadAnswer(message, **self.context())

    def refused(self, message: str, details: tuple[str, ...] = ()) -> Refused:
        return Refused(message, details=details, **self.context())

    def context(self) -> dict:
        return {
            "vendor": self.vendor,
            "operation": self.operation,
            "status": self.status,
            "request_id": self.request_id,
        }
