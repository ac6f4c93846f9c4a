"""What happened at Fullscript, asked for again (reference 5.12, 7). Kept there for 30 days, and
never a proof of our own writes: changes made over REST are told to nobody."""

from __future__ import annotations

import datetime as dt

from practice.vendors import reading
from practice.vendors.contract import Event, FailedDelivery
from practice.vendors.fullscript import vocabulary, webhook, wire
from practice.vendors.fullscript.wire import Wire

WIDEST = dt.timedelta(days=1)


class Events(Wire):
    """The part of the client that recovers what no webhook brought."""

    def events(
        self, category: str, first: dt.date, last: dt.date, page: int = 1
    ) -> tuple[tuple[str, ...], int | None]:
        """Event ids of one category, oldest first, and the next page's number.

        Days are widened by one on each side: whose midnight counts is not documented.
        """
        if category not in vocabulary.EVENT_CATEGORIES:
            raise ValueError(f"{category} is no category of events")
        answer = self._get(
            f"events_{category}",
            f"/events/{category}",
            params={
                "created_at": f"{first - WIDEST}..{last + WIDEST}",
                "sort_by": "created_at",
                "order_by": "ASC",
                **wire.paging(page),
            },
        )
        found = answer.object()
        ids = (reading.text(item.get("id")) for item in wire.listed(answer, found, "events"))
        return tuple(filter(None, ids)), wire.next_page(answer, found, page)

    def event(self, event_id: str) -> Event | None:
        """One event whole; None when it is older than 30 days or not this clinic's."""
        found = self._find("event", "/events/{id}", "event", id=event_id)
        return None if found is None else webhook.event(found)

    def failed_deliveries(self, first: dt.date, last: dt.date) -> tuple[FailedDelivery, ...]:
        """The first hundred webhooks that did not get through, in no order. The answer's shape
        is not documented: what can be read of it is given, for people to look at."""
        answer = self._get(
            "deliveries",
            "/webhooks/deliveries",
            params={
                "attempted_at": f"{first - WIDEST}..{last + WIDEST}",
                "successfully_delivered": "false",
                **wire.paging(1),
            },
        )
        found = answer.object()
        lists = [value for value in found.values() if isinstance(value, list)]
        return tuple(_failed(row) for row in reading.mappings(lists[0] if lists else []))


def _failed(row: dict) -> FailedDelivery:
    event = reading.mapping(row.get("event_payload")) or row
    event = reading.mapping(event.get("event"))
    status = row.get("response_status", row.get("status_code", row.get("status")))
    return FailedDelivery(
        event_id=reading.text(row.get("event_id")) or reading.text(event.get("id")),
        type=reading.text(row.get("event_type")) or reading.text(event.get("type")),
        at=reading.instant(row.get("attempted_at")) or reading.instant(row.get("created_at")),
        status=reading.text(status),
    )
