"""What stands between our calls and a vendor. Vendors know no settings and no store: whoever
makes a client hands it a gate."""

from __future__ import annotations


class Gate:
    """Lets every call through and remembers nothing."""

    def enter(self, operation: str) -> float:
        """Seconds for which the call must not be made; 0 when it may go now. May wait a
        little first."""
        return 0

    def answered(
        self, operation: str, status: int, retry_after: float | None, request_id: str
    ) -> None:
        """The vendor answered a call with `status`; `retry_after` are the seconds it named."""


OPEN = Gate()
