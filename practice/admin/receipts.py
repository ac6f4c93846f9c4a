"""The desk of webhooks: what came, what became of it, and working it off once more.

The body holds patients' data: it is shown on its own page, for a reason that is kept.
"""

import json
from collections import Counter

from django.contrib import admin, messages
from django.db.models import Count
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html_join

from practice import attention, handled, replay, sealing
from practice.admin import confirm
from practice.admin.base import ReadOnlyAdmin
from practice.admin.lights import light
from practice.models import Receipt
from practice.tasking import nudge_once
from practice.tasks import work_off_receipts

State = Receipt.State
LIGHTS = {
    State.FAILED: "red",
    State.QUARANTINED: "amber",
    State.NEW: "amber",
    State.WORKING: "amber",
    State.DONE: "green",
    State.IGNORED: "green",
}
REHEARSED = 50


@admin.register(Receipt)
class ReceiptAdmin(ReadOnlyAdmin):
    list_display = [
        "received_at",
        "vendor",
        "event_type",
        "practice",
        "verdict",
        "found_by",
        "shown_state",
        "attempts",
        "repeats",
        "last_error",
        "became",
    ]
    list_filter = ["state", "verdict", "found_by", "vendor"]
    list_select_related = ["practice"]
    search_fields = ["event_id", "account_id"]
    fields = [
        *("practice", "vendor", "event_type", "event_id", "account_id", "verdict"),
        *(
            "found_by",
            "shown_state",
            "attempts",
            "repeats",
            "last_error",
            "received_at",
            "done_at",
            "not_before_at",
        ),
        *("lease_until", "became"),
    ]
    readonly_fields = ["shown_state", "became"]
    ordering = ["-id"]
    deeds = ("replay", "rehearse", "free", "ignore", "show_body")

    def prepare(self, request, rows):
        found = handled.of(rows)
        for receipt in rows:
            receipt.became = found[receipt.pk]

    def get_queryset(self, request):
        return super().get_queryset(request).defer("body")

    @admin.display(description="State", ordering="state")
    def shown_state(self, receipt):
        return light(LIGHTS[receipt.state], receipt.get_state_display())

    @admin.display(description="What became of it")
    def became(self, receipt):
        links = [(row.url, row.label) for row in receipt.became]
        return format_html_join(", ", '<a class="staff-link" href="{}">{}</a>', links) or "—"

    @confirm.deed(
        "Replay",
        explain="Each is worked off once more, from its first attempt. What it did before "
        "stays as it is: every effect happens once.",
    )
    def replay(self, request, rows, given):
        chosen = replay.again(rows)
        nudge_once(work_off_receipts)
        return self._told(rows, chosen, "Will be worked off again")

    @confirm.deed(
        "Rehearse a replay",
        explain="The handler is run and everything it did is taken back. You see what it "
        "would do, or its error. No vendor is called.",
        button="Rehearse",
        most=REHEARSED,
    )
    def rehearse(self, request, rows, given):
        now = timezone.now()
        found = [replay.rehearse(receipt, now) for receipt in rows]
        return confirm.page(
            self,
            request,
            "admin/rehearsed.html",
            title="What a replay would do",
            found=found,
            back=reverse("admin:practice_receipt_changelist"),
        )

    @confirm.deed(
        "Free from quarantine",
        explain="They were rightly signed and too old when they came. Freed, they are worked "
        "off like any other.",
        button="Free",
        form=confirm.Reason,
    )
    def free(self, request, rows, given):
        chosen = replay.free(rows)
        nudge_once(work_off_receipts)
        return self._told(rows, chosen, "Freed and worked off")

    @confirm.deed(
        "Ignore",
        explain="Nobody works them off any more, until somebody replays them.",
        form=confirm.Reason,
    )
    def ignore(self, request, rows, given):
        return self._told(rows, replay.ignore(rows, timezone.now()), "Ignored")

    @confirm.deed(
        "Show the body",
        explain="It holds data of patients. The audit trail keeps that you saw it, and why.",
        form=confirm.Reason,
        most=1,
    )
    def show_body(self, request, rows, given):
        [receipt] = rows
        return confirm.page(
            self,
            request,
            "admin/receipt_body.html",
            title=f"Body of receipt {receipt.pk}",
            body=_readable(receipt),
            back=reverse("admin:practice_receipt_change", args=[receipt.pk]),
        )

    @staticmethod
    def _told(rows, chosen, words):
        left = confirm.Outcome("Left alone, in another state", messages.WARNING)
        told = Counter({confirm.Outcome(words): len(chosen), left: len(rows) - len(chosen)})
        return +told


def _readable(receipt: Receipt) -> str:
    try:
        body = receipt.content()
    except sealing.CannotOpen:
        return "Our keys do not open it."
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except ValueError:
        return body.decode("utf-8", "replace")


def in_trouble(practice, now):
    receipts = Receipt.objects.filter(state__in=[State.FAILED, State.QUARANTINED])
    if practice:
        receipts = receipts.for_practice(practice)
    counts = Counter(dict(receipts.values_list("state").annotate(Count("pk")).order_by()))
    page = reverse("admin:practice_receipt_changelist") + "?state__exact="
    failed, held = State.FAILED, State.QUARANTINED
    return [
        attention.Figure("Webhooks that failed", counts[failed], page + failed),
        attention.Figure("Webhooks in quarantine", counts[held], page + held, tone=attention.AMBER),
    ]


attention.add(in_trouble)
