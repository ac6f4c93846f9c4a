"""Who covers for whom: arranged by owners for everybody, by clinicians for themselves."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from practice import desk
from practice.member_forms import CoverForm
from practice.models import Cover
from practice.roles import allow


def cover_setting(request):
    if not request.membership.may("arrange_cover"):
        return None
    today = timezone.localdate(timezone=request.practice.zone)
    running = Cover.objects.for_practice(request.practice).on(today).count()
    return desk.Setting(
        title="Cover",
        text="Who stands in for whom while somebody is away.",
        url=reverse("practice:cover-list", args=[request.practice.slug]),
        state="active" if running else "",
        label=f"{running} today" if running else "",
    )


@require_http_methods(["GET", "POST"])
@allow("arrange_cover")
def cover_list(request):
    """What is arranged, and a form for more."""
    manages = request.membership.may("manage_members")
    today = timezone.localdate(timezone=request.practice.zone)
    form = CoverForm(
        request.POST or None,
        practice=request.practice,
        today=today,
        absent=None if manages else request.membership,
    )
    if form.is_valid():
        form.instance.arranged_by = request.membership.name
        cover = form.save()
        messages.success(request, f"{cover.by.name} covers for {cover.absent.name}.")
        return redirect("practice:cover-list", request.practice.slug)
    covers = Cover.objects.for_practice(request.practice).select_related("absent", "by")
    return render(
        request,
        "practice/cover_list.html",
        {
            "form": form,
            "covers": covers.filter(ended_at__isnull=True, last_date__gte=today),
            "today": today,
            "manages": manages,
        },
        status=422 if form.errors else 200,
    )


@require_POST
@allow("arrange_cover")
def cover_end(request, cover_id):
    covers = Cover.objects.for_practice(request.practice).filter(ended_at__isnull=True)
    if not request.membership.may("manage_members"):
        covers = covers.filter(absent=request.membership)
    cover = get_object_or_404(covers.select_related("absent", "by"), pk=cover_id)
    cover.end(timezone.now())
    messages.success(request, f"{cover.by.name} no longer covers for {cover.absent.name}.")
    return redirect("practice:cover-list", request.practice.slug)
