"""Which practice the operator's staff look at: one, or all of them.

It is chosen at the top of the staff desk and kept in the session; `?practice=<slug>` on any
page of the desk chooses too, and an empty one means all. `practice.admin.base` narrows
the rows of every desk by it.
"""

from __future__ import annotations

from django.http import HttpResponseRedirect

from practice.models import Practice

KEY = "practice"
SESSION_KEY = "staff_practice"


def choose(request, practice: Practice | None) -> None:
    if practice is None:
        request.session.pop(SESSION_KEY, None)
    else:
        request.session[SESSION_KEY] = practice.pk


def by_address(request) -> HttpResponseRedirect | None:
    """Takes a choice out of the address of a page. Nothing is chosen where no practice has
    that slug; a form's own `practice` is left alone."""
    if request.method != "GET" or KEY not in request.GET:
        return None
    slug = request.GET[KEY]
    practice = Practice.objects.filter(slug=slug).first() if _may_be(slug) else None
    if slug and practice is None:
        return None
    choose(request, practice)
    rest = request.GET.copy()
    del rest[KEY]
    return HttpResponseRedirect(f"{request.path}?{rest.urlencode()}" if rest else request.path)


def chosen(request) -> Practice | None:
    """The practice that this request is narrowed to, asked for once a request."""
    if not hasattr(request, "narrowed_to"):
        held = request.session.get(SESSION_KEY)
        practice = Practice.objects.filter(pk=held).first() if held else None
        if held and practice is None:
            choose(request, None)
        request.narrowed_to = practice
    return request.narrowed_to


def _may_be(slug: str) -> bool:
    return 0 < len(slug) <= 60 and "\0" not in slug
