"""The desk of products that are on plans and cannot be had."""

import datetime as dt

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from catalog.models import Listing
from practice import audit
from practice.roles import allow
from recommendations import at_risk
from recommendations.forms import SNOOZES, RiskForm
from recommendations.models import Risk, RiskMark

A_PAGE = 25
KIND = "recommendations:at-risk-list"


@require_GET
@allow("see")
def at_risk_list(request):
    """`?risk=` takes one trouble, `?show=seen` what was put out of sight."""
    risk, show, now = request.GET.get("risk", ""), request.GET.get("show", ""), timezone.now()
    if risk not in ("", *Risk) or show not in ("", "seen"):
        raise Http404("No such trouble.")
    found = at_risk.find(request.practice, now, risk, hidden=show == "seen")
    page = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    rows = at_risk.told(request.practice, list(page), now)
    patients = [touched.plan.patient_id for row in rows for touched in row.plans]
    audit.listed(request, KIND, patients)
    context = {
        "page": page,
        "rows": rows,
        "risk": risk,
        "risks": [("", "All"), *Risk.choices],
        "show": show,
        "snoozes": SNOOZES,
        "may_mark": request.membership.may("draft_plans"),
    }
    return render(request, "recommendations/at_risk_list.html", context)


@require_POST
@allow("draft_plans")
def at_risk_mark(request, listing_id):
    """Puts a product out of sight, with a note, for some days or until something changes."""
    listing = get_object_or_404(Listing.objects.seen_by(request.practice), pk=listing_id)
    form, now = RiskForm(request.POST), timezone.now()
    if not form.is_valid():
        why = next(iter(form.errors.values()))[0]
        messages.error(request, f"Nothing was saved. {why}")
        return redirect(KIND, request.practice.slug)
    given = form.cleaned_data
    until = None
    if given["days"]:
        today = timezone.localdate(now, timezone=request.practice.zone)
        until = today + dt.timedelta(days=given["days"])
    at_risk.mark(
        listing,
        given["risk"],
        by=request.membership,
        now=now,
        note=given["note"],
        until_date=until,
    )
    messages.success(request, f"{listing.name} is under “Seen” now. Undo it there.")
    return redirect(KIND, request.practice.slug)


@require_POST
@allow("draft_plans")
def at_risk_undo(request, mark_id):
    """Brings a product back into sight."""
    marks = RiskMark.objects.for_practice(request.practice).standing()
    mark = get_object_or_404(marks.select_related("listing"), pk=mark_id)
    mark.end(request.membership, timezone.now())
    messages.success(request, f"{mark.listing.name} is to be looked at again.")
    return redirect(KIND, request.practice.slug)
