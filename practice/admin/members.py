"""Who works in which practice, and seeing a practice as one of them does."""

from collections import Counter

from django import forms
from django.contrib import admin, messages
from django.shortcuts import redirect
from django.utils import timezone
from unfold.widgets import UnfoldAdminTextInputWidget

from practice import access, support, tasks
from practice.admin import confirm
from practice.admin.base import KeptAdmin
from practice.models import Membership
from practice.tasking import nudge


class WhyLook(forms.Form):
    reason = forms.CharField(
        min_length=support.LEAST_REASON,
        max_length=300,
        help_text="The member's practice reads it: owners by e-mail now, and in their settings.",
        widget=UnfoldAdminTextInputWidget,
    )


@admin.register(Membership)
class MembershipAdmin(KeptAdmin):
    list_display = ["name", "practice", "role", "is_clinician", "deactivated_at", "user"]
    list_filter = ["role", "is_clinician", ("deactivated_at", admin.EmptyFieldListFilter)]
    list_select_related = ["practice", "user"]
    search_fields = ["name", "user__email", "practice__name"]
    autocomplete_fields = ["practice", "user"]
    readonly_fields = ["created_at"]
    ordering = ["practice__name", "name", "id"]
    deeds = ("see_as",)

    def get_readonly_fields(self, request, obj=None):
        """A membership stays the same person's in the same practice: plans hang on it."""
        fixed = ["practice", "user"] if obj else []
        return [*fixed, *super().get_readonly_fields(request, obj)]

    def has_see_as_permission(self, request) -> bool:
        return support.may_see(request.user)

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if not obj.is_active:
            access.end_sessions(obj.user)

    @confirm.deed(
        "See as this member",
        explain="For 30 minutes, in this browser, you see the practice as this member does. You "
        "can change nothing there. Every page you open stands in the practice's audit trail with "
        "your name and the reason, its owners get an e-mail now, and a view you have elsewhere "
        "ends.",
        button="Begin",
        form=WhyLook,
        permission="see_as",
        most=1,
        watches=("deactivated_at",),
    )
    def see_as(self, request, rows, given):
        [member] = rows
        try:
            view = support.begin(
                request.session, request.user, member, given["reason"], timezone.now()
            )
        except support.CannotSee as refusal:
            return Counter({confirm.Outcome(f"{refusal} Nothing begun", messages.ERROR): 1})
        nudge(tasks.tell_of_support, view.practice_id, view.pk)
        return redirect("practice:today", view.practice.slug)
