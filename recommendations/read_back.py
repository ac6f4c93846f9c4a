"""What a vendor holds of a sending, against what was signed."""

import dataclasses

from catalog.models import Listing
from practice.vendors.contract import HeldPlan
from recommendations import compare, outgoing
from recommendations.models import Sending


def part_of(sending: Sending) -> outgoing.Part:
    """The sending's part of its plan, as it was signed."""
    parts = outgoing.parts(sending.plan)
    return next(part for part in parts if part.vendor.key == sending.vendor)


def compared(sending: Sending, held: HeldPlan) -> tuple[list[dict], dict[str, str]]:
    """A row for each line that differs (`compare.rows`), and the names of all products."""
    part = part_of(sending)
    names = names_of(sending.practice_id, sending.vendor, [line.sku for line in held.lines])
    names |= {line.line.sku: line.name for line in part.lines}
    ours = [dataclasses.replace(line.line, reads=line.wording.text) for line in part.lines]
    return compare.rows(ours, held.lines, names), names


def differences(sending: Sending, held: HeldPlan) -> list[dict]:
    return compared(sending, held)[0]


def names_of(practice_id: int, vendor: str, skus: list[str]) -> dict[str, str]:
    """Product names by SKU, of those this practice's catalogue has."""
    listings = Listing.objects.seen_by(practice_id)
    found = listings.filter(vendor=vendor, sku__in=skus).exclude(name="")
    return dict(found.values_list("sku", "name"))


def state_of(held: HeldPlan) -> str:
    """Confirmed only while it is active there."""
    return Sending.State.CONFIRMED if held.state == "active" else Sending.State.SENT
