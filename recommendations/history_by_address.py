"""Plans made at a vendor that knows patients by their e-mail address, kept beside ours.

Such a vendor has no patient to link. What is asked for is an address, over the account of the
practitioner whose patient it is; the answer holds that practitioner's plans only, and of
those the ones that name the patient as the chart does: families share addresses. Case, accents and
hyphens make no difference where that leaves one patient; short forms, initials and another order
do, for they may be somebody else's. Nothing else is kept.

By itself only addresses are asked for that the account knows as its patients' anyway: asking tells
the vendor whose patient somebody is. Once a night while something there is young enough to
change, monthly otherwise; and when somebody presses "Look again". The vendor is called
between units.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.conf import settings
from django.db.models import Q
from django.db.models.functions import Lower

from practice import alike, connect, tenancy
from practice.models import Connection, Patient
from practice.vendors import registry
from practice.vendors.contract import AccessRevoked, HeldPlan, VendorError
from recommendations import history
from recommendations.models import AddressReading

WHERE_NOTHING_IS_YOUNG = dt.timedelta(days=30)


def vendors() -> list[str]:
    return [vendor.key for vendor in registry.VENDORS.values() if vendor.plans_of_address]


def accounts(connections: Iterable[Connection]) -> list[Connection]:
    """Those of `connections` over which addresses can be asked for."""
    return [
        one
        for one in connections
        if history.by_address(one.vendor) and one.is_active and not one.needs_email_confirmation
    ]


def ask(connection: Connection, email: str, known: Iterable[str] = ()) -> tuple[HeldPlan, ...]:
    """What this practitioner sent to `email`; `known` ids are among it. Raises the contract's
    errors. Not inside a unit."""
    plans_of_address = registry.VENDORS[connection.vendor].plans_of_address
    return connect.call(
        connection, lambda client: plans_of_address(client, email, connection.email, known)
    )


def read(connection: Connection, email: str, now: dt.datetime) -> int:
    """Reads an address and keeps what is none of ours; gives how many are new. Raises the
    contract's errors. Not inside a unit."""
    return keep(connection, email, ask(connection, email), now)


def keep(connection: Connection, email: str, held: Iterable[HeldPlan], now: dt.datetime) -> int:
    """Keeps those of `held` that name a patient of this address and are none of ours."""
    held = list(held)
    with tenancy.unit():
        patients = list(at(connection.practice_id, email))
        wanted = history.not_ours(connection, held)
        kept = {plan.id for plan in wanted}
        ours = [plan.id for plan in held if plan.id not in kept]
        history.leave_out(connection.practice_id, connection.vendor, ours)
        new = 0
        for plan in wanted:
            if patient := named(plan.patient_name, patients):
                new += history.keep(connection, patient, plan, now)
        return new


def at(practice_id: int, email: str):
    """The practice's patients at an address."""
    rows = Patient.objects.for_practice(practice_id).current().standing()
    return rows.filter(email__iexact=email)


def named(name: str, patients: Iterable[Patient]) -> Patient | None:
    """The one of `patients` whose name this is; None where it is nobody's or may be another's."""
    wanted = alike.plain(name)
    found = [one for one in patients if wanted and alike.plain(one.name) == wanted]
    if len(found) > 1:  # who differ by an accent or a hyphen only are told apart by it
        found = [one for one in found if folded(one.name) == folded(name)]
    return found[0] if len(found) == 1 else None


def folded(name: str) -> str:
    return " ".join(name.casefold().split())


# --- By itself


def adopt(now: dt.datetime) -> None:
    """Each account gets the row that reads whose addresses it knows: the one without an address.
    In the all-practices scope."""
    with tenancy.unit():
        known = AddressReading.objects.filter(email="").values("connection")
        found = Connection.objects.active().filter(
            vendor__in=vendors(),
            membership__deactivated_at__isnull=True,
            practice__suspended_at__isnull=True,
        )
        rows = [
            AddressReading(practice_id=practice_id, connection_id=pk, email="", not_before_at=now)
            for pk, practice_id in found.exclude(pk__in=known).values_list("pk", "practice_id")
        ]
        AddressReading.objects.bulk_create(rows, ignore_conflicts=True)


def _adopt_known(reading: AddressReading, now: dt.datetime) -> None:
    """Our patients whose addresses the account knows get a reading each."""
    connection = reading.connection
    addresses = connect.call(connection, registry.VENDORS[connection.vendor].addresses)
    with tenancy.unit():
        ours = Patient.objects.for_practice(connection.practice_id).current().standing()
        emails = ours.annotate(address=Lower("email")).filter(address__in=addresses)
        rows = [
            AddressReading(
                practice_id=connection.practice_id,
                connection=connection,
                email=email,
                not_before_at=now,
            )
            for email in emails.values_list("address", flat=True).distinct()
        ]
        AddressReading.objects.bulk_create(rows, ignore_conflicts=True)


def due(now: dt.datetime) -> list[tuple[int, int]]:
    """(practice id, reading id) of what is to be read now."""
    return history.due(now, of=AddressReading)


def run(reading_id: int, now: dt.datetime) -> None:
    """One reading by a worker. Does nothing when somebody else is about it."""
    reading = _claim(reading_id, now)
    if reading is None:
        return
    if not accounts([reading.connection]):
        _rest(reading, now + history.WITHOUT_ACCESS, "The account may not be used.")
        return
    with tenancy.unit():
        is_wanted = not reading.email or at(reading.practice_id, reading.email).exists()
    if not is_wanted:
        _forget(reading)
        return
    try:
        again = _read(reading, now)
    except AccessRevoked:
        _rest(reading, now + history.WITHOUT_ACCESS, "The account may not read plans.")
    except VendorError as error:
        wait = dt.timedelta(seconds=getattr(error, "retry_after", None) or 0)
        until = now + max(wait, history.AFTER_TROUBLE)
        _rest(reading, until, "The vendor was not available.")
    else:
        _rest(reading, again, "", read_at=now)


def _read(reading: AddressReading, now: dt.datetime) -> dt.datetime:
    """What the row is for; when it is due again."""
    if not reading.email:
        _adopt_known(reading, now)
        return history.next_night(reading, now)
    held = ask(reading.connection, reading.email)
    keep(reading.connection, reading.email, held, now)
    return _again(reading, held, now)


def _again(reading: AddressReading, held, now: dt.datetime) -> dt.datetime:
    followed = dt.timedelta(days=registry.VENDORS[reading.connection.vendor].follow_days)
    if any(plan.sent_at and plan.sent_at > now - followed for plan in held):
        return history.next_night(reading, now)
    return now + WHERE_NOTHING_IS_YOUNG


def _claim(reading_id: int, now: dt.datetime) -> AddressReading | None:
    with tenancy.unit():
        free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
        mine = AddressReading.objects.filter(free, pk=reading_id, not_before_at__lte=now).update(
            lease_until=now + dt.timedelta(seconds=settings.LEASE_SECONDS)
        )
        rows = AddressReading.objects.select_related("practice", "connection__membership__user")
        return rows.get(pk=reading_id) if mine else None


def _forget(reading: AddressReading) -> None:
    """Nobody has the address any more; whoever gets it is adopted anew."""
    with tenancy.unit():
        AddressReading.objects.filter(pk=reading.pk, lease_until=reading.lease_until).delete()


def _rest(reading: AddressReading, until: dt.datetime, why: str, **values) -> None:
    with tenancy.unit():
        AddressReading.objects.filter(pk=reading.pk, lease_until=reading.lease_until).update(
            not_before_at=until, lease_until=None, last_error=why, **values
        )
