"""Taking over the draft of a colleague one covers for: from then on it is one's own, to be
signed with one's own accounts."""

from __future__ import annotations

import datetime as dt

from practice import covering, leave, timeline
from practice.models import Membership, PatientEvent
from recommendations import outcome
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


def not_sent(member: Membership):
    """Parts that wait to be sent with the account of `member`, and say nothing of it yet."""
    parts = Sending.objects.for_practice(member.practice_id).filter(state=State.QUEUED)
    return parts.filter(connection__membership=member).exclude(last_error=_held_words(member))


def _hold(member, to, *, now, **_) -> int:
    """They stay queued and do not go (docs/decisions/015): each says so on its plan and on the
    patient's timeline. With access and the account back, they go after all."""
    parts = not_sent(member).select_related("plan__patient").select_for_update(of=["self"])
    words = _held_words(member)
    return sum(
        outcome.change(part, last_error=words, told=f"Not sent to {part.label}", at=now)
        for part in parts
    )


def _held_words(member) -> str:
    return f"{member.name} left before it was sent. Write the plan anew to send it."


def register() -> None:
    """What hangs on a clinician who leaves."""
    for one, many, of in (
        ("draft", "drafts", drafts),
        ("signed plan with open parts", "signed plans with open parts", unsettled),
    ):
        leave.add(leave.Belonging(one, many, _counting(of), _handing(of)))
    leave.add(
        leave.Belonging(
            "part of a signed plan that was not sent yet",
            "parts of signed plans that were not sent yet",
            _counting(not_sent),
            _hold,
            needs_somebody=False,
            done="held back and shown on Today",
        )
    )


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
