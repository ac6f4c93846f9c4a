"""Why a patient's record cannot be merged right now: a part of a plan is on its way."""

from recommendations.models import Plan, Sending

State = Sending.State

# Sent under one patient's name and address. While nobody knows whether it arrived, it is
# looked up at the vendor by these: they may not change under it.
UNSETTLED = [*Sending.OPEN, State.NEEDS_REVIEW]


def of_patients(patient_ids: list[int]) -> str | None:
    """Holds the plans, so that none is signed meanwhile."""
    plans = list(
        Plan.objects.filter(patient__in=patient_ids).order_by("pk").select_for_update(of=["self"])
    )
    unsettled = Sending.objects.filter(plan__in=plans, state__in=UNSETTLED).order_by("pk").first()
    if unsettled is None:
        return None
    if unsettled.state == State.NEEDS_REVIEW:
        return (
            f"It is not known whether {unsettled.label} has a plan of one of the two. "
            "Settle that on the plan's page first."
        )
    return (
        f"A plan of one of the two is on its way to {unsettled.label}. "
        "Try again once it has arrived or was refused, usually within a minute."
    )
