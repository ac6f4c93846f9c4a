"""Finding a plan that was made in a vendor's own page, where nothing comes back to ours.

The waiting row is the queue: it is looked for at growing gaps over two days after its page
was opened, or whenever a person asks. A webhook may tell of it before (`receive.take_note`).
One plan that fits is taken; of several a person chooses.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Q

from practice import connect, link, tenancy
from practice.vendors.contract import AccessRevoked, HeldPlan, VendorError
from recommendations import hand_over, outcome, outgoing, read_back
from recommendations.models import Sending

State = Sending.State
OLD_NEWS = dt.timedelta(days=2)
SEVERAL = "{plans} at {label} could be this one. Look, and say which."


@dataclass(frozen=True)
class Candidate:
    """A plan there that may be the one: this patient's and practitioner's, with a product in
    common, nobody else's, and not older than the opening of the page."""

    held: HeldPlan
    differences: list
    names: dict

    @property
    def is_active(self) -> bool:
        return self.held.state == "active"

    @property
    def is_draft(self) -> bool:
        return self.held.state == "draft"

    @property
    def lines(self) -> list:
        return [(self.names.get(line.sku, line.sku), line) for line in self.held.lines]


def look(sending: Sending) -> list[Candidate]:
    """The plans that may be this one, the newest first; drafts among them. Raises the
    contract's errors. Not inside a unit."""
    with tenancy.unit():
        patient_id = hand_over.patient_there(sending)

    def ask(client):
        if patient_id:
            return client.plans_of_patient(patient_id)
        ours = client.patients_by_our_id(link.our_id(sending.plan.patient))
        return client.plans_of_patient(ours[0].id) if len(ours) == 1 else []

    held = connect.call(sending.connection, ask)
    with tenancy.unit():
        return _fitting(sending, held)


def search(sending_id: int, now: dt.datetime) -> None:
    """One look by a worker. Does nothing when somebody else is about it."""
    sending = claim(sending_id, now)
    if sending is None:
        return
    try:
        active = [found for found in look(sending) if found.is_active]
        if is_sure(sending, active):
            hand_over.accept(sending, active[0].held, now)
        elif active:
            ask_a_person(sending, len(active))
        else:
            put_off(sending, now)
    except hand_over.NotBelieved as error:
        put_off(sending, now, str(error))
    except AccessRevoked as error:
        outcome.blame(sending, error)
        put_off(sending, now, gap=outcome.RECONNECT_WAIT)
    except VendorError as error:
        outcome.blame(sending, error)
        # Room that was lacking, or a vendor that is away, is no look.
        wait = getattr(error, "retry_after", None) or settings.PLAN_FIND_WAITS[0]
        put_off(sending, now, gap=dt.timedelta(seconds=wait))


def take_the_only_one(sending: Sending, now: dt.datetime) -> bool:
    """A person asks now: takes what fits beyond doubt. False where they have to choose or
    nothing is there. Raises NotBelieved and the contract's errors."""
    active = [found for found in look(sending) if found.is_active]
    if not is_sure(sending, active):
        return False
    hand_over.accept(sending, active[0].held, now)
    return True


def is_sure(sending: Sending, active: list[Candidate]) -> bool:
    """One plan of known age, and no other part that it could be for as well."""
    if len(active) != 1 or active[0].held.sent_at is None:
        return False
    with tenancy.unit():
        return not _rivals(sending)


def ask_a_person(sending: Sending, count: int) -> None:
    plans = "1 plan" if count == 1 else f"{count} plans"
    words = SEVERAL.format(plans=plans, label=sending.label)
    outcome.change(sending, lease_until=None, not_before_at=None, last_error=words)


def claim(sending_id: int, now: dt.datetime) -> Sending | None:
    with tenancy.unit():
        free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
        mine = Sending.objects.filter(
            free, pk=sending_id, state=State.HAND_OVER, not_before_at__lte=now
        ).update(lease_until=now + dt.timedelta(seconds=settings.LEASE_SECONDS))
        return outgoing.load(sending_id)[0] if mine else None


def put_off(
    sending: Sending,
    now: dt.datetime,
    why: str = "",
    *,
    gap: dt.timedelta | None = None,
) -> None:
    """Looks later again; two days after the page was opened no more by itself. A `gap` says
    that this was no look."""
    looked = sending.look_ups if gap else sending.look_ups + 1
    waits = settings.PLAN_FIND_WAITS
    if gap is None and looked < len(waits):
        gap = dt.timedelta(seconds=waits[looked])
    is_over = gap is None or (sending.opened_at and now - sending.opened_at > OLD_NEWS)
    if is_over and not why:
        why = f"No plan was seen at {sending.label} in two days. Look again when it is active."
    outcome.change(
        sending,
        look_ups=looked,
        lease_until=None,
        not_before_at=None if is_over else now + gap,
        last_error=why,
    )


def due(now: dt.datetime, limit: int = 500) -> list[tuple[int, int]]:
    """(practice id, sending id) of waiting parts whose time to be looked for has come."""
    with tenancy.unit():
        free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
        return list(
            Sending.objects.filter(
                free,
                state=State.HAND_OVER,
                not_before_at__lte=now,
                practice__suspended_at__isnull=True,
                connection__state="active",
                connection__membership__deactivated_at__isnull=True,
            )
            .order_by("not_before_at", "id")
            .values_list("practice_id", "pk")[:limit]
        )


def _fitting(sending: Sending, held: list[HeldPlan]) -> list[Candidate]:
    taken = set(
        Sending.objects.filter(
            practice_id=sending.practice_id,
            vendor=sending.vendor,
            vendor_plan_id__in=[plan.id for plan in held],
        ).values_list("vendor_plan_id", flat=True)
    )
    wanted = {line.line.sku for line in read_back.part_of(sending).lines}
    fitting = [
        plan
        for plan in held
        if plan.id not in taken
        and plan.state in ("active", "draft")
        and plan.practitioner_id == sending.connection.plans_as
        and wanted & {line.sku for line in plan.lines}
        and hand_over.young_enough(sending, plan)
    ]
    return [Candidate(plan, *read_back.compared(sending, plan)) for plan in fitting]


def _rivals(sending: Sending) -> int:
    """Other parts of this patient's plans that wait for a plan there as well."""
    waiting = Sending.objects.filter(
        practice_id=sending.practice_id,
        state=State.HAND_OVER,
        connection_id=sending.connection_id,
        plan__patient_id=sending.plan.patient_id,
    )
    return waiting.exclude(pk=sending.pk).count()
