"""Periodic jobs that are late, on the front page. Their desk is a page of the site."""

from django.urls import reverse

from practice import attention, jobs


def late(practice, now):
    """The same whichever practice is chosen: jobs run for all of them."""
    late = [standing for standing in jobs.standings(now) if standing.is_late]
    return [attention.Figure("Periodic jobs that are late", len(late), reverse("admin:jobs"))]


attention.add(late)
