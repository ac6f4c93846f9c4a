"""The clinic of a connected account, and its practitioners (Fullscript reference 5.1)."""

from __future__ import annotations

from practice.vendors import reading
from practice.vendors.contract import Colleague
from practice.vendors.fullscript import wire
from practice.vendors.fullscript.wire import Wire

MOST_PAGES = 20


class Clinic(Wire):
    """The part of the client that reads the clinic's people."""

    def practitioners(self) -> tuple[Colleague, ...]:
        """For whom a staff member's account may make plans. A request for each hundred."""
        found, page = [], 1
        while page and page <= MOST_PAGES:
            answer = self._get("practitioners", "/clinic/practitioners", params=wire.paging(page))
            body = answer.object()
            found += [_colleague(row) for row in wire.listed(answer, body, "practitioners")]
            page = wire.next_page(answer, body, page)
        return tuple(row for row in found if row.id)


def _colleague(row: dict) -> Colleague:
    names = (reading.text(row.get("first_name")), reading.text(row.get("last_name")))
    name = " ".join(filter(None, names))
    return Colleague(
        id=reading.text(row.get("id")), name=name or reading.text(row.get("email")) or "No name"
    )
