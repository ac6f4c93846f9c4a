"""Periodic jobs that are late, on the front page. Their desk is a page of the site."""

from django.urls import reverse

from practice import attention, budget, jobs


def late(practice, now):
    """The same whichever practice is chosen: jobs run for all of them."""
    late = [standing for standing in jobs.standings(now) if standing.is_late]
    return [attention.Figure("Periodic jobs that are late", len(late), reverse("admin:jobs"))]


def nearly_spent(practice, now):
    """Vendors that background work waits for at present, or that asked everybody to wait."""
    spent = sum(any(one.is_tight for one in uses) for _, uses in budget.all_uses())
    page = reverse("admin:jobs")
    return [attention.Figure("Vendors asked as much as allowed", spent, page, attention.AMBER)]


attention.add(late)
attention.add(nearly_spent)
