"""The way into a practice."""

from django.shortcuts import redirect, render


def choose_practice(request):
    """One practice opens at once, several are offered, none is explained; the operator's staff
    are led to their desk."""
    memberships = request.memberships
    if len(memberships) == 1:
        return redirect("practice:today", memberships[0].practice.slug)
    if not memberships and request.user.is_staff:
        return redirect("admin:index")
    return render(request, "practice/practice_choose.html", {"memberships": memberships})
