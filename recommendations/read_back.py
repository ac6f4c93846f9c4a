"""What a vendor holds of a sending, against what was signed."""

from catalog.models import Listing
from practice.vendors.contract import HeldPlan
from recommendations import compare, outgoing
from recommendations.models import Sending


def part_of(sending: Sending) -> outgoing.Part:
    """The sending's part of its plan, as it was signed."""
    parts = outgoing.parts(sending.plan)
    return next(part for part in parts if part.vendor.key == sending.vendor)


def differences(sending: Sending, held: HeldPlan) -> list[str]:
    """Sentences that name products; [] when nothing differs."""
    part = part_of(sending)
    names = dict(
        Listing.objects.filter(
            vendor=sending.vendor, sku__in=[line.sku for line in held.lines]
        ).values_list("sku", "name")
    )
    names |= {line.line.sku: line.name for line in part.lines}
    return compare.differences(tuple(line.line for line in part.lines), held.lines, names)


def state_of(held: HeldPlan) -> str:
    """Confirmed only while it is active there."""
    return Sending.State.CONFIRMED if held.state == "active" else Sending.State.SENT
