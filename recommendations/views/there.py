"""A part of a plan in the vendor's own pages: opening them, finding what was made there,
stopping it, and paying in the practice."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from practice import audit, outward, rights, tenancy
from practice.middleware import opens_itself
from practice.roles import allow
from practice.vendors.contract import VendorError
from recommendations import (
    check_out,
    find_there,
    hand_over,
    open_there,
    read_back,
    stop_there,
)
from recommendations.models import Sending
from recommendations.sign import NotReady
from recommendations.views.sendings import mine


@opens_itself
@allow("sign_plans")
@require_POST
def sending_open(request, sending_id):
    """Leads to the vendor by a link made for this one press; in a tab of its own."""
    with tenancy.unit():
        sending = mine(request, sending_id)
        audit.seen(request, sending, patient_id=sending.plan.patient_id)
    posted = request.POST
    try:
        opened = open_there.link(
            sending,
            timezone.now(),
            welcome="welcome" in posted,
            plan_id=posted.get("plan", "")[:120],
        )
    except NotReady as refusal:
        return not_opened(request, sending, str(refusal), status=409)
    except VendorError as error:
        return not_opened(request, sending, rights.explain(error), error.request_id)
    return outward.lead(sending.vendor, opened.url)


def not_opened(request, sending, why="", reference="", status=503):
    """Stands in the tab that should have shown the vendor's page."""
    words = {"sending": sending, "why": why, "reference": reference}
    return render(request, "recommendations/not_opened.html", words, status=status)


@opens_itself
@allow("sign_plans")
@require_http_methods(["GET", "POST"])
def sending_look(request, sending_id):
    """The plans there that may be this one; a POST takes the one that is chosen, or the only
    one that fits."""
    with tenancy.unit():
        sending = mine(request, sending_id)
    if sending.state != Sending.State.HAND_OVER:
        return redirect("recommendations:plan-review", request.practice.slug, sending.plan_id)
    if request.method == "POST" and (answer := _take(request, sending)):
        return answer
    with tenancy.unit():
        audit.seen(request, sending, patient_id=sending.plan.patient_id)
        waited = read_back.part_of(sending)
    found, problem = [], None
    try:
        found = find_there.look(sending)
    except VendorError as error:
        problem = {"words": rights.explain(error), "reference": error.request_id}
    page = {"sending": sending, "plan": sending.plan, "patient": sending.plan.patient}
    page |= {"part": waited, "found": found, "problem": problem}
    return outward.forms_may_lead(
        render(request, "recommendations/found_there.html", page), sending.vendor
    )


def _take(request, sending):
    """The review of what was taken; None where a person has to look first."""
    now, chosen = timezone.now(), request.POST.get("plan", "")[:120]
    try:
        if chosen:
            hand_over.activated(sending, chosen, now)
        elif not find_there.take_the_only_one(sending, now):
            return None
    except hand_over.NotBelieved as error:
        messages.error(request, str(error))
        return None
    except VendorError:
        return None
    messages.success(request, f"Found at {sending.label}, and read back.")
    return redirect("recommendations:plan-review", request.practice.slug, sending.plan_id)


@opens_itself
@allow("sign_plans")
@require_http_methods(["GET", "POST"])
def sending_practitioner(request, sending_id):
    """For whom the account of a staff member makes plans at the vendor."""
    with tenancy.unit():
        sending = mine(request, sending_id)
    connection, people, problem, status = sending.connection, (), "", 200
    try:
        if request.method == "POST":
            open_there.choose(connection, request.POST.get("practitioner", "")[:120])
            return redirect("recommendations:sending-hand-over", request.practice.slug, sending.pk)
    except NotReady as refusal:
        problem, status = str(refusal), 422
    except VendorError as error:
        problem, status = rights.explain(error), 503
    try:
        people = open_there.colleagues(connection)
    except VendorError as error:
        problem = rights.explain(error)
    with tenancy.unit():
        audit.seen(request, sending, patient_id=sending.plan.patient_id)
    page = {"sending": sending, "plan": sending.plan, "patient": sending.plan.patient}
    page |= {"people": people, "problem": problem, "chosen": connection.plans_for_id}
    page["is_own"] = bool(connection.practitioner_id)
    return render(request, "recommendations/choose_practitioner.html", page, status=status)


@allow("sign_plans")
@require_POST
def sending_accept(request, sending_id):
    """The clinician says that what the vendor holds otherwise is right."""
    sending = mine(request, sending_id)
    try:
        stop_there.accept(sending, request.membership, timezone.now())
    except NotReady as refusal:
        messages.error(request, str(refusal))
    return redirect("recommendations:plan-review", request.practice.slug, sending.plan_id)


@opens_itself
@allow("sign_plans")
@require_http_methods(["GET", "POST"])
def sending_stop(request, sending_id):
    """Asks, then has the vendor cancel the plan."""
    with tenancy.unit():
        sending = mine(request, sending_id)
    review = redirect("recommendations:plan-review", request.practice.slug, sending.plan_id)
    if not stop_there.may_stop(sending):
        messages.info(request, f"This part does not stand at {sending.label} any more.")
        return review
    if request.method == "GET":
        return _asked(request, sending, "recommendations/stop_there.html")
    try:
        stop_there.stop(sending, request.membership, timezone.now())
    except NotReady as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, f"Stopped at {sending.label}.")
    return review


@opens_itself
@allow("sign_plans")
@require_http_methods(["GET", "POST"])
def sending_checkout(request, sending_id):
    """Says that the patient's cart is emptied, asks for a tick, and opens the checkout in a tab
    of its own."""
    with tenancy.unit():
        sending = mine(request, sending_id)
    if not check_out.is_offered(sending):
        messages.info(request, "Only an active plan can be paid for in the practice.")
        return redirect("recommendations:plan-review", request.practice.slug, sending.plan_id)
    if request.method == "GET" or "empties" not in request.POST:
        status = 200 if request.method == "GET" else 422
        return _asked(request, sending, "recommendations/check_out.html", status)
    try:
        url = check_out.open_cart(sending, request.membership, timezone.now())
    except check_out.Unsure as error:
        words = {"sending": sending, "reference": error.request_id}
        return render(request, "recommendations/cart_unknown.html", words, status=503)
    except NotReady as refusal:
        return not_opened(request, sending, str(refusal), status=409)
    except VendorError as error:
        return not_opened(request, sending, rights.explain(error), error.request_id)
    return outward.lead(sending.vendor, url)


def _asked(request, sending, template, status=200):
    with tenancy.unit():
        audit.seen(request, sending, patient_id=sending.plan.patient_id)
        part = read_back.part_of(sending)
    page = {"sending": sending, "plan": sending.plan, "patient": sending.plan.patient}
    page |= {"part": part, "missed": status == 422}
    answer = render(request, template, page, status=status)
    return outward.forms_may_lead(answer, sending.vendor)
