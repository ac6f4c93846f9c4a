"""The desks of the operator's staff, in the order in which staff are blocked without them.

A desk stands here once its kind of row has one; the others stand under "All tables".
"""

from django.contrib import admin
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse

# Words, icon, the page.
DESKS = [
    ("Practice set-up", "checklist", "admin:practice_practice_changelist"),
    ("Connections", "link", "admin:practice_connection_changelist"),
    ("Refused rights", "block", "admin:practice_vendorrefusal_changelist"),
    ("Vendors' words", "translate", "admin:practice_vendorword_changelist"),
    ("Webhook receipts", "inbox", "admin:practice_receipt_changelist"),
    ("Missed events", "sync_problem", "admin:practice_eventsweep_changelist"),
    ("Sendings", "send", "admin:recommendations_sending_changelist"),
    ("Laboratory results", "labs", "admin:recommendations_labresult_changelist"),
    ("Sync runs", "sync", "admin:catalog_syncrun_changelist"),
    ("Product files", "image", "admin:catalog_listingfile_changelist"),
    ("Spellings of brands", "sell", "admin:catalog_brandalias_changelist"),
    ("Synonyms of the search", "translate", "admin:catalog_synonym_changelist"),
    ("Matches", "join", "admin:catalog_review_changelist"),
    ("Deliveries in trouble", "local_shipping", "admin:deliveries_delivery_changelist"),
    ("People", "group", "admin:auth_user_changelist"),
    ("Upper limits", "vertical_align_top", "admin:recommendations_upperlimit_changelist"),
    ("Audit", "history", "admin:practice_auditentry_changelist"),
    ("Periodic jobs", "schedule", "admin:jobs"),
]


def stylesheet(request) -> str:
    return static("css/staff.css")


def sidebar(request) -> list[dict]:
    items = [{"title": "What needs somebody", "icon": "home", "link": reverse("admin:index")}]
    for title, icon, page in DESKS:
        try:
            items.append({"title": title, "icon": icon, "link": reverse(page)})
        except NoReverseMatch:
            continue
    tables = {"title": "Tables", "items": _tables(items), "collapsible": True}
    return [{"title": "Desks", "items": items}, tables]


def _tables(desks) -> list[dict]:
    known = {item["link"] for item in desks}
    tables = [
        (str(model._meta.verbose_name_plural).capitalize(), _address(model))
        for model in admin.site._registry
    ]
    return [{"title": title, "link": link} for title, link in sorted(tables) if link not in known]


def _address(model) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
