"""What plans show on Today and on a patient's page."""

from django.urls import reverse

from practice.desk import Action, Card, Line, Panel, Urgency
from recommendations import overview
from recommendations.models import Plan

DRAFTS_SHOWN = 5
PLANS_SHOWN = 5


def drafts_to_resume(request) -> Card | None:
    """The member's own drafts; a member who is no clinician sees everybody's."""
    if not request.membership.may("draft_plans"):
        return None
    drafts = Plan.objects.for_practice(request.practice).filter(state=Plan.State.DRAFT)
    if request.membership.is_clinician:
        drafts = drafts.filter(clinician=request.membership)
    slug = request.practice.slug
    shown = overview.with_counts(drafts)[:DRAFTS_SHOWN]
    return Card(
        title="Drafts to resume",
        lines=tuple(
            Line(
                text=plan.patient.name,
                url=reverse("recommendations:plan-detail", args=[slug, plan.pk]),
                note=_held(plan),
                state="draft",
                label="Draft",
            )
            for plan in shown
        ),
        empty="No plan is waiting to be finished.",
        urgency=Urgency.SOON if shown else Urgency.CALM,
        icon="plans",
        count=drafts.count(),
        url=reverse("recommendations:plan-list", args=[slug]) + "?show=draft",
        url_label="All drafts",
    )


def start_a_plan(request, patient) -> Action | None:
    """One press for a clinician; who drafts for others is asked for whom first."""
    if patient.archived_at is not None or not request.membership.may("draft_plans"):
        return None
    return Action(
        label="Start a plan",
        url=reverse("recommendations:plan-start", args=[request.practice.slug, patient.pk]),
        icon="plus",
        primary=True,
        post=request.membership.is_clinician,
    )


def plans_of(request, patient) -> Panel:
    own = Plan.objects.for_practice(request.practice).filter(patient=patient)
    return Panel(
        title="Plans",
        template="recommendations/_patient_plans.html",
        context={"plans": list(overview.with_counts(own)[:PLANS_SHOWN])},
        url=reverse("recommendations:plan-list", args=[request.practice.slug]),
        url_label="All plans",
    )


def _held(plan) -> str:
    lines = f"{plan.line_count} product{'' if plan.line_count == 1 else 's'}"
    if plan.pack_count:
        lines += f", {plan.pack_count} pack{'' if plan.pack_count == 1 else 's'}"
    return f"{lines}, for {plan.clinician.name}"
