"""What the operator's staff are told while they see a practice as a member, and what its
owners are told about it."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.template.defaultfilters import pluralize
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from practice import desk, support
from practice.roles import allow


def support_setting(request):
    """For owners: whether the operator's staff looked in."""
    if not request.membership.may("manage_practice"):
        return None
    now = timezone.now()
    times = support.lately(request.practice, now).count()
    looking = support.lately(request.practice, now).running(now).exists() if times else False
    said = f"Looked in {times} time{pluralize(times)}" if times else "Nobody looked in"
    return desk.Setting(
        title="Operator's support",
        text=f"{said} in the last {support.KEPT_IN_SIGHT.days} days.",
        url=reverse("practice:support-list", args=[request.practice.slug]),
        state="active" if looking else "",
        label="Looking now" if looking else "",
    )


@require_GET
@allow("manage_practice")
def support_list(request):
    """When the operator's staff looked in, as whom and why."""
    now = timezone.now()
    return render(
        request,
        "practice/support_list.html",
        {
            "views": support.lately(request.practice, now),
            "days": support.KEPT_IN_SIGHT.days,
            "now": now,
        },
    )


@require_POST
def support_stop(request):
    view = support.stop(request, timezone.now())
    if view is None:
        raise Http404("No view to stop.")
    messages.success(
        request, f"You no longer see {view.practice} as {view.membership}. It stands in the trail."
    )
    return redirect("admin:practice_membership_change", view.membership_id)


def refused(request):
    """Whatever would change something, or ask a vendor for something."""
    return render(request, "support/refused.html", status=403)


def ended(request, slug: str):
    """A 404, as for everybody who is no member; staff whose view of this practice has just
    ended read that it did."""
    view = support.held(request)
    if view is None or view.practice.slug != slug:
        raise Http404("No such practice.")
    support.forget(request)
    return render(request, "support/ended.html", {"view": view}, status=404)
