"""Reviewing a plan, signing it, and seeing what became of each part."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from practice import audit, tenancy
from practice.middleware import opens_itself
from practice.roles import allow
from practice.tasking import nudge
from practice.vendors import registry
from practice.vendors.contract import VendorError
from recommendations import (
    check_out,
    checks,
    outcome,
    outgoing,
    sign,
    stop_there,
    tasks,
    whose_patient,
)
from recommendations.models import Plan, Sending

REASON = "reason:"


def plan_of(request, plan_id) -> Plan:
    return get_object_or_404(
        Plan.objects.for_practice(request.practice).select_related(
            "patient", "clinician", "practice"
        ),
        pk=plan_id,
    )


@allow("see")
@require_GET
def plan_review(request, plan_id):
    plan = plan_of(request, plan_id)
    if plan.is_draft:
        return draft_page(request, plan)
    audit.seen(request, plan, patient_id=plan.patient_id, kind="recommendations:plan-review")
    return render(request, status_template(request), status_of(plan))


def draft_page(request, plan, problems=(), status=200):
    audit.seen(request, plan, patient_id=plan.patient_id, kind="recommendations:plan-review")
    parts = outgoing.parts(plan)
    checked = checks.of(plan.patient, parts)
    return render(
        request,
        "recommendations/review.html",
        {
            "plan": plan,
            "patient": plan.patient,
            "parts": parts,
            "checked": checked,
            "alerts": checked.recorded(_reasons(request)),
            "blocked": any(part.problems for part in parts),
            "holds_packs": any(part.holds_packs for part in parts),
            "problems": problems,
            "ask_again": any("Send again?" in problem for problem in problems),
            "may_sign": request.membership.may("sign_plans")
            and plan.clinician_id == request.membership.pk,
        },
        status=status,
    )


def status_of(plan) -> dict:
    sendings = list(plan.sendings.select_related("connection__membership"))
    for sending in sendings:
        sending.may_be_handed_over = outcome.offers_frame(sending)
        sending.may_be_stopped = stop_there.may_stop(sending)
        sending.may_be_paid = check_out.is_offered(sending)
        sending.may_be_accepted = stop_there.may_accept(sending)
        if sending.asks_about_words:
            sending.rewordings = outgoing.rewordings(*outgoing.load(sending.pk))
            sending.may_be_signed = not any(now.problems for _, _, now in sending.rewordings)
    return {
        "plan": plan,
        "patient": plan.patient,
        "sendings": sendings,
        "is_moving": any(part.is_open and not part.is_stranded for part in sendings),
    }


def status_template(request) -> str:
    return f"recommendations/plan_status.html{'#sendings' if request.htmx else ''}"


@opens_itself
@allow("sign_plans")
@require_GET
def plan_standing(request, plan_id, vendor):
    """What a vendor says of the patient, asked while the clinician reads the review."""
    with tenancy.unit():
        plan = plan_of(request, plan_id)
        part = next((part for part in outgoing.parts(plan) if part.vendor.key == vendor), None)
    if part is None or not part.vendor.can_refuse_patient:
        raise Http404("Nothing to ask there.")
    with tenancy.unit():
        kind = "recommendations:plan-review"
        audit.seen(request, plan, patient_id=plan.patient_id, kind=kind)
    # With nobody's connection but the asker's own.
    is_mine = plan.clinician_id == request.membership.pk
    answer = {"part": part, "patient": plan.patient, "plan": plan, "is_mine": is_mine}
    if is_mine and not part.problems:
        try:
            standing, answer["codes"] = whose_patient.there(part.connection, part.patient.email)
            answer["standing"] = standing.value
        except VendorError as error:
            answer["error"] = error
    return render(request, "recommendations/_standing.html", answer)


@opens_itself
@allow("sign_plans")
@require_POST
def plan_sign(request, plan_id):
    """Whose patient it is at the vendors is asked first, outside of any unit, and only with
    the signer's own connections."""
    with tenancy.unit():
        plan = plan_of(request, plan_id)
        is_mine = plan.is_draft and plan.clinician_id == request.membership.pk
        parts = outgoing.parts(plan) if is_mine else []
    chosen = {key: request.POST.get(f"referral-{key}", "") for key in registry.VENDORS}
    problems, referrals = whose_patient.before_signing(parts, chosen)
    try:
        if problems:
            raise sign.NotReady(problems)
        with tenancy.unit():
            sendings = sign.queue(
                plan,
                request.membership,
                timezone.now(),
                referrals=referrals,
                packs_confirmed="packs_confirmed" in request.POST,
                again="again" in request.POST,
                reasons=_reasons(request),
            )
    except sign.NotReady as refusal:
        return not_signed(request, plan_id, refusal.problems)
    for sending in sendings:
        if sending.state == Sending.State.QUEUED:
            nudge(tasks.attempt, sending.practice_id, sending.pk)
    by_hand = [s for s in sendings if s.state == Sending.State.HAND_OVER]
    messages.success(request, "Signed. Each part is on its way.")
    if by_hand:
        return redirect("recommendations:sending-hand-over", request.practice.slug, by_hand[0].pk)
    return redirect("recommendations:plan-review", request.practice.slug, plan.pk)


def _reasons(request) -> dict[str, str]:
    """Why each alert is no reason not to sign, by the alert's key."""
    return {
        name.removeprefix(REASON): reason
        for name, reason in request.POST.items()
        if name.startswith(REASON)
    }


def not_signed(request, plan_id, problems):
    with tenancy.unit():
        plan = plan_of(request, plan_id)
        if plan.is_draft:
            return draft_page(request, plan, problems, status=422)
    messages.info(request, "This plan is signed already. Nothing was sent twice.")
    return redirect("recommendations:plan-review", request.practice.slug, plan.pk)
