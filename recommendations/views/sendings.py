"""One part of a plan at one vendor: the hand-over frame, and what a person decides."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from practice import audit, connect, outward, tenancy
from practice.middleware import opens_itself
from practice.roles import allow
from practice.tasking import nudge
from practice.vendors.contract import VendorError
from recommendations import decide, framing, open_there, outgoing, sign, tasks, whose_patient
from recommendations.models import Sending
from recommendations.views import frames
from recommendations.views.frames import mine


@allow("sign_plans")
@require_GET
def sending_hand_over(request, sending_id):
    sending = mine(request, sending_id)
    if sending.state != Sending.State.HAND_OVER:
        return redirect("recommendations:plan-review", request.practice.slug, sending.plan_id)
    part = next(part for part in outgoing.parts(sending.plan) if part.vendor.key == sending.vendor)
    one = framing.Opening(sending.connection, sending.plan.patient, request.membership, sending)
    review = reverse("recommendations:plan-review", args=[request.practice.slug, sending.plan_id])
    audit.seen(request, sending, patient_id=sending.plan.patient_id)
    page = render(
        request,
        "recommendations/hand_over.html",
        {
            "sending": sending,
            "connection": sending.connection,
            "opens_there": open_there.is_offered(sending),
            "plan": sending.plan,
            "patient": sending.plan.patient,
            "part": part,
            **frames.shown(request, one, review),
        },
    )
    return outward.forms_may_lead(page, sending.vendor)


@allow("sign_plans")
@require_POST
def sending_again(request, sending_id):
    sending = mine(request, sending_id)
    try:
        decide.send_again(sending, request.membership, timezone.now())
    except sign.NotReady as refusal:
        messages.error(request, str(refusal))
    else:
        nudge(tasks.attempt, sending.practice_id, sending.pk)
        messages.success(request, f"It goes to {sending.label} once more.")
    return redirect("recommendations:plan-review", request.practice.slug, sending.plan_id)


@allow("sign_plans")
@require_POST
def sending_reworded(request, sending_id):
    """Signed once more, as the page said that it reads now."""
    sending = mine(request, sending_id)
    seen = request.POST.getlist("reads")
    try:
        decide.sign_reworded(sending, seen, request.membership, timezone.now())
    except sign.NotReady as refusal:
        messages.error(request, str(refusal))
    else:
        nudge(tasks.attempt, sending.practice_id, sending.pk)
        messages.success(request, f"Signed as it reads now. It goes to {sending.label}.")
    return redirect("recommendations:plan-review", request.practice.slug, sending.plan_id)


@allow("sign_plans")
@require_POST
def sending_by_hand(request, sending_id):
    """What was refused by API is activated in the vendor's own frame."""
    sending = mine(request, sending_id)
    try:
        decide.hand_over_instead(sending, request.membership, timezone.now())
    except sign.NotReady as refusal:
        messages.error(request, str(refusal))
    return redirect("recommendations:sending-hand-over", request.practice.slug, sending.pk)


@opens_itself
@allow("sign_plans")
@require_http_methods(["GET", "POST"])
def sending_referral(request, sending_id):
    """The referral code of a patient who turned out to be new when the plan was to go."""
    with tenancy.unit():
        sending = mine(request, sending_id)
        audit.seen(request, sending, patient_id=sending.plan.patient_id)
    page = {"sending": sending, "plan": sending.plan, "patient": sending.plan.patient}
    if sending.asks_for_code:
        try:
            standing, page["codes"] = whose_patient.there(
                sending.connection, sending.plan.patient.email
            )
            page["standing"] = standing.value
        except VendorError as error:
            page["error"] = error
    if request.method == "POST" and "codes" in page:
        code = whose_patient.chosen_of(page["codes"], request.POST.get("referral", ""))
        if code or not page["codes"]:
            return send_on(request, sending, code)
        page["problem"] = whose_patient.NO_CODE.format(label=sending.label)
    status = 422 if "problem" in page else 200
    return render(request, "recommendations/referral.html", page, status=status)


def send_on(request, sending, code):
    try:
        with tenancy.unit():
            decide.give_code(sending, code, request.membership, timezone.now())
    except sign.NotReady as refusal:
        messages.error(request, str(refusal))
    else:
        nudge(tasks.attempt, sending.practice_id, sending.pk)
        messages.success(request, f"It goes to {sending.label} now.")
    return redirect("recommendations:plan-review", request.practice.slug, sending.plan_id)


@opens_itself
@allow("sign_plans")
@require_POST
def sending_found(request, sending_id):
    """A person found the plan at the vendor: its number is read back before it is believed."""
    with tenancy.unit():
        sending = mine(request, sending_id)
    number = request.POST.get("number", "").strip()[:120]
    try:
        held = connect.call(
            sending.connection,
            lambda client: sending.spec.read(client, number, sending.connection.email),
        )
    except VendorError:
        held = None
    try:
        decide.it_is_there(sending, held, timezone.now())
    except sign.NotReady as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"Found at {sending.label}.")
    return redirect("recommendations:plan-review", request.practice.slug, sending.plan_id)
