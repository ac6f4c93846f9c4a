"""Laboratory orders, their tests and their results, in the United States only (reference 5.10, 10).

No webhook tells of anything but results; everything else is read again. Addresses of results
are short-lived: read the order, then fetch at once.
"""

from __future__ import annotations

from collections.abc import Iterable

from practice.vendors import fetch
from practice.vendors.contract import (
    AccessRevoked,
    FetchedFile,
    HeldLabOrder,
    LabTest,
    Refused,
)
from practice.vendors.fullscript import purchases, wire
from practice.vendors.fullscript.wire import KEY, Wire

MOST_PAGES = 20  # of one patient's laboratory orders
MOST_BYTES = 20 * 1024 * 1024


class Labs(Wire):
    """The part of the client that reads laboratory orders."""

    def lab_orders_of_patient(self, patient_id: str) -> tuple[HeldLabOrder, ...]:
        """All laboratory orders of one patient, as the list shows them: without tests and
        results. () where the vendor knows of none. A request for each hundred."""
        rows, page = [], 1
        while page and page <= MOST_PAGES:
            try:
                answer = self._get(
                    "lab_orders",
                    "/clinic/labs/orders",
                    params={"patient_id": patient_id, **wire.paging(page)},
                )
            except Refused as refusal:
                if refusal.status == 404:
                    break
                raise
            found = answer.object()
            named = (key for key in ("orders", "lab_orders") if isinstance(found.get(key), list))
            listed = wire.listed(answer, found, next(named, "orders"))
            rows += (purchases.lab_order(row) for row in listed)
            page = wire.next_page(answer, found, page) if "meta" in found else None
        # Asked of one patient; a row that names another is not theirs.
        return tuple(row for row in rows if row.id and row.patient_id in ("", patient_id))

    def lab_order(self, lab_order_id: str) -> HeldLabOrder | None:
        """One laboratory order, under `order`, `lab_order`, or no wrapper at all (unknown 10)."""
        found = self._find(
            "lab_order", "/clinic/labs/orders/{id}", "order", "lab_order", id=lab_order_id
        )
        return None if found is None else purchases.lab_order(found)

    def lab_test(self, test_id: str) -> LabTest | None:
        found = self._find("lab_test", "/clinic/labs/tests/{id}", "test", "lab_test", id=test_id)
        return None if found is None else purchases.lab_test(found)

    def lab_result(self, url: str, origins: Iterable[str]) -> FetchedFile:
        """The PDF at `url`, which a laboratory order named just now. It is asked for without our
        token; where that is wanted it is given to Fullscript's own addresses only."""
        try:
            return _pdf(url, origins)
        except AccessRevoked as refusal:
            own = (wire.origin(self._http.base_url), wire.origin(self.embed_origin))
            if refusal.status != 401 or not fetch.allowed(url, own):
                raise
        return _pdf(url, origins, self._bearer("lab_result"))


def _pdf(url: str, origins: Iterable[str], headers: dict[str, str] | None = None) -> FetchedFile:
    return fetch.fetch(
        url,
        origins,
        vendor=KEY,
        operation="lab_result",
        kinds=fetch.PDF,
        max_bytes=MOST_BYTES,
        headers=headers,
    )
