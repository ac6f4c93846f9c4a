"""A laboratory order in plain words: where it stands, what comes next, its results by version."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q

from practice import covering
from practice.models import Membership
from recommendations.models import LabOrder, LabResult

State = LabOrder.State

NEXT = {
    State.NOT_PURCHASED: "Next, the patient buys it at {label}, from the plan that recommends it.",
    State.PURCHASED: "Next, the patient books an appointment, or the kit is on its way to them.",
    State.TO_BOOK: "Next, the patient books an appointment for the sample to be taken.",
    State.BOOKED: "Next, the sample is taken and goes to the laboratory.",
    State.PROCESSING: "Next, the laboratory reports. Results often come one after another.",
    State.PARTIAL: "More results are to come. Those that are here can be read.",
    State.READY: "All results are here. A laboratory may still amend one.",
    State.AMENDED: "The laboratory changed what it had reported. Read the newer version.",
    State.TO_INTERPRET: "Next, the results are interpreted at {label} and shared with the patient.",
    State.SHARED: "The patient has the results and their interpretation.",
    State.UNKNOWN: "{label} uses a word that Regimen does not know. See there what comes next.",
}

# The usual way, for the picture; a vendor may leave out steps and go back.
WAY = (
    ("Bought", "event-order", {State.PURCHASED, State.TO_BOOK, State.BOOKED}),
    ("At the laboratory", "event-lab", {State.PROCESSING}),
    ("Results", "note", {State.PARTIAL, State.READY, State.AMENDED}),
    ("Interpreted", "check", {State.TO_INTERPRET, State.SHARED}),
)


def what_next(order: LabOrder) -> str:
    return NEXT[order.state].format(label=order.label)


@dataclass(frozen=True)
class Step:
    label: str
    icon: str
    is_done: bool
    is_current: bool


def way(order: LabOrder) -> list[Step]:
    """The usual way and where on it the order stands; [] where that cannot be said."""
    places = [order.state in states for _, _, states in WAY]
    if True not in places and order.state != State.NOT_PURCHASED:
        return []
    here = places.index(True) if True in places else len(WAY)
    is_bought = True in places
    return [
        Step(label, icon, is_bought and place < here, is_bought and place == here)
        for place, (label, icon, _) in enumerate(WAY)
    ]


@dataclass(frozen=True)
class Result:
    """One result with its versions, the newest first."""

    newest: LabResult
    earlier: tuple[LabResult, ...]
    waiting: LabResult | None
    is_replaced: bool

    @property
    def name(self) -> str:
        row = self.newest or self.waiting
        return row.name or row.vendor_result_id


def results_of(order: LabOrder) -> list[Result]:
    """Each result once, as the vendor numbers them; one query. What answers which test is not
    said, so nothing is."""
    by_number: dict[str, list[LabResult]] = {}
    for row in order.results.defer("content").order_by("pk"):
        by_number.setdefault(row.vendor_result_id, []).append(row)
    found = []
    for rows in by_number.values():
        here = sorted((row for row in rows if row.fetched_at), key=lambda row: -row.version)
        waiting = next((row for row in rows if not row.fetched_at), None)
        newest = here[0] if here else None
        gone = (newest or waiting).withdrawn_at is not None
        found.append(Result(newest, tuple(here[1:]), waiting, gone))
    return sorted(found, key=lambda result: result.is_replaced)


# --- Who is waiting for results


def of_member(member: Membership) -> Q:
    """Laboratory orders whose results `member` should read: of their own patients, of those
    they cover for, and of patients without a practitioner whose account it is."""
    mine = Q(patient__practitioner=member) | Q(patient__practitioner__in=covering.covered(member))
    return mine | Q(patient__practitioner__isnull=True, connection__membership=member)


def not_opened(practice):
    """Results that are here, in their newest version, and that nobody whose they are to read has
    opened."""
    rows = LabResult.objects.for_practice(practice).shown()
    newer = rows.filter(
        order=OuterRef("order"),
        vendor_result_id=OuterRef("vendor_result_id"),
        version__gt=OuterRef("version"),
    )
    return rows.filter(
        ~Exists(newer),
        opened_at__isnull=True,
        withdrawn_at__isnull=True,
        order__in=LabOrder.objects.for_practice(practice).of_linked(),
    )


def note_opened(result: LabResult, member: Membership, now: dt.datetime) -> None:
    """The first look of whose patient it is; those of others do not count."""
    if result.opened_at is not None or not member.is_clinician:
        return
    orders = LabOrder.objects.for_practice(member.practice_id).filter(of_member(member))
    if orders.filter(pk=result.order_id).exists():
        result.open(member, now)
