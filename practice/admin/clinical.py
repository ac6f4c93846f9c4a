"""Rows about patients: never changed here, and opened for a reason that is kept.

The reason is asked for on a page before, once for each practice and half hour. Every row
that is opened stands in its practice's audit trail with it.
"""

from django import forms
from django.contrib.admin.utils import unquote
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils import timezone
from unfold.widgets import UnfoldAdminTextInputWidget

from practice import looking
from practice.admin.base import ReadOnlyAdmin

LEAST_REASON = 10


class WhyLook(forms.Form):
    look_reason = forms.CharField(
        label="Reason",
        min_length=LEAST_REASON,
        max_length=300,
        help_text="The practice can read it in its audit trail.",
        widget=UnfoldAdminTextInputWidget,
    )


class ClinicalAdmin(ReadOnlyAdmin):
    """`patient_of(row)` is the id of the patient that a row is about."""

    def patient_of(self, row) -> int | None:
        return row.patient_id

    def needs_reason(self, row) -> bool:
        return row.practice_id is not None

    def change_view(self, request, object_id, form_url="", extra_context=None):
        return self._for_a_reason(request, object_id) or super().change_view(
            request, object_id, form_url, extra_context
        )

    def history_view(self, request, object_id, extra_context=None):
        return self._for_a_reason(request, object_id) or super().history_view(
            request, object_id, extra_context
        )

    def _for_a_reason(self, request, object_id):
        """None once there is a reason, and the look is noted; otherwise the page that asks."""
        if request.method == "POST" and "look_reason" not in request.POST:
            return None  # nothing is changed here, which is said by whoever answers that
        row = self.get_object(request, unquote(object_id))
        if row is None or not self.has_view_permission(request, row) or not self.needs_reason(row):
            return None
        form = WhyLook(request.POST if "look_reason" in request.POST else None)
        if form.is_valid():
            given = form.cleaned_data["look_reason"]
            looking.remember(request.session, row.practice_id, given, timezone.now())
            return HttpResponseRedirect(request.path)
        why = looking.reason(request.session, row.practice_id, timezone.now())
        if why and not form.is_bound:
            looking.note(row, self.patient_of(row), why)
            return None
        return TemplateResponse(
            request,
            "admin/look_reason.html",
            {
                **self.admin_site.each_context(request),
                "title": "Why do you look?",
                "opts": self.opts,
                "practice_name": row.practice.name,
                "what": self.opts.verbose_name,
                "form": form,
            },
            status=422 if form.errors else 200,
        )
