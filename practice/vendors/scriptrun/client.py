"""ScriptRun's ingest endpoint. Section numbers are those of the ScriptRun reference.

It takes orders and nothing else: no package can be read, changed or cancelled by API.
"""

from __future__ import annotations

import datetime as dt

from practice.vendors import reading
from practice.vendors.answer import Answer
from practice.vendors.contract import ParcelAccepted, ParcelOrder, Refused, Unavailable
from practice.vendors.gate import OPEN, Gate
from practice.vendors.http import Http
from practice.vendors.scriptrun import payloads

KEY = "scriptrun"
WAIT = 60.0  # seconds after a 429 that names none (4)


class ScriptRun:
    """One tenant's account. `live` says whether this deployment is production: a live key
    anywhere else, or a test key there, is a `ValueError` (1)."""

    def __init__(
        self,
        *,
        base_url: str,
        api_key: str,
        live: bool,
        pharmacy_id: str = "",
        connect_timeout: float = 5,
        read_timeout: float = 30,
        gate: Gate = OPEN,
    ):
        if not api_key.startswith("sk_live_" if live else "sk_test_"):
            raise ValueError("a live ScriptRun key is for production only, and the reverse")
        self._api_key = api_key
        self._pharmacy_id = pharmacy_id
        self._http = Http(
            KEY,
            base_url,
            connect_timeout=connect_timeout,
            read_timeout=read_timeout,
            explain=payloads.error,
            gate=gate,
        )

    def book(self, order: ParcelOrder, today: dt.date | None = None) -> ParcelAccepted:
        """Book one parcel, in a request of its own: in a batch nobody can tell which order
        failed (3.3).

        `Unavailable` with `maybe_done`, and `BadAnswer`, leave it unknown: another attempt
        could be a second visit at the door, so a person decides (5.2).
        """
        wrong = payloads.problems(order, today)
        if wrong:
            raise Refused(wrong[0], details=wrong, vendor=KEY, operation="book")
        try:
            answer = self._http.send(
                "POST",
                "/api/webhook/orders",
                operation="book",
                write=True,
                json={"orders": [payloads.write(order, self._pharmacy_id)]},
                headers={"X-API-Key": self._api_key},
            )
        except Unavailable as failure:
            if failure.status == 429 and failure.retry_after is None:
                failure.retry_after = WAIT
            raise
        return _accepted(answer)


def problems(order: ParcelOrder, today: dt.date | None = None) -> tuple[str, ...]:
    """Why `order` cannot be booked, in plain words; () when it can."""
    return payloads.problems(order, today)


def _accepted(answer: Answer) -> ParcelAccepted:
    """What a 2xx says of the one order sent (3.3)."""
    found = answer.object()
    created, ids = found.get("created"), found.get("package_ids")
    if type(created) is not int or not isinstance(ids, list):
        raise answer.bad("The answer does not say what was made.")
    made = reading.texts(ids)
    warnings = payloads.remarks(found.get("warnings"))
    if created == 0 and not made:
        raise answer.refused(
            warnings[0] if warnings else "ScriptRun did not make the parcel.", details=warnings
        )
    if created != 1 or len(made) != 1:
        raise answer.bad("The answer does not say what was made.")
    return ParcelAccepted(parcel_id=made[0], warnings=warnings)
