"""A vendor's account, read as whoever of the practice is connected to it.

What patients ordered belongs to the account, not to one clinician: the first whom the vendor
lets reads it.
"""

from __future__ import annotations

from practice import tenancy
from practice.models import Connection, PatientLink


def connections(vendor: str, account_id: str, first: int | None = None) -> list[Connection]:
    """Those that may be tried, `first` before the others. In the declared practice."""
    with tenancy.unit():
        found = (
            Connection.objects.for_practice(tenancy.practice_id())
            .active()
            .filter(vendor=vendor, account_id=account_id)
            .order_by("pk")
        )
        return sorted(found, key=lambda connection: connection.pk != first)


def link_of(vendor: str, account_id: str, vendor_patient_id: str) -> PatientLink | None:
    """The standing link of the vendor's patient, in the caller's unit."""
    return (
        PatientLink.objects.for_practice(tenancy.practice_id())
        .standing()
        .select_related("patient")
        .filter(vendor=vendor, account_id=account_id, vendor_patient_id=vendor_patient_id)
        .first()
    )
