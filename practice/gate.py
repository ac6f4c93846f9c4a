"""Our side of every call to a vendor: what may go now, and what its answer says of the next."""

from __future__ import annotations

from django.utils import timezone

from practice import budget, refusals
from practice.vendors.gate import Gate

SLOW_DOWN = (429, 503)


class OurGate(Gate):
    """The gate of one vendor's client; `account` is whom the vendor counts by, where not us."""

    def __init__(self, vendor: str, account: str = ""):
        self.vendor, self.account = vendor, account

    def enter(self, operation: str) -> float:
        return budget.enter(self.vendor, self.account)

    def answered(
        self, operation: str, status: int, retry_after: float | None, request_id: str
    ) -> None:
        if status in SLOW_DOWN:
            budget.slow_down(self.vendor, retry_after, self.account)
        elif status == 403:
            refusals.note(self.vendor, operation, request_id, timezone.now())
        elif 200 <= status < 300:
            refusals.worked(self.vendor, operation, timezone.now())
