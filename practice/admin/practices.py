"""The desk of practices: each with its set-up, red, amber or green, and what mends it."""

from django.contrib import admin
from django.utils import timezone

from practice import checklist, steps
from practice.admin.base import KeptAdmin
from practice.admin.lights import light
from practice.models import Practice


@admin.register(Practice)
class PracticeAdmin(KeptAdmin):
    list_display = ["name", "slug", "set_up", "to_mend", "to_look_at", "suspended_at"]
    list_filter = [("suspended_at", admin.EmptyFieldListFilter), "requires_second_factor"]
    search_fields = ["name", "slug"]
    readonly_fields = ["created_at"]

    def prepare(self, request, rows):
        found = checklist.of(rows, timezone.now())
        for practice in rows:
            practice.checklist = found[practice.pk]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        more = {"row_summary": "admin/_checklist.html"}
        return super().change_view(request, object_id, form_url, more | (extra_context or {}))

    @admin.display(description="Set-up")
    def set_up(self, practice):
        return light(practice.checklist.colour, practice.checklist.word)

    @admin.display(description="To mend")
    def to_mend(self, practice):
        return _titles(practice, checklist.RED)

    @admin.display(description="To look at")
    def to_look_at(self, practice):
        return _titles(practice, checklist.AMBER)


def _titles(practice, colour) -> str:
    return ", ".join(line.title for line in practice.checklist.of_colour(colour)) or "—"


steps.register()
