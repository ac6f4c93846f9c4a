"""The practice's settings: read by all members, changed by owners."""

from django.contrib import messages
from django.db.models import F
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from practice import desk
from practice.forms import PracticeForm, time_zone_words
from practice.models import Membership, Practice
from practice.roles import allow


@require_GET
@allow("see")
def practice_settings(request):
    return render(
        request,
        "practice/practice_settings.html",
        {
            "members": Membership.objects.for_practice(request.practice)
            .select_related("user")
            .order_by(F("deactivated_at").asc(nulls_first=True), "name", "id"),
            "more": desk.settings(request),
            "may_manage": request.membership.may("manage_practice"),
            "zone": time_zone_words(request.practice.time_zone),
            "time_there": timezone.localtime(timezone=request.practice.zone),
        },
    )


@require_http_methods(["GET", "POST"])
@allow("manage_practice")
def practice_edit(request):
    practice = Practice.objects.get(pk=request.practice.pk)
    form = PracticeForm(request.POST or None, instance=practice)
    if form.is_valid():
        form.save()
        messages.success(request, "Settings saved.")
        return redirect("practice:practice-settings", practice.slug)
    return render(
        request, "practice/practice_edit.html", {"form": form}, status=422 if form.errors else 200
    )
