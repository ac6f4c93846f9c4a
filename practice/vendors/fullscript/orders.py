"""Orders that patients completed at Fullscript, refunded ones among them (reference 5.7).

Carts never show, and no webhook tells of a refund: read again to know.
"""

from __future__ import annotations

import datetime as dt

from practice.vendors.contract import HeldOrder, OrderPage
from practice.vendors.fullscript import purchases, wire
from practice.vendors.fullscript.wire import Wire

MOST_PAGES = 50  # of one patient's orders


class Orders(Wire):
    """The part of the client that reads orders."""

    def order(self, order_id: str) -> HeldOrder | None:
        found = self._find("order", "/clinic/orders/{id}", "order", id=order_id)
        return None if found is None else purchases.order(found)

    def orders_of_patient(self, patient_id: str) -> tuple[HeldOrder, ...]:
        """All orders of one patient. A request for each hundred."""
        rows, page = [], 1
        while page and page <= MOST_PAGES:
            answer = self._get(
                "orders_of_patient",
                "/clinic/patients/{id}/orders",
                params=wire.paging(page),
                id=patient_id,
            )
            found = answer.object()
            rows += (purchases.order(row) for row in wire.listed(answer, found, "orders"))
            page = wire.next_page(answer, found, page) if "meta" in found else None
        return tuple(row for row in rows if row.id)

    def orders(self, first: dt.date, last: dt.date, page: int = 1) -> OrderPage:
        """One page of the clinic's orders completed on those days, the oldest first. Days are
        widened by one on each side: whose midnight counts is not documented (unknown 16)."""
        widest = dt.timedelta(days=1)
        answer = self._get(
            "orders",
            "/clinic/orders",
            params={
                "completed_at": f"{first - widest}..{last + widest}",
                "sort_by": "completed_at",
                "order_by": "ASC",
                **wire.paging(page),
            },
        )
        found = answer.object()
        rows = (purchases.order(row) for row in wire.listed(answer, found, "orders"))
        return OrderPage(
            tuple(row for row in rows if row.id), next=wire.next_page(answer, found, page)
        )
