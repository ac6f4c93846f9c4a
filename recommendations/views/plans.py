"""Plans of a practice: the list, starting one, one plan, discarding a draft."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from practice import audit
from practice.ids import row_id
from practice.models import Membership, Patient
from practice.roles import allow
from recommendations import board, edit, overview, protocols, take_over
from recommendations.models import Plan
from recommendations.views import builder
from recommendations.views.drafts import go, on_draft

PER_PAGE = 50
SHOW = {"": "All", "draft": "Drafts", "signed": "Signed", "stopped": "Stopped"}


@require_GET
@allow("see")
def plan_list(request):
    """Drafts and signed plans, the last changed first."""
    show = request.GET.get("show", "")
    if show not in SHOW:
        raise Http404("No such state.")
    plans = overview.with_counts(Plan.objects.for_practice(request.practice))
    if show:
        plans = plans.filter(state=show)
    mine = request.GET.get("clinician") == "me"
    if mine:
        plans = plans.filter(clinician=request.membership)
    page = Paginator(plans, PER_PAGE).get_page(request.GET.get("page"))
    audit.listed(request, "recommendations:plan-list", [plan.patient_id for plan in page])
    return render(
        request,
        "recommendations/plan_list.html",
        {
            "page": page,
            "show": show,
            "shows": SHOW.items(),
            "mine": mine,
        },
    )


@require_http_methods(["GET", "POST"])
@allow("draft_plans")
def plan_start(request, patient_id):
    """Makes a draft and opens it. A member who is no clinician says for whom; where only one
    clinician works there is nothing to ask."""
    patients = Patient.objects.for_practice(request.practice).current()
    if request.method == "POST":
        patients = patients.held()
    patient = get_object_or_404(patients, pk=patient_id)
    clinicians = list(Membership.objects.for_practice(request.practice).clinicians())
    own = [member for member in clinicians if member.pk == request.membership.pk]
    only = own or (clinicians if len(clinicians) == 1 else [])
    asked = request.POST.get("clinician", "")
    chosen = next((member for member in clinicians if str(member.pk) == asked), None)
    usable = protocols.usable_by(request.membership).order_by("name", "pk")
    if request.method == "POST" and (chosen or (only and not asked)):
        number = request.POST.get("protocol", "")
        protocol = get_object_or_404(usable, pk=row_id(number)) if number else None
        plan = edit.start(patient, chosen or only[0], by=request.membership, now=timezone.now())
        if protocol:
            messages.success(
                request, protocols.in_words(protocol, protocols.add_to(plan, protocol))
            )
        return redirect("recommendations:plan-detail", request.practice.slug, plan.pk)
    audit.seen(request, patient, patient_id=patient.pk, kind="recommendations:plan-start")
    return render(
        request,
        "recommendations/plan_start.html",
        {
            "patient": patient,
            "clinicians": clinicians,
            "only": only,
            "asked": asked,
            "protocols": usable,
        },
        status=422 if asked else 200,
    )


@require_GET
@allow("see")
def plan_detail(request, plan_id):
    """The builder while it is a draft that this member may change; read-only otherwise."""
    plans = Plan.objects.for_practice(request.practice)
    plan = get_object_or_404(plans.select_related("patient", "clinician", "signed_by"), pk=plan_id)
    if plan.is_draft and request.membership.may("draft_plans"):
        return builder.page(request, plan)
    audit.seen(request, plan, patient_id=plan.patient_id)
    return render(
        request,
        "recommendations/plan_detail.html",
        {
            "plan": plan,
            "board": board.Board(plan),
            "sendings": plan.sendings.all(),
            "sees_wholesale": request.membership.may("see_wholesale_prices"),
        },
    )


@require_POST
@allow("sign_plans")
def plan_take_over(request, plan_id):
    """The draft of a colleague one covers for becomes one's own."""
    plans = Plan.objects.for_practice(request.practice).select_for_update(of=["self"])
    plan = get_object_or_404(plans.select_related("patient", "clinician"), pk=plan_id)
    if not take_over.may_take(plan, request.membership):
        raise PermissionDenied("You cover for nobody whose draft this is today.")
    name = request.membership.name
    take_over.take(plan, request.membership, by=name, why="Cover", now=timezone.now())
    messages.success(request, "The draft is yours now. You sign it with your own accounts.")
    return redirect("recommendations:plan-detail", request.practice.slug, plan.pk)


@on_draft
def plan_discard(request, plan):
    edit.discard(plan, by=request.membership, now=timezone.now())
    messages.success(request, "Draft discarded.")
    return go(request, reverse("recommendations:plan-list", args=[request.practice.slug]))
