"""A plan as its vendors will get it: which lines go where, in which words, at what price."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Prefetch

from practice import connect, link, rights, vocabulary
from practice.models import Connection
from practice.vendors import registry, words
from practice.vendors.contract import (
    Ability,
    Allowed,
    Dose,
    HeldPlan,
    OutgoingPlan,
    PatientRow,
    PlanLine,
    PlanPill,
    ReferralCode,
    Slot,
    Wording,
)
from recommendations import packs, pill_names
from recommendations.models import SAMPLE_REFERENCE, Pack, PackPill, Plan, PlanItem, Sending

# The vendor's operation that a road begins with: its scopes are compared before signing.
ASKED_OF_A_ROAD = {Sending.Road.API: "create_plan", Sending.Road.HAND_OVER: "hand_over"}


@dataclass(frozen=True)
class Line:
    """One line of a part: our row (an item or a pack), the vendor's line, its words."""

    row: PlanItem | Pack
    line: PlanLine
    wording: Wording

    @property
    def name(self) -> str:
        return self.row.name if isinstance(self.row, Pack) else self.row.listing.name

    @property
    def in_words(self) -> str:
        """The doses in plain English; '' for a pack and for a line in the clinician's words."""
        return words.doses(self.line.doses, self.line.dose_form)

    @property
    def price(self) -> Decimal | None:
        """Retail dollars for all units; None for packs, priced at checkout."""
        if isinstance(self.row, Pack):
            return None
        return self.row.listing.price_for(self.row.units)

    @property
    def warnings(self) -> list[str]:
        """The manufacturer's warnings, in words; of a pack those of its pills."""
        if isinstance(self.row, Pack):
            found = [
                f"{pill.listing.name}: {registry.warning(pill.listing.vendor, code)}"
                for pill in self.row.pills.all()
                for code in pill.listing.warnings
            ]
            return list(dict.fromkeys(found))
        listing = self.row.listing
        return [registry.warning(listing.vendor, code) for code in listing.warnings]

    @property
    def is_available(self) -> bool | None:
        if isinstance(self.row, Pack):
            return packs.is_available(self.row)
        return self.row.listing.is_available


@dataclass
class Part:
    """What one vendor gets of a plan. `problems` stop the sending, each a sentence."""

    vendor: registry.Vendor
    connection: Connection | None
    lines: list[Line]
    patient: PatientRow
    problems: list[str] = field(default_factory=list)

    @property
    def road(self) -> str:
        by_api = connect.offers(self.vendor.key, Ability.PLAN_BY_API)
        return Sending.Road.API if by_api else Sending.Road.HAND_OVER

    @property
    def is_by_hand(self) -> bool:
        return self.road == Sending.Road.HAND_OVER

    @property
    def needs_link(self) -> bool:
        """It names one of the vendor's own patients, and nobody said which that is."""
        named = self.vendor.keeps_patients and not self.is_by_hand and not self.patient.id
        works = self.connection and self.connection.is_active and not self.lacks
        return bool(named and works)

    @property
    def lacks(self) -> frozenset[str]:
        """The scopes that its road begins with and the connection is known to lack."""
        return rights.missing(self.connection, ASKED_OF_A_ROAD[self.road])

    @property
    def total(self) -> Decimal:
        """Retail dollars of the lines that have a price."""
        return sum((line.price for line in self.lines if line.price is not None), Decimal(0))

    @property
    def unpriced(self) -> int:
        return sum(line.price is None for line in self.lines)

    @property
    def holds_packs(self) -> bool:
        return any(line.line.pills for line in self.lines)


def parts(plan: Plan) -> list[Part]:
    """The plan's lines by vendor, in the order of the table of vendors. Five queries, and one for
    each vendor's opened words."""
    items = plan.items.select_related("listing__product").prefetch_related("doses")
    pills = PackPill.objects.select_related("listing__bottle")
    pills = pill_names.with_names(pills, plan, "listing__")
    own_packs = plan.packs.prefetch_related(Prefetch("pills", queryset=pills))
    by_vendor: dict[str, list[Line]] = {}
    allowed: dict[str, Allowed] = {}
    for row in (*items, *own_packs):
        vendor_key = row.listing_vendor if isinstance(row, Pack) else row.listing.vendor
        if vendor_key not in allowed:
            allowed[vendor_key] = vocabulary.allowed(vendor_key)
        line = of_pack(row) if isinstance(row, Pack) else of_item(row)
        line = dataclasses.replace(line, allowed=allowed[vendor_key])
        wording = registry.VENDORS[vendor_key].wording(line)
        by_vendor.setdefault(vendor_key, []).append(Line(row, line, wording))
    connections = {
        connection.vendor: connection
        for connection in Connection.objects.select_related("membership__user").filter(
            practice_id=plan.practice_id, membership_id=plan.clinician_id
        )
    }
    ids = {
        (held.vendor, held.account_id): held.vendor_patient_id
        for held in link.current(plan.patient)
    }
    found = []
    for key in registry.VENDORS:
        if key not in by_vendor:
            continue
        connection = connections.get(key)
        account_id = connection.account_id if connection else ""
        part = Part(
            vendor=registry.VENDORS[key],
            connection=connection,
            lines=by_vendor[key],
            patient=link.as_row(plan.patient, ids.get((key, account_id), "")),
        )
        part.problems = problems(plan, part)
        found.append(part)
    return found


def problems(plan: Plan, part: Part) -> list[str]:
    """Why the part cannot go now, in a clinician's words."""
    label = part.vendor.label
    if part.connection is None or part.connection.state == Connection.State.PENDING:
        return [f"{plan.clinician.name} has not connected {label} yet."]
    if not part.connection.is_active:
        return [f"The connection of {plan.clinician.name} to {label} has ended. Connect it again."]
    if part.connection.needs_email_confirmation:
        return [f"Confirm on the page Connections that {part.connection.email} is you."]
    if part.lacks:
        return [rights.lacking(part.vendor.key, part.lacks)]
    if part.is_by_hand:
        return [
            f"{line.name}: {problem}" for line in part.lines for problem in line.wording.problems
        ]
    own_packs = [line.row for line in part.lines if isinstance(line.row, Pack)]
    closed = packs.closed_cartons(own_packs, part.connection) if plan.is_draft else set()
    refused = [
        packs.CLOSED_CARTON.format(name=pack.name, clinician=plan.clinician.name)
        for pack in own_packs
        if pack.sku in closed
    ]
    return refused + list(part.vendor.problems(of_part(plan, part, our_id="review")))


def of_part(
    plan: Plan, part: Part, *, our_id: str, referral: ReferralCode | None = None
) -> OutgoingPlan:
    return OutgoingPlan(
        our_id=our_id,
        practitioner_email=part.connection.email,
        practitioner_id=part.connection.plans_as,
        patient=part.patient,
        lines=tuple(line.line for line in part.lines),
        message=plan.message,
        notify_patient=plan.notify_patient,
        referral=referral,
        reference=plan.reference or (SAMPLE_REFERENCE if plan.is_draft else ""),
    )


def rewordings(sending: Sending, plan: OutgoingPlan) -> list[tuple[PlanLine, str, Wording]]:
    """(line, how it was signed, how it would be written by now) of each line that is written
    otherwise since a word was opened or withdrawn. None of a sending that kept no words."""
    wordings = [sending.spec.wording(line) for line in plan.lines]
    return [
        (line, before, now)
        for line, before, now in zip(plan.lines, sending.reviewed, wordings, strict=False)
        if before != now.text
    ]


def is_for(patient: PatientRow, held: HeldPlan) -> bool:
    """Whether a vendor's plan is for this patient: by the vendor's id, or the e-mail where
    the vendor knows its patients by that."""
    if patient.id:
        return held.patient_id == patient.id
    return bool(patient.email) and held.patient_email.casefold() == patient.email.casefold()


def load(sending_id: int) -> tuple[Sending, OutgoingPlan]:
    """The row, and the plan's part exactly as it was signed."""
    sending = Sending.objects.select_related(
        "connection", "plan__patient", "plan__clinician", "practice"
    ).get(pk=sending_id)
    part = next(part for part in parts(sending.plan) if part.vendor.key == sending.vendor)
    part.connection = sending.connection
    referral = None
    if sending.referral_code:
        referral = ReferralCode(sending.referral_code, sending.referral_name, Decimal(0))
    plan = of_part(sending.plan, part, our_id=sending.reference, referral=referral)
    return sending, plan


def of_item(item: PlanItem) -> PlanLine:
    order = list(Slot)
    doses = sorted(item.doses.all(), key=lambda dose: order.index(Slot(dose.slot)))
    product = item.listing.product
    return PlanLine(
        sku=item.listing.sku,
        units=item.units,
        doses=tuple(Dose(Slot(dose.slot), dose.quantity, dose.with_food) for dose in doses),
        sig="" if doses else item.sig,
        duration_days=item.duration_days,
        as_needed=item.as_needed,
        notes=item.notes,
        dose_form=product.form if product else "",
        name=item.listing.name,
    )


def of_pack(pack: Pack) -> PlanLine:
    return PlanLine(
        sku=pack.sku,
        units=pack.units,
        duration_days=pack.duration_days,
        notes=pack.notes,
        pack_name=pack.name,
        pills=tuple(
            PlanPill(sku=pill.listing.sku, quantity=pill.quantity, slot=Slot(pill.slot))
            for pill in pack.pills.all()
        ),
    )
