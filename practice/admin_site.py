"""The operator's staff desk, and the one place that opens all practices for it."""

from allauth.account.decorators import secure_admin_login
from csp.constants import UNSAFE_EVAL, UNSAFE_INLINE
from csp.decorators import csp_update
from unfold.sites import UnfoldAdminSite

from practice import tenancy
from practice.middleware import actor_of


class StaffSite(UnfoldAdminSite):
    """Signs in through allauth, with its rate limits and second steps."""

    def login(self, request, extra_context=None):
        return secure_admin_login(super().login)(request, extra_context)

    def admin_view(self, view, cacheable=False):
        inner = super().admin_view(view, cacheable)

        def opened(request, *args, **kwargs):
            if not self.has_permission(request):
                return inner(request, *args, **kwargs)
            actor = actor_of(request, via="admin")
            with tenancy.acting(actor), tenancy.unit(tenancy.EVERYTHING):
                response = inner(request, *args, **kwargs)
                if hasattr(response, "render") and callable(response.render):
                    response.render()
                return response

        # The desk's package computes expressions in the page and styles it inline. It shows
        # rows to the operator's staff only, and no vendor's HTML.
        return csp_update({"script-src": [UNSAFE_EVAL], "style-src": [UNSAFE_INLINE]})(opened)
