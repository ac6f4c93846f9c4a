"""What we keep of a dispensary's patients, as it was last read there.

The rows are the practice's own book-keeping: they are kept whole whoever caused the reading,
so what is written here opens the practice and not only a member's own patients (`rls.Restrict`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from practice import likeness, tenancy
from practice.models import Connection, PatientLink, VendorPatient
from practice.vendors.contract import PatientRow

# Of these a person wants to know that they changed there.
TELLING = ("first_name", "last_name", "birth_date", "email")
READ = (
    *TELLING,
    *("sex", "phone", "our_id", "is_dependent", "guardian_id", "is_archived", "read_at"),
)
LENGTHS = {"first_name": 120, "last_name": 120, "email": 254, "phone": 40, "our_id": 120}
LONGEST_ID = 120
AT_ONCE = 500


def keep(
    connection: Connection, rows: Iterable[PatientRow], now: dt.datetime, *, is_news: bool = False
) -> int:
    """Writes down `rows` as read now, keeping what was decided of them. What changed there
    since it was read before is marked as such; with `is_news` also who is new. Answers how
    many were written."""
    read = {row.id: row for row in rows if row.id and len(row.id) <= LONGEST_ID}
    with tenancy.unit(tenancy.of_practice(connection.practice_id)):
        known = {row.vendor_patient_id: row for row in _of(connection, read)}
        made = [_row(connection, row, known.get(row.id), now, is_news) for row in read.values()]
        VendorPatient.objects.bulk_create(
            made,
            update_conflicts=True,
            unique_fields=["practice", "vendor", "account_id", "vendor_patient_id"],
            update_fields=[*READ, "changed_at"],
            batch_size=AT_ONCE,
        )
    return len(made)


def was_read_since(
    vendor: str, account_id: str, vendor_patient_id: str, moment: dt.datetime
) -> bool:
    """Whether the practice that is open asked for one of them after `moment`. Inside a unit."""
    held = VendorPatient.objects.for_practice(tenancy.practice_id()).filter(
        vendor=vendor, account_id=account_id, vendor_patient_id=vendor_patient_id
    )
    return held.filter(read_at__gt=moment).exists()


def decide(connection, vendor_patient_id: str, decision: str, by: str, now: dt.datetime) -> None:
    """Says what was decided of one of them, if we keep it. What changed was looked at."""
    with tenancy.unit(tenancy.of_practice(connection.practice_id)):
        _of(connection, [vendor_patient_id]).update(
            decision=decision, decided_by=by, decided_at=now, changed_at=None
        )


def undecide(link: PatientLink) -> None:
    """The one behind a link that was taken back is to be decided again."""
    with tenancy.unit(tenancy.of_practice(link.practice_id)):
        _of(link, [link.vendor_patient_id]).update(
            decision=VendorPatient.Decision.OPEN, decided_by="", decided_at=None
        )


def looked_at(link: PatientLink) -> None:
    """A person saw how the two differ."""
    with tenancy.unit(tenancy.of_practice(link.practice_id)):
        _of(link, [link.vendor_patient_id]).update(changed_at=None)


def news(links: list[PatientLink]) -> list[tuple[PatientLink, VendorPatient, list[str]]]:
    """Links whose other side changed since somebody looked, and what differs from ours by now.
    One query, none without links."""
    by_key = {(link.vendor, link.account_id, link.vendor_patient_id): link for link in links}
    if not by_key:
        return []
    practice_id = links[0].practice_id
    with tenancy.unit(tenancy.of_practice(practice_id)):
        changed = list(
            VendorPatient.objects.for_practice(practice_id).filter(
                changed_at__isnull=False, vendor_patient_id__in=[key[2] for key in by_key]
            )
        )
    found = []
    for row in changed:
        link = by_key.get((row.vendor, row.account_id, row.vendor_patient_id))
        traits = likeness.of(link.patient, row).traits if link else ()
        if differing := [trait.label.lower() for trait in traits if trait.agrees is False]:
            found.append((link, row, differing))
    return found


def _of(account, vendor_patient_ids):
    """`account` is anything that names a practice, a vendor and an account there."""
    return VendorPatient.objects.for_practice(account.practice_id).filter(
        vendor=account.vendor,
        account_id=account.account_id,
        vendor_patient_id__in=list(vendor_patient_ids),
    )


def _row(connection, read: PatientRow, known, now, is_news) -> VendorPatient:
    made = VendorPatient(
        practice_id=connection.practice_id,
        vendor=connection.vendor,
        account_id=connection.account_id,
        vendor_patient_id=read.id,
        changed_at=known.changed_at if known else (now if is_news else None),
        read_at=now,
    )
    for name in READ:
        if name != "read_at":
            value = getattr(read, name)
            setattr(made, name, value[: LENGTHS[name]] if name in LENGTHS else value)
    made.guardian_id = made.guardian_id[:LONGEST_ID]
    if known and any(getattr(known, name) != getattr(made, name) for name in TELLING):
        made.changed_at = now
    return made
