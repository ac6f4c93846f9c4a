"""What every page of the portal shows around its content."""

from django.conf import settings
from django.urls import reverse

# label, icon, url name, first part of the address after the practice's
NAV = [
    ("Today", "today", "practice:today", ""),
    ("Patients", "patients", "practice:patient-list", "patients"),
    ("Catalogue", "catalogue", "catalog:product-list", "catalogue"),
    ("Plans", "plans", "recommendations:plan-list", "plans"),
    ("Deliveries", "deliveries", "deliveries:delivery-list", "deliveries"),
    ("Connections", "connections", "practice:connection-list", "connections"),
    ("Settings", "settings", "practice:practice-settings", "settings"),
]
# Pages that stand elsewhere and belong to one of these.
ALSO = {"settings": {"audit", "members", "cover"}}


def context(request):
    shown = {
        "environment_banner": settings.ENVIRONMENT_BANNER,
        "simulator_url": settings.SIMULATOR_CONTROL_URL,
        "presence": getattr(request, "presence", None),
        "sign_up_open": settings.SIGN_UP_OPEN,
    }
    practice = getattr(request, "practice", None)
    if practice is None:
        return shown
    parts = request.path.strip("/").split("/")
    here = parts[1] if len(parts) > 1 else ""
    return shown | {
        "support_view": request.support_view,
        "practice": practice,
        "membership": request.membership,
        "memberships": request.memberships,
        "nav": [
            {
                "label": label,
                "icon": icon,
                "url": reverse(name, args=[practice.slug]),
                "current": here == part or here in ALSO.get(part, ()),
            }
            for label, icon, name, part in NAV
        ],
    }
