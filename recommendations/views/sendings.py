"""One part of a plan at one vendor: the hand-over frame, and what a person decides."""

import json

from django.conf import settings
from django.contrib import messages
from django.http import JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from practice import audit, connect, outward, rights, tenancy
from practice.middleware import opens_itself
from practice.roles import allow
from practice.tasking import nudge
from practice.vendors.contract import VendorError
from recommendations import decide, hand_over, open_there, outgoing, sign, tasks
from recommendations.models import Sending

MAX_BODY = 10_000


def mine(request, sending_id) -> Sending:
    """A sending that goes over this clinician's connection: it never serves a colleague."""
    return get_object_or_404(
        Sending.objects.for_practice(request.practice)
        .filter(connection__membership=request.membership)
        .select_related(
            "plan__patient", "plan__clinician", "plan__practice", "connection", "practice"
        ),
        pk=sending_id,
    )


@allow("sign_plans")
@require_GET
def sending_hand_over(request, sending_id):
    sending = mine(request, sending_id)
    if sending.state != Sending.State.HAND_OVER:
        return redirect("recommendations:plan-review", request.practice.slug, sending.plan_id)
    part = next(part for part in outgoing.parts(sending.plan) if part.vendor.key == sending.vendor)
    where = [request.practice.slug, sending.pk]
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
            "frame_template": f"recommendations/frames/{sending.vendor}.html",
            "frame": {
                **settings.VENDOR_FRAMES[sending.vendor],
                "grant_url": reverse("recommendations:sending-grant", args=where),
                "activated_url": reverse("recommendations:sending-activated", args=where),
                "done_url": reverse(
                    "recommendations:plan-review", args=[request.practice.slug, sending.plan_id]
                ),
                "patient": frame_patient(sending, part),
            },
        },
    )
    return outward.forms_may_lead(page, sending.vendor)


def frame_patient(sending, part) -> dict:
    """Who the frame should open: the linked patient's id there, else what helps to find or
    add the person."""
    if part.patient.id:
        return {"id": part.patient.id}
    patient = sending.plan.patient
    born = patient.birth_date.isoformat() if patient.birth_date else ""
    return {
        name: value
        for name, value in (
            ("firstName", patient.first_name),
            ("lastName", patient.last_name),
            ("email", patient.email),
            ("dateOfBirth", born),
        )
        if value
    }


@opens_itself
@allow("sign_plans")
@require_POST
def sending_grant(request, sending_id):
    """A secret for one opening of the frame: fetched by the page, never rendered into it."""
    with tenancy.unit():
        sending = mine(request, sending_id)
    try:
        opened = hand_over.grant(sending)
    except VendorError as error:
        return JsonResponse(problem(sending, error), status=503)
    open_there.note_opened(sending, timezone.now())
    return JsonResponse({"secret_token": opened.secret_token})


@opens_itself
@allow("sign_plans")
@require_POST
def sending_activated(request, sending_id):
    """The frame told the page of an activated plan: only its id is taken, then read back."""
    with tenancy.unit():
        sending = mine(request, sending_id)
    try:
        plan_id = str(json.loads(request.body[:MAX_BODY])["plan_id"])[:120]
    except (ValueError, KeyError, TypeError):
        return JsonResponse({"error": "No plan was named."}, status=400)
    try:
        hand_over.activated(sending, plan_id, timezone.now())
    except hand_over.NotBelieved as error:
        return JsonResponse({"error": str(error)}, status=409)
    except VendorError as error:
        return JsonResponse(problem(sending, error), status=503)
    return JsonResponse({"confirmed": True})


def problem(sending, error: VendorError) -> dict:
    return {
        "error": rights.explain(error),
        "reference": error.request_id,
    }


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
