"""Taking over the draft of a colleague one covers for: from then on it is one's own, to be
signed with one's own accounts."""

from __future__ import annotations

import datetime as dt

from practice import covering, leave, timeline
from practice.models import Membership, PatientEvent
from recommendations.models import Plan, Sending

State = Sending.State
# Parts of a signed plan that somebody still has to look after.
UNSETTLED = [*Sending.OPEN, State.HAND_OVER, State.REFUSED, State.NEEDS_REVIEW]


def may_take(plan: Plan, member: Membership) -> bool:
    """Whether `member` signs plans and covers today for the clinician of this draft."""
    if not plan.is_draft or plan.clinician_id == member.pk or not member.may("sign_plans"):
        return False
    return plan.clinician_id in covering.absent(member)


def take(plan: Plan, to: Membership, *, by: str, why: str, now: dt.datetime) -> None:
    """Makes `plan` a plan of `to`, and notes it on the patient's timeline."""
    before = plan.clinician
    plan.clinician = to
    plan.save(update_fields=["clinician", "updated_at"])
    timeline.note(
        plan.patient,
        PatientEvent.Kind.PLAN,
        f"Plan of {before.name} taken over by {to.name}",
        source=f"plan:{plan.pk}:to:{to.pk}:{now.isoformat()}",
        happened_at=now,
        by=by,
        detail=why,
        view_name="recommendations:plan-detail",
        object_id=plan.pk,
    )


def drafts(member: Membership):
    plans = Plan.objects.for_practice(member.practice_id)
    return plans.filter(clinician=member, state=Plan.State.DRAFT)


def unsettled(member: Membership):
    """Signed plans with a part that is not settled."""
    plans = Plan.objects.for_practice(member.practice_id)
    parts = Sending.objects.for_practice(member.practice_id).filter(state__in=UNSETTLED)
    return plans.filter(clinician=member, state=Plan.State.SIGNED, pk__in=parts.values("plan"))


def register() -> None:
    """What hangs on a clinician who leaves."""
    for one, many, of in (
        ("draft", "drafts", drafts),
        ("signed plan with open parts", "signed plans with open parts", unsettled),
    ):
        leave.add(leave.Belonging(one, many, _counting(of), _handing(of)))


def _counting(of):
    return lambda member: of(member).count()


def _handing(of):
    def hand_over(member, to, *, by, now) -> int:
        held = of(member).select_related("patient", "clinician").select_for_update(of=["self"])
        plans = list(held)
        for plan in plans:
            take(plan, to, by=by, why=f"{member.name} left the practice", now=now)
        return len(plans)

    return hand_over
