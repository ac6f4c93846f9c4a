from django.contrib.admin.apps import AdminConfig


class StaffAdminConfig(AdminConfig):
    """Django admin, for the operator's staff. Registers the system checks on the way."""

    default_site = "practice.admin_site.StaffSite"

    def ready(self):
        super().ready()
        from config import checks  # noqa: F401
