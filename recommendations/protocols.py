"""Protocols: reusable plans without a patient. Those of a vendor are read from there and written
anew whenever they are taken in again; a draft gets the lines that it does not have yet.

What cannot be taken in is said in the protocol's `left_out`. A dose is kept as numbers only where
it was read as numbers; otherwise its words are.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Q

from catalog import learn
from catalog.models import Listing
from practice import connect, tenancy
from practice.models import Connection, Membership
from practice.vendors import words
from practice.vendors.contract import (
    Ability,
    AccessRevoked,
    BadAnswer,
    Dose,
    HeldProtocol,
    Kind,
    Origin,
    PlanLine,
    ProtocolPage,
    Refused,
    Slot,
    Unavailable,
)
from recommendations import accounts, edit
from recommendations.forms import MAX_DAYS, MAX_MESSAGE, MAX_NOTES, MAX_UNITS, MAX_WORDS
from recommendations.lines import ItemValues
from recommendations.models import Plan, PlanItem, Protocol, ProtocolItem

log = logging.getLogger("regimen.protocols")

MOST_AT_ONCE = 100
RETRIED_AFTER = dt.timedelta(minutes=3)
LATER = 400  # what is due is nudged so many at a time


def usable_by(member: Membership):
    """Those a member may use: the practice's and their own, and everybody's for who drafts for
    others."""
    found = Protocol.objects.for_practice(member.practice_id).filter(archived_at__isnull=True)
    if member.is_clinician or not member.may("draft_plans"):
        found = found.filter(Q(owner__isnull=True) | Q(owner=member))
    return found.select_related("owner").annotate(line_count=Count("items"))


# --- From a vendor


def sources(member: Membership) -> list[Connection]:
    """The member's own accounts where protocols are kept."""
    keys = [vendor.key for vendor in connect.offering(Ability.PROTOCOLS)]
    own = Connection.objects.for_practice(member.practice_id).of(member).active()
    return list(own.filter(vendor__in=keys))


def origins(connection: Connection) -> list[Origin]:
    """Which can be listed with this account: a staff member has none of their own."""
    return list(Origin) if connection.practitioner_id else [Origin.VENDOR]


def listed(connection: Connection, origin: Origin, page: int) -> ProtocolPage:
    """One page at the vendor. Raises the contract's errors. Not inside a unit."""
    whose = connection.practitioner_id
    return connect.call(connection, lambda client: client.protocols(origin, whose, page))


def ask_for(
    connection: Connection,
    by: Membership,
    chosen: Mapping[str, str],
    now: dt.datetime,
    *,
    everybody: bool,
) -> list[Protocol]:
    """Notes that the protocols `chosen` (the vendor's id to its name) are to be read, for
    everybody here or for `by` alone. One that is here already stays whose it is."""
    asked = []
    for number, name in list(chosen.items())[:MOST_AT_ONCE]:
        protocol, is_new = Protocol.objects.get_or_create(
            practice_id=connection.practice_id,
            vendor=connection.vendor,
            vendor_protocol_id=number,
            defaults={
                "name": name[:200],
                "account_id": connection.account_id,
                "owner": None if everybody else by,
            },
        )
        if not is_new:
            if protocol.owner_id not in (None, by.pk):
                continue
            protocol.taken_in_at = protocol.archived_at = None
            protocol.save(update_fields=["taken_in_at", "archived_at", "updated_at"])
        asked.append(protocol)
    return asked


def due(now: dt.datetime) -> list[tuple[int, int]]:
    """(practice, protocol) of those that were asked for and are not read yet."""
    waiting = Protocol.objects.filter(
        taken_in_at__isnull=True, archived_at__isnull=True, updated_at__lt=now - RETRIED_AFTER
    ).exclude(vendor_protocol_id="")
    return list(waiting.order_by("updated_at").values_list("practice_id", "pk")[:LATER])


def take_in(protocol_id: int, now: dt.datetime) -> None:
    """Reads one that was asked for and writes it. What the vendor cannot answer now is asked
    for again by the sweep. Not inside a unit."""
    with tenancy.unit():
        protocol = Protocol.objects.filter(pk=protocol_id, taken_in_at__isnull=True).first()
    if protocol is None:
        return
    readers = accounts.connections(protocol.vendor, protocol.account_id)
    if not readers:
        _settle(protocol, now, "Nobody here is connected to the account it belongs to any more.")
        return
    number = protocol.vendor_protocol_id
    try:
        held = connect.call_as_any(readers, lambda client: client.protocol(number))
    except Unavailable:
        with tenancy.unit():
            protocol.save(update_fields=["updated_at"])  # the sweep comes back to it
        return
    except (AccessRevoked, Refused, BadAnswer) as error:
        log.warning("protocol_not_read", extra={"vendor": protocol.vendor, "error": str(error)})
        _settle(protocol, now, f"{readers[0].label} did not show this protocol.")
        return
    if held is None:
        _settle(protocol, now, f"{readers[0].label} does not know this protocol any more.")
        return
    known = learn.variants(readers[0], [line.sku for line in held.lines], now)
    write(protocol, held, known, now)


def write(
    protocol: Protocol, held: HeldProtocol, known: Mapping[str, Listing], now: dt.datetime
) -> None:
    """Puts what the vendor holds over what stood here."""
    items, left_out = read(held, known)
    with tenancy.unit():
        protocol = Protocol.objects.select_for_update(of=["self"]).get(pk=protocol.pk)
        protocol.items.all().delete()
        for position, (listing, values) in enumerate(items):
            ProtocolItem.objects.create(
                practice_id=protocol.practice_id,
                protocol=protocol,
                listing=listing,
                position=position,
                **stored(values),
            )
        protocol.name = held.name[:200]
        protocol.message = held.message if len(held.message) <= MAX_MESSAGE else ""
        protocol.left_out, protocol.taken_in_at = left_out, now
        protocol.save()


def _settle(protocol: Protocol, now: dt.datetime, why: str) -> None:
    with tenancy.unit():
        protocol.left_out, protocol.taken_in_at = [f"{why} Its lines stay as they were."], now
        protocol.save(update_fields=["left_out", "taken_in_at", "updated_at"])


def read(
    held: HeldProtocol, known: Mapping[str, Listing]
) -> tuple[list[tuple[Listing, ItemValues]], list[str]]:
    """The lines that a plan could hold, and a sentence for each that it could not."""
    items, left_out, there = [], [], set()
    for position, line in enumerate(held.lines, start=1):
        listing = known.get(line.sku)
        if listing is None:
            number = f" (number {line.sku})" if line.sku else ""
            left_out.append(f"Line {position}: the product{number} is not in the catalogue.")
        elif listing.pk in there:
            left_out.append(f"{listing.name} stands there twice. The first was taken.")
        elif listing.kind != Kind.BOTTLE:
            left_out.append(f"{listing.name} is not sold as a bottle.")
        elif wrong := problem(line):
            left_out.append(f"{listing.name}: {wrong}")
        else:
            there.add(listing.pk)
            items.append((listing, values_of(line)))
    if len(held.message) > MAX_MESSAGE:
        left_out.append("The message to the patient is longer than a plan's can be.")
    if not held.lines:
        left_out.append("It has no products there.")
    return items, left_out


def problem(line: PlanLine) -> str:
    """Why a plan's line cannot hold this one; '' where it can."""
    if not 1 <= line.units <= MAX_UNITS:
        return f"{line.units} to buy is more than a plan's line takes."
    if line.duration_days is not None and not 1 <= line.duration_days <= MAX_DAYS:
        return f"{line.duration_days} days cannot be kept."
    if len(values_of(line).sig) > MAX_WORDS or len(line.notes) > MAX_NOTES:
        return "its directions are longer than a plan's can be."
    return ""


def values_of(line: PlanLine) -> ItemValues:
    """As a plan's line: doses as numbers where they are kept exactly, else in their words."""
    slots = [dose.slot for dose in line.doses]
    exact = len(set(slots)) == len(slots) and all(
        0 < dose.quantity <= 99 and dose.quantity == round(dose.quantity, 2) for dose in line.doses
    )
    return ItemValues(
        units=line.units,
        duration_days=line.duration_days,
        as_needed=line.as_needed,
        sig=line.sig if exact else words.doses(line.doses, line.dose_form),
        notes=line.notes,
        doses=line.doses if exact else (),
    )


# --- As they are kept


def stored(values: ItemValues) -> dict:
    """The fields of a protocol's line."""
    kept = {name: getattr(values, name) for name in ("units", "duration_days", "as_needed")}
    doses = [
        {"slot": dose.slot.value, "quantity": str(dose.quantity), "with_food": dose.with_food}
        for dose in values.doses
    ]
    return kept | {"sig": values.sig, "notes": values.notes, "doses": doses}


def values(item: ProtocolItem) -> ItemValues:
    return ItemValues(
        units=item.units,
        duration_days=item.duration_days,
        as_needed=item.as_needed,
        sig=item.sig,
        notes=item.notes,
        doses=tuple(
            Dose(Slot(dose["slot"]), Decimal(dose["quantity"]), dose["with_food"])
            for dose in item.doses
        ),
    )


def lines(protocol: Protocol) -> list[tuple[ProtocolItem, ItemValues]]:
    items = protocol.items.select_related("listing").defer("listing__raw")
    return [(item, values(item)) for item in items]


# --- On a plan


@dataclass(frozen=True)
class Added:
    """What a protocol brought to a draft. `left_out` are sentences."""

    items: tuple[PlanItem, ...]
    left_out: tuple[str, ...]
    brought_message: bool


def add_to(plan: Plan, protocol: Protocol) -> Added:
    """The lines of `protocol` that `plan` does not have yet, at its end, and its message where
    the plan has none. In the unit that holds the plan's row."""
    there = set(plan.items.values_list("listing_id", flat=True))
    found = lines(protocol)
    may = set(
        edit.orderable(plan)
        .filter(pk__in=[item.listing_id for item, _ in found])
        .values_list("pk", flat=True)
    )
    added, left_out = [], []
    for item, given in found:
        name = item.listing.name
        if item.listing_id in there:
            left_out.append(f"{name} is on the plan already and stays as it is.")
        elif item.listing.retired_at is not None:
            left_out.append(f"{name} is no longer offered.")
        elif item.listing_id not in may:
            left_out.append(f"{name} can only be ordered over a colleague's account.")
        else:
            added.append(edit.put(plan, item.listing, given))
    brings = bool(protocol.message and not plan.message)
    if brings:
        plan.message = protocol.message
        plan.save(update_fields=["message", "updated_at"])
    if added or brings:
        plan.touch()
    return Added(tuple(added), tuple(left_out), brings)


def in_words(protocol: Protocol, added: Added) -> str:
    count = len(added.items)
    brought = f"{count} product{'' if count == 1 else 's'} added from “{protocol.name}”."
    return " ".join([brought, *added.left_out])


def archive(protocol: Protocol, now: dt.datetime) -> None:
    """Out of the lists; taking it in again brings it back."""
    protocol.archived_at = now
    protocol.save(update_fields=["archived_at", "updated_at"])
