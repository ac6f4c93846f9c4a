"""The desk of the audit trail. It may hold millions of entries: nothing here counts them all,
and a search goes by person or patient, which the indexes lead with."""

import datetime as dt
import json

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.core.paginator import Paginator
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.html import format_html

from practice.admin.base import ReadOnlyAdmin
from practice.admin.clinical import ClinicalAdmin
from practice.models import AuditEntry, AuditSeal, Membership

# How far back by pages: narrow the list to see further.
DEEPEST = 5000
PEOPLE = 50
WAYS = {
    "portal": "The portal",
    "admin": "Staff desk",
    "support": "Support view",
    "hook": "Webhooks",
    "task": "Workers",
    "command": "Commands",
    "emr": "An EMR",
}
TIMES = {"hour": 1, "day": 24, "week": 7 * 24, "month": 30 * 24, "quarter": 90 * 24}


class ShallowPaginator(Paginator):
    """Counts no further than it leads."""

    @cached_property
    def count(self):
        return self.object_list.order_by().values("pk")[:DEEPEST].count()


class WhenFilter(admin.SimpleListFilter):
    title = "time"
    parameter_name = "when"

    def lookups(self, request, model_admin):
        return [
            ("hour", "The last hour"),
            ("day", "The last day"),
            ("week", "The last 7 days"),
            ("month", "The last 30 days"),
            ("quarter", "The last 90 days"),
        ]

    def queryset(self, request, queryset):
        hours = TIMES.get(self.value())
        if hours is None:
            return queryset
        return queryset.filter(at__gt=timezone.now() - dt.timedelta(hours=hours))


class WayFilter(admin.SimpleListFilter):
    title = "way in"
    parameter_name = "way"

    def lookups(self, request, model_admin):
        return list(WAYS.items())

    def queryset(self, request, queryset):
        way = self.value()
        if way not in WAYS:
            return queryset
        return queryset.filter(Q(via=way) | Q(via__startswith=f"{way}:"))


@admin.register(AuditEntry)
class AuditEntryAdmin(ClinicalAdmin):
    """`detail` holds what rows were before and after: it is shown for a reason."""

    list_display = [
        "at",
        "shown_action",
        "who",
        "via",
        "practice",
        "kind",
        "object_id",
        "patient_id",
        "reason",
    ]
    list_filter = ["action", WhenFilter, WayFilter]
    list_select_related = ["practice"]
    search_fields = ["user_id"]
    search_help_text = "A person's name or e-mail address, or a patient's number"
    ordering = ["-at", "-id"]
    sortable_by = ()
    paginator = ShallowPaginator
    fields = [
        *("at", "action", "who", "user_id", "via", "address", "request_id", "reason"),
        *("practice", "kind", "object_id", "patient_id", "shown_detail"),
    ]
    readonly_fields = ["shown_detail"]

    @admin.display(description="Action")
    def shown_action(self, entry):
        return entry.detail.get("deed") or entry.get_action_display()

    @admin.display(description="Detail")
    def shown_detail(self, entry):
        words = json.dumps(entry.detail, indent=2, ensure_ascii=False)
        return format_html('<pre class="staff-body">{}</pre>', words) if entry.detail else "—"

    def get_search_results(self, request, queryset, search_term):
        words = search_term.replace("\0", "").strip()[:150]
        if not words:
            return queryset, False
        if words.isascii() and words.isdecimal():
            return queryset.filter(patient_id=min(int(words), 2**63 - 1)), False
        members = Membership.objects.filter(name__icontains=words).values("user")
        people = get_user_model().objects.filter(Q(email__icontains=words) | Q(pk__in=members))
        known = list(people.order_by("pk").values_list("pk", flat=True)[:PEOPLE])
        return queryset.filter(user_id__in=known), False

    def trail(self, object_id):
        return []


@admin.register(AuditSeal)
class AuditSealAdmin(ReadOnlyAdmin):
    """One link of the hash chain a day. `manage.py verify_audit` holds them against the entries."""

    list_display = ["day", "rows", "last_id", "head", "at"]
    ordering = ["-day"]

    def narrow(self, queryset, practice):
        """Seals are over all practices, and shown whichever is chosen."""
        return queryset.filter(practice__isnull=True)
