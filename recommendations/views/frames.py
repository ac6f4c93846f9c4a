"""A vendor's own frame: its page for labs, and what every page with a frame asks of us.

The same addresses stand below a plan's part and below a patient at a vendor. Each belongs to
the clinician whose connection it opens.
"""

import logging

import structlog
from django.conf import settings
from django.contrib import messages
from django.http import Http404, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from practice import audit, link, rights, tasks, tenancy
from practice.middleware import opens_itself
from practice.models import Connection, Patient
from practice.roles import allow
from practice.tasking import nudge
from practice.vendors.contract import VendorError
from recommendations import framing, hand_over, open_there
from recommendations.models import Sending

log = logging.getLogger("regimen.frames")

MAX_ID = 120


def mine(request, sending_id) -> Sending:
    """A sending that goes over this clinician's connection: it never serves a colleague."""
    return get_object_or_404(
        Sending.objects.for_practice(request.practice)
        .filter(connection__membership=request.membership)
        .select_related(
            "plan__patient__practitioner",
            "plan__clinician",
            "plan__practice",
            "connection__membership",
            "practice",
        ),
        pk=sending_id,
    )


def opening(request, sending_id=None, patient_id=None, vendor="") -> framing.Opening:
    """What the address names. In a unit; a 404 for what this clinician has no frame for."""
    if sending_id is not None:
        sending = mine(request, sending_id)
        return framing.Opening(
            sending.connection, sending.plan.patient, request.membership, sending
        )
    patient = _patient(request, patient_id, vendor)
    own = Connection.objects.for_practice(request.practice).of(request.membership).active()
    connection = get_object_or_404(own, vendor=vendor)
    return framing.Opening(connection, patient, request.membership)


def _patient(request, patient_id, vendor) -> Patient:
    if vendor not in {one.key for one in framing.labs_vendors()}:
        raise Http404("No labs there.")
    patients = Patient.objects.for_practice(request.practice).current()
    return get_object_or_404(patients.select_related("practitioner"), pk=patient_id)


def shown(request, one: framing.Opening, done_url: str) -> dict:
    """What a page with a frame is drawn from. Nothing of a grant is in it."""
    slug = request.practice.slug
    if one.sending is not None:
        space, where = "sending", [slug, one.sending.pk]
    else:
        space, where = "labs", [slug, one.patient.pk, one.vendor.key]
    link_url = reverse("practice:patient-link", args=[slug, one.patient.pk, one.vendor.key])
    return {
        "label": one.label,
        "frame_template": f"recommendations/frames/{one.vendor.key}.html",
        "site": f"{request.scheme}://{request.get_host()}",
        "selected_url": reverse(f"recommendations:{space}-selected", args=where),
        "link_url": f"{link_url}?next={request.path}",
        "frame": {
            **settings.VENDOR_FRAMES[one.vendor.key],
            "aim": one.aim,
            "grant_url": reverse(f"recommendations:{space}-grant", args=where),
            "activated_url": reverse(f"recommendations:{space}-activated", args=where),
            "checked_url": reverse(f"recommendations:{space}-checked", args=where),
            "done_url": done_url,
            "patient": framing.patient_for(one),
        },
    }


@allow("sign_plans")
@require_GET
def labs_frame(request, patient_id, vendor):
    """Labs for a patient, in the vendor's frame. No plan of ours belongs to it."""
    patient = _patient(request, patient_id, vendor)
    own = Connection.objects.for_practice(request.practice).of(request.membership).active()
    connection = own.filter(vendor=vendor).first()
    if connection is None:
        messages.warning(request, "Labs are ordered over an account of your own. Connect it first.")
        return redirect("practice:connection-list", request.practice.slug)
    audit.seen(request, patient, patient_id=patient.pk, kind="recommendations:labs-frame")
    one = framing.Opening(connection, patient, request.membership)
    home = reverse("practice:patient-detail", args=[request.practice.slug, patient.pk])
    context = {"patient": patient, "home": home, "linked": framing.link_of(one)}
    return render(
        request, "recommendations/labs_frame.html", context | shown(request, one, f"{home}#labs")
    )


@opens_itself
@allow("sign_plans")
@require_POST
def frame_grant(request, **where):
    """A secret for one opening of the frame: fetched by the page, never rendered into it."""
    with tenancy.unit():
        one = opening(request, **where)
    try:
        opened = framing.grant(one)
    except VendorError as error:
        return JsonResponse(problem(error), status=503)
    if one.sending is not None:
        open_there.note_opened(one.sending, timezone.now())
    return JsonResponse({"secret_token": opened.secret_token})


@opens_itself
@allow("sign_plans")
@require_POST
def frame_activated(request, **where):
    """The frame told the page of an activated plan: only its id is taken, then read back."""
    with tenancy.unit():
        one = opening(request, **where)
    plan_id = request.POST.get("plan_id", "").strip()[:MAX_ID]
    if not plan_id:
        return JsonResponse({"error": "No plan was named."}, status=400)
    try:
        framing.activated(one, plan_id, timezone.now())
    except hand_over.NotBelieved as error:
        return JsonResponse({"error": str(error)}, status=409)
    except VendorError as error:
        return JsonResponse(problem(error), status=503)
    if one.sending is None:
        messages.success(request, f"The plan is active at {one.label}.")
    return JsonResponse({"confirmed": True})


@opens_itself
@allow("sign_plans")
@require_POST
def frame_selected(request, **where):
    """The frame told the page whom the clinician chose there: only the id is taken. Says so
    when it is another than ours, and offers to link who is nobody's yet."""
    with tenancy.unit():
        one = opening(request, **where)
    shown = {"patient": one.patient, "label": one.label}
    theirs = request.POST.get("theirs", "").strip()[:MAX_ID]
    try:
        found = framing.chosen(one, theirs)
    except VendorError as error:
        shown["problem"] = problem(error)
    else:
        refusal = found.candidate.refusal(one.label) if found.candidate else ""
        shown |= {"found": found, "refusal": refusal, "theirs": theirs}
        shown["link_url"] = request.path.removesuffix("selected") + "link"
    return render(request, "recommendations/_frame_patient.html", shown)


@opens_itself
@allow("sign_plans")
@require_POST
def frame_link(request, **where):
    """Links whom the clinician chose in the frame, without leaving it."""
    with tenancy.unit():
        one = opening(request, **where)
    theirs, compared = request.POST.get("theirs", "")[:MAX_ID], "compared" in request.POST
    shown = {"patient": one.patient, "label": one.label}
    try:
        made = link.confirm(
            one.connection, one.patient, theirs, one.by, timezone.now(), compared=compared
        )
    except link.NotLinked as error:
        shown["problem"] = {"error": str(error)}
    except VendorError as error:
        shown["problem"] = problem(error)
    else:
        nudge(tasks.leave_our_id, request.practice.pk, made.pk)
        shown["made"] = made
    return render(request, "recommendations/_frame_patient.html", shown)


@opens_itself
@allow("sign_plans")
@require_POST
def frame_checked(request, **where):
    """Whether the vendor lets this site show its frame: an empty frame says nothing itself."""
    with tenancy.unit():
        one = opening(request, **where)
    site = f"{request.scheme}://{request.get_host()}"
    refused = framing.is_refused(one.vendor, site)
    if refused:
        log.error("frame_refused", extra={"vendor": one.vendor.key, "site": site})
    return JsonResponse({"refused": refused, "reference": _our_reference()})


def problem(error: VendorError) -> dict:
    return {
        "error": rights.explain(error),
        "reference": error.request_id or _our_reference(),
    }


def _our_reference() -> str:
    return structlog.contextvars.get_contextvars().get("request_id", "")
