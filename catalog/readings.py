"""What a practice is told about the reading of its catalogues."""

from __future__ import annotations

from dataclasses import dataclass

from catalog import sources
from catalog.models import SyncRun
from practice import connect
from practice.models import Connection
from practice.vendors.contract import Ability
from practice.vendors.registry import Vendor


@dataclass(frozen=True)
class Source:
    """One dispensary as the catalogue page speaks of it. `lists` is False where the vendor
    has not granted us its list of products."""

    vendor: Vendor
    lists: bool
    is_connected: bool


@dataclass(frozen=True)
class Reading:
    """The newest run of every list that a practice reads or waits for."""

    runs: tuple[SyncRun, ...]

    @property
    def is_open(self) -> bool:
        return any(run.is_open for run in self.runs)

    @property
    def done(self) -> list[SyncRun]:
        return [run for run in self.runs if run.state == SyncRun.State.DONE]


def of(practice) -> Reading:
    """How the lists of the practice's connected vendors are doing."""
    connected = Connection.objects.for_practice(practice).active().values("vendor")
    newest = (
        SyncRun.objects.seen_by(practice)
        .filter(vendor__in=connected)
        .order_by("vendor", "part", "connection", "-id")
        .distinct("vendor", "part", "connection")
    )
    return Reading(tuple(newest))


def of_dispensaries(practice) -> list[Source]:
    """Every dispensary there is, in the table's order."""
    connected = set(
        Connection.objects.for_practice(practice).active().values_list("vendor", flat=True)
    )
    return [
        Source(vendor, connect.offers(vendor.key, Ability.CATALOGUE), vendor.key in connected)
        for vendor in connect.dispensaries()
    ]


def can_ask(membership) -> bool:
    """Whether this member has an account of their own whose lists can be read."""
    return any(sources.parts(vendor) for vendor in own(membership).values_list("vendor", flat=True))


def own(membership):
    """This member's own active connections: nobody else's token reads for them."""
    return Connection.objects.for_practice(membership.practice).active().of(membership)
