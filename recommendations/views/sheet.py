"""The regimen sheet: what the patient takes home."""

from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from practice.roles import allow
from recommendations import regimen
from recommendations.models import Plan


@require_GET
@allow("see")
def plan_sheet(request, plan_id):
    """One page by time of day over all vendors. Prices only where the practice shows them."""
    plans = Plan.objects.for_practice(request.practice)
    plan = get_object_or_404(plans.select_related("patient", "clinician"), pk=plan_id)
    zone = request.practice.zone
    return render(
        request,
        "recommendations/sheet.html",
        {
            "plan": plan,
            "regimen": regimen.of(plan),
            "day": timezone.localdate(plan.signed_at or timezone.now(), timezone=zone),
            "with_prices": request.practice.prices_on_documents,
        },
    )
