"""The operator's staff desk, and the one place that opens all practices for it."""

from allauth.account.decorators import secure_admin_login
from csp.constants import UNSAFE_EVAL, UNSAFE_INLINE
from csp.decorators import csp_replace, csp_update
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from unfold.sites import UnfoldAdminSite

from practice import attention, budget, jobs, narrowing, second_step_rule, tenancy
from practice.middleware import actor_of
from practice.models import Practice

PRACTICES_SHOWN = 50


class StaffSite(UnfoldAdminSite):
    """Signs in through allauth, with its rate limits. Staff without a second step are led to
    set one up and reach nothing else."""

    index_title = "What needs somebody"

    def has_permission(self, request):
        """Asked several times a page, so the second step is looked up once a request."""
        if not super().has_permission(request):
            return False
        if not hasattr(request, "has_second_step"):
            request.has_second_step = second_step_rule.has(request.user)
        return request.has_second_step

    def login(self, request, extra_context=None):
        if super().has_permission(request) and not self.has_permission(request):
            return second_step_rule.lead(request, by="The staff desk", home=reverse("admin:index"))
        return secure_admin_login(super().login)(request, extra_context)

    def admin_view(self, view, cacheable=False):
        """Every page of the desk, in one unit of all practices. A view marked `opens_itself`
        calls a vendor and opens its units itself."""
        inner = super().admin_view(view, cacheable)
        opens_itself = getattr(view, "opens_itself", False)

        def opened(request, *args, **kwargs):
            if not self.has_permission(request):
                return inner(request, *args, **kwargs)
            elsewhere = narrowing.by_address(request)
            if elsewhere is not None:
                return elsewhere
            with tenancy.acting(actor_of(request, via="admin")):
                if opens_itself:
                    with tenancy.declare(tenancy.EVERYTHING):
                        return inner(request, *args, **kwargs)
                with tenancy.unit(tenancy.EVERYTHING):
                    response = inner(request, *args, **kwargs)
                    if hasattr(response, "render") and callable(response.render):
                        response.render()
                    return response

        opened.opens_itself = opens_itself
        # The desk's package computes expressions in the page and styles it inline. It shows
        # rows to the operator's staff only, and no vendor's HTML.
        looser = csp_update({"script-src": [UNSAFE_EVAL], "style-src": [UNSAFE_INLINE]})
        untyped = csp_replace({"require-trusted-types-for": None, "trusted-types": None})
        return looser(untyped(opened))

    def each_context(self, request):
        held = narrowing.chosen(request) if self.has_permission(request) else None
        return {**super().each_context(request), "narrowed_to": held}

    def extra_urls(self):
        return [
            path("narrow/", self.admin_view(self.narrow), name="narrow"),
            path("jobs/", self.admin_view(self.jobs), name="jobs"),
        ]

    def index(self, request, extra_context=None):
        figures = attention.figures(narrowing.chosen(request), timezone.now())
        return super().index(request, {"figures": figures, **(extra_context or {})})

    def narrow(self, request):
        """Chooses the practice whose rows the desks show, or all of them."""
        if request.method == "POST":
            wanted = request.POST.get("wanted", "")
            found = get_object_or_404(Practice, pk=wanted) if wanted.isdecimal() else None
            narrowing.choose(request, found)
            return HttpResponseRedirect(self._back(request))
        words = request.GET.get("q", "").replace("\0", "").strip()[:60]
        named = Q(name__icontains=words) | Q(slug__icontains=words)
        practices = Practice.objects.filter(named if words else Q())
        page = Paginator(practices, PRACTICES_SHOWN).get_page(request.GET.get("page"))
        return TemplateResponse(
            request,
            "admin/narrow.html",
            {
                **self.each_context(request),
                "title": "Choose a practice",
                "page": page,
                "words": words,
                "back": self._back(request),
            },
        )

    def jobs(self, request):
        """What beat starts, and whether each of it runs."""
        shown = {
            "title": "Periodic jobs",
            "standings": jobs.standings(timezone.now()),
            "budgets": budget.all_uses(),
        }
        return TemplateResponse(request, "admin/jobs.html", {**self.each_context(request), **shown})

    @staticmethod
    def _back(request) -> str:
        """The page of the desk that somebody came from. A list, because a row may not be
        among those of the practice that was chosen."""
        given = request.POST.get("back") or request.GET.get("back") or ""
        front = reverse("admin:index")
        if not given.startswith(front):
            return front
        return given if url_has_allowed_host_and_scheme(given, allowed_hosts=None) else front
