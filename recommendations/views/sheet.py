"""The regimen sheet: what the patient takes home."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from practice import audit
from practice.roles import allow
from recommendations import regimen
from recommendations.models import Plan

SHEET = "recommendations:plan-sheet"


@require_GET
@allow("see")
def plan_sheet(request, plan_id):
    """One page by time of day over all vendors. Prices only where the practice shows them."""
    plans = Plan.objects.for_practice(request.practice)
    plan = get_object_or_404(plans.select_related("patient", "clinician"), pk=plan_id)
    audit.seen(request, plan, patient_id=plan.patient_id, kind=SHEET)
    zone = request.practice.zone
    return render(
        request,
        "recommendations/sheet.html",
        {
            "plan": plan,
            "regimen": regimen.of(plan),
            "day": timezone.localdate(plan.signed_at or timezone.now(), timezone=zone),
            "with_prices": request.practice.prices_on_documents,
            "order_links": order_links(request.practice, plan),
        },
    )


def order_links(practice, plan) -> list:
    """The parts whose dispensary says where the patient orders, where the practice shows it."""
    if not practice.order_links_on_documents:
        return []
    parts = plan.sendings.exclude(link="").exclude(raw_state="cancelled")
    return [sending for sending in parts if sending.order_link]


@require_POST
@allow("see")
def plan_sheet_printed(request, plan_id):
    """The browser tells that it prints the sheet (`static/js/print.js`)."""
    plan = get_object_or_404(Plan.objects.for_practice(request.practice), pk=plan_id)
    audit.shown(request, audit.Action.PRINTED, plan, patient_id=plan.patient_id, kind=SHEET)
    return HttpResponse(status=204)
