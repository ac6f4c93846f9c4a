"""The way from the settings to the audit trail."""

from django.urls import reverse

from practice import desk


def register() -> None:
    desk.add_setting(trail)


def trail(request):
    if not request.membership.may("see_audit"):
        return None
    return desk.Setting(
        title="Audit trail",
        text="Who saw, changed, printed, exported or sent what, and of which patient.",
        url=reverse("practice:audit-list", args=[request.practice.slug]),
    )
