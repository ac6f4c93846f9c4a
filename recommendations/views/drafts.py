"""What every change of a draft begins with."""

import functools

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect

from practice.ids import row_id
from practice.roles import allow
from recommendations.models import Plan


def on_draft(view):
    """A posted change by a member who may draft plans. The view is given the plan with its
    row held until the end of the request, so that two editors queue. A plan that was signed
    meanwhile is shown as it is now."""

    @require_POST
    @allow("draft_plans")
    @functools.wraps(view)
    def opened(request, plan_id, **kwargs):
        plans = Plan.objects.for_practice(request.practice).select_for_update(of=["self"])
        plan = get_object_or_404(plans.select_related("patient", "clinician"), pk=plan_id)
        if not plan.is_draft:
            messages.warning(
                request, "This plan was signed meanwhile, so your last change was not saved."
            )
            address = [request.practice.slug, plan_id]
            return go(request, reverse("recommendations:plan-detail", args=address))
        return view(request, plan, **kwargs)

    return opened


def go(request, url):
    """To `url`, for htmx and for browsers alone."""
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)


def posted_id(request, name) -> int:
    """A row's id from a form. What is no id is no row."""
    return row_id(request.POST.get(name, ""))
