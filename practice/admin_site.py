"""The operator's staff desk, and the one place that opens all practices for it."""

from unfold.sites import UnfoldAdminSite

from practice import tenancy


class StaffSite(UnfoldAdminSite):
    def admin_view(self, view, cacheable=False):
        inner = super().admin_view(view, cacheable)

        def opened(request, *args, **kwargs):
            if not self.has_permission(request):
                return inner(request, *args, **kwargs)
            with tenancy.unit(tenancy.EVERYTHING):
                response = inner(request, *args, **kwargs)
                if hasattr(response, "render") and callable(response.render):
                    response.render()
                return response

        return opened
