"""What every desk of the operator's staff has in common.

- Rows are looked at; they are changed by *deeds* only (`practice.admin.confirm`).
- The practice chosen at the top (`practice.narrowing`) narrows the queryset itself, and so
  lists, detail pages, deeds, searches and the choices of other rows.
- A list does a fixed number of queries: `prepare` is given a page's rows at once.
"""

from django.core.exceptions import FieldDoesNotExist
from django.urls import reverse
from unfold.admin import ModelAdmin

from practice import narrowing
from practice.admin import confirm
from practice.models import AuditEntry, Practice

TRAIL_SHOWN = 10


class DeskAdmin(ModelAdmin):
    """`deeds` are the names of methods made by `@confirm.deed`; they stand on the list and
    on each row's page. `prepare(request, rows)` fetches for a page's rows at once what the
    columns and the row's page show. `with_all_rows` is the query of a list that by itself leaves
    rows out, so that a deed reaches any row from its own page."""

    deeds: tuple[str, ...] = ()
    with_all_rows = ""
    show_full_result_count = False
    list_per_page = 50
    list_filter_sheet = True
    change_form_outer_before_template = "admin/_row_deeds.html"
    change_form_outer_after_template = "admin/_row_trail.html"

    def narrow(self, queryset, practice: Practice):
        """The rows of one practice; all where the kind belongs to none."""
        if self.model is Practice:
            return queryset.filter(pk=practice.pk)
        try:
            self.model._meta.get_field("practice")
        except FieldDoesNotExist:
            return queryset
        return queryset.filter(practice=practice)

    def prepare(self, request, rows) -> None:
        """Nothing, where the rows say everything themselves."""

    # --- Narrowing

    def get_queryset(self, request):
        queryset = super().get_queryset(request)
        practice = narrowing.chosen(request)
        return queryset if practice is None else self.narrow(queryset, practice)

    def get_field_queryset(self, db, db_field, request):
        """Choices of another row are those that its own desk shows."""
        desk = self.admin_site._registry.get(db_field.remote_field.model)
        if isinstance(desk, DeskAdmin):
            return desk.get_queryset(request)
        return super().get_field_queryset(db, db_field, request)

    # --- Deeds

    def has_act_permission(self, request) -> bool:
        """Whether this person may do deeds: who may change such rows, were they changed here."""
        return request.user.has_perm(f"{self.opts.app_label}.change_{self.opts.model_name}")

    def get_actions(self, request):
        actions = super().get_actions(request)
        for name in self.deeds:
            function, _, _ = self.get_action(name)
            if self._may_do(request, function.deed):
                actions[name] = (function, name, function.deed.label)
        return actions

    def _may_do(self, request, deed) -> bool:
        return getattr(self, f"has_{deed.permission}_permission")(request)

    # --- Pages

    def changelist_view(self, request, extra_context=None):
        if request.method == "POST" and confirm.TOKEN in request.POST:
            return confirm.carry_out(self, request)
        response = super().changelist_view(request, extra_context)
        shown = getattr(response, "context_data", None) or {}
        if "cl" in shown:
            shown["cl"].result_list = list(shown["cl"].result_list)
            self.prepare(request, shown["cl"].result_list)
        return response

    def change_view(self, request, object_id, form_url="", extra_context=None):
        more = {
            "row_deeds": [
                self.get_action(name)[0].deed
                for name in self.deeds
                if self._may_do(request, self.get_action(name)[0].deed)
            ],
            "row_list": reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
            + self.with_all_rows,
            "row_trail": self.trail(object_id),
        }
        return super().change_view(request, object_id, form_url, more | (extra_context or {}))

    def get_object(self, request, object_id, from_field=None):
        row = super().get_object(request, object_id, from_field)
        if row is not None:
            self.prepare(request, [row])
        return row

    def trail(self, object_id):
        """What the audit trail says of one row, the last first."""
        if not str(object_id).isdecimal():
            return []
        return AuditEntry.objects.filter(kind=self.opts.label_lower, object_id=object_id).order_by(
            "-id"
        )[:TRAIL_SHOWN]


class ReadOnlyAdmin(DeskAdmin):
    """Rows that staff look at and nobody changes here, except by its deeds."""

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class KeptAdmin(DeskAdmin):
    """Rows that are changed here and never deleted: other rows and the trail hang on them."""

    def has_delete_permission(self, request, obj=None):
        return False
