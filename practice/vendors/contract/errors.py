"""What may go wrong in a call to a vendor."""

from __future__ import annotations


class VendorError(Exception):
    """A call to a vendor did not give what was asked.

    Subclasses are named by what the caller must do. None carries patient data:
    `message` is our sentence or the vendor's own text for `Refused`, which is shown
    escaped and never logged.
    """

    def __init__(
        self,
        message: str,
        *,
        vendor: str,
        operation: str,
        status: int | None = None,
        request_id: str = "",
        details: tuple[str, ...] = (),
    ):
        super().__init__(message)
        self.message = message
        self.vendor = vendor
        self.operation = operation
        self.status = status
        self.request_id = request_id
        self.details = details

    def __str__(self):
        return f"{self.vendor} {self.operation}: {type(self).__name__} (status {self.status})"


class Unavailable(VendorError):
    """Try again later: no answer, a reset, 429 or 5xx.

    `maybe_done` is True when the request may have taken effect at the vendor; such a
    write is looked up, never resent blindly. `retry_after` is in seconds, or None.
    `held_back` is True when we did not call at all, to ask no more of the vendor than we may.
    """

    held_back = False

    def __init__(
        self, message, *, maybe_done: bool = False, retry_after: float | None = None, **context
    ):
        super().__init__(message, **context)
        self.maybe_done = maybe_done
        self.retry_after = retry_after


class Refused(VendorError):
    """The vendor understood and said no: show its message, change nothing, do not repeat."""


class AccessRevoked(VendorError):
    """The token, key or right is gone: a person must reconnect or grant it.

    `paused` is True when the account itself is stopped (plan limit, ScriptRun 402).
    `missing` names the scopes that the token lacks, where the call was not even made.
    """

    def __init__(
        self, message, *, paused: bool = False, missing: frozenset[str] = frozenset(), **context
    ):
        super().__init__(message, **context)
        self.paused = paused
        self.missing = missing


class BadAnswer(VendorError):
    """A 2xx that is not what the reference promises. Ours to mend; a write counts as unknown."""
