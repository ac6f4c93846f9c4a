"""The desk of sendings: what did not simply arrive, first. Nothing is sent from here: what is
unknown is looked up, or somebody who looked at the vendor says what is there."""

import dataclasses
import datetime as dt
from collections import Counter

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Case, Count, IntegerField, Q, Value, When
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone
from unfold.widgets import UnfoldAdminTextInputWidget

from practice import attention, audit, connect, handled, sealing, tenancy
from practice.admin import ClinicalAdmin, confirm
from practice.admin.lights import light
from practice.middleware import opens_itself
from practice.models import Receipt
from practice.tasking import nudge
from practice.vendors import registry
from practice.vendors.contract import BadAnswer, VendorError
from recommendations import decide, receive, tasks
from recommendations.models import Sending
from recommendations.sign import NotReady

State = Sending.State
LIGHTS = {
    State.UNKNOWN: "red",
    State.NEEDS_REVIEW: "red",
    State.REFUSED: "amber",
    State.QUEUED: "amber",
    State.SENDING: "amber",
    State.HAND_OVER: "amber",
    State.SENT: "green",
    State.CONFIRMED: "green",
}
STUCK_AFTER = dt.timedelta(minutes=10)


def stuck(now: dt.datetime) -> Q:
    """Rows that a worker should long have taken up: their time has come, or their lease ran
    out, and nobody did."""
    before = now - STUCK_AFTER
    waits = Q(lease_until=None) & (
        Q(not_before_at__lt=before) | Q(not_before_at=None, created_at__lt=before)
    )
    return Q(state__in=Sending.OPEN) & (waits | Q(lease_until__lt=before))


class Found(confirm.Reason):
    number = forms.CharField(
        label="Number of the plan there",
        max_length=120,
        help_text="As the vendor shows it. It is read there and must be this patient's.",
        widget=UnfoldAdminTextInputWidget,
    )
    field_order = ["number", "reason"]


@admin.register(Sending)
class SendingAdmin(ClinicalAdmin):
    """The list holds no words of a vendor: a refusal may name the patient or a product."""

    list_display = [
        "id",
        "practice",
        "plan",
        "vendor",
        "road",
        "shown_state",
        "is_stuck",
        "attempts",
        "look_ups",
        "attempted_at",
        "settled_at",
    ]
    list_filter = ["state", "vendor", "road"]
    list_select_related = ["practice", "plan"]
    search_fields = ["reference", "vendor_plan_id", "request_id"]
    fields = [
        *("practice", "plan", "vendor", "connection", "road", "shown_state", "is_stuck"),
        *("reference", "vendor_plan_id", "raw_state", "attempts", "look_ups", "not_before_at"),
        *("lease_until", "last_error", "request_id"),
        *("created_at", "attempted_at", "opened_at", "settled_at", "checked_at"),
        *("accepted_at", "accepted_by"),
    ]
    readonly_fields = ["shown_state", "is_stuck"]
    deeds = ("look_up", "not_there")

    def patient_of(self, sending):
        return sending.plan.patient_id

    def get_queryset(self, request):
        when = stuck(timezone.now())
        is_stuck = Case(When(when, then=Value(1)), default=Value(0), output_field=IntegerField())
        return super().get_queryset(request).annotate(stuck=is_stuck)

    def get_ordering(self, request):
        """What nobody knows first, then what waits for a person, was refused, or is stuck."""
        trouble = Case(
            When(state=State.UNKNOWN, then=Value(0)),
            When(state=State.NEEDS_REVIEW, then=Value(1)),
            When(state=State.REFUSED, then=Value(2)),
            When(stuck(timezone.now()), then=Value(3)),
            default=Value(9),
            output_field=IntegerField(),
        )
        return [trouble.asc(), "-id"]

    def get_urls(self):
        found = self.admin_site.admin_view(self.found_view)
        name = "recommendations_sending_found"
        return [path("<int:pk>/found/", found, name=name), *super().get_urls()]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        sending = self.get_object(request, object_id)
        more = {
            "row_summary": "admin/_sending.html",
            "may_act": self.has_act_permission(request),
            "differences": sending.differences if sending else [],
            "label": sending.label if sending else "",
        }
        return super().change_view(request, object_id, form_url, more | (extra_context or {}))

    @admin.display(description="State", ordering="state")
    def shown_state(self, sending):
        return light(LIGHTS[sending.state], sending.get_state_display())

    @admin.display(description="Stuck", ordering="stuck")
    def is_stuck(self, sending):
        return light("red", "Nobody took it up") if sending.stuck else "—"

    @confirm.deed(
        "Look up",
        explain="A worker looks for each at the vendor, as its own clinician. Nothing is sent. "
        "One plan there that fits settles it; otherwise it stays with a person.",
    )
    def look_up(self, request, rows, given):
        outcomes = Counter()
        for sending in rows:
            try:
                decide.look_up_again(sending, timezone.now())
            except NotReady as refusal:
                outcomes[confirm.Outcome(str(refusal).rstrip("."), messages.WARNING)] += 1
            else:
                nudge(tasks.look_up, sending.practice_id, sending.pk)
                outcomes[confirm.Outcome("Looked up by a worker")] += 1
        return outcomes

    @confirm.deed(
        "It is not there",
        explain="You looked at the vendor and found no such plan. It is settled as not sent; "
        "nothing is sent again. The clinician reads that and decides.",
        form=confirm.Reason,
    )
    def not_there(self, request, rows, given):
        outcomes = Counter()
        for sending in rows:
            try:
                decide.it_is_not_there(sending, "Regimen's staff", timezone.now())
            except NotReady as refusal:
                outcomes[confirm.Outcome(str(refusal).rstrip("."), messages.WARNING)] += 1
            else:
                outcomes[confirm.Outcome("Settled as not sent")] += 1
        return outcomes

    @opens_itself
    def found_view(self, request, pk):
        """Somebody found the plan at the vendor: it is read there before it is believed."""
        with tenancy.unit():
            if not self.has_act_permission(request):
                raise PermissionDenied
            rows = self.get_queryset(request).select_related("connection", "plan__patient")
            sending = get_object_or_404(rows, pk=pk)
            form = Found(request.POST or None)
            if not form.is_valid():
                return self._found_page(request, sending, form).render()
        actor = dataclasses.replace(tenancy.actor(), reason=form.cleaned_data["reason"])
        practice = tenancy.of_practice(sending.practice_id)
        with tenancy.acting(actor), tenancy.declare(practice):
            self._believe(request, sending, form.cleaned_data["number"])
        return redirect("admin:recommendations_sending_change", pk)

    def _believe(self, request, sending, number):
        with tenancy.unit():
            audit.did([sending], "It is there")
        try:
            held = connect.call(
                sending.connection,
                lambda client: sending.spec.read(client, number, sending.connection.email),
            )
        except VendorError:
            held = None
        try:
            decide.it_is_there(sending, held, timezone.now())
        except NotReady as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"Found at {sending.label}: 1 sending.")

    def _found_page(self, request, sending, form):
        return confirm.page(
            self,
            request,
            "admin/sending_found.html",
            status=422 if form.is_bound else 200,
            title="It is there: 1 sending?",
            sending=sending,
            form=form,
            back=reverse("admin:recommendations_sending_change", args=[sending.pk]),
        )


def in_trouble(practice, now):
    rows = Sending.objects.for_practice(practice) if practice else Sending.objects.all()
    unknown = Q(state__in=[State.UNKNOWN, State.NEEDS_REVIEW])
    counts = rows.aggregate(
        unknown=Count("pk", filter=unknown),
        refused=Count("pk", filter=Q(state=State.REFUSED)),
        stuck=Count("pk", filter=stuck(now)),
    )
    page = reverse("admin:recommendations_sending_changelist")
    figure = attention.Figure
    return [
        figure("Sendings of unknown outcome", counts["unknown"], page),
        figure("Sendings that are stuck", counts["stuck"], page),
        figure(
            "Sendings refused",
            counts["refused"],
            f"{page}?state__exact={State.REFUSED}",
            attention.AMBER,
        ),
    ]


def plans_of(receipts):
    """The sendings whose plans at the vendor these receipts tell of."""
    wanted = [
        receipt.pk
        for receipt in receipts
        for module in [registry.VENDORS[receipt.vendor].webhook]
        if module and module.KINDS.get(receipt.event_type) in receive.MEANINGS
    ]
    if not wanted:
        return {}
    told = {receipt: _plan_ids(receipt) for receipt in Receipt.objects.filter(pk__in=wanted)}
    sendings = Sending.objects.filter(
        vendor_plan_id__in={plan_id for plan_ids in told.values() for plan_id in plan_ids}
    )
    return {
        receipt.pk: [
            handled.Handled(
                f"sending {sending.pk}",
                reverse("admin:recommendations_sending_change", args=[sending.pk]),
            )
            for sending in sendings
            if sending.vendor == receipt.vendor and sending.vendor_plan_id in plan_ids
        ]
        for receipt, plan_ids in told.items()
    }


def _plan_ids(receipt) -> tuple[str, ...]:
    """The plans a receipt names; none where it cannot be read."""
    module = registry.VENDORS[receipt.vendor].webhook
    try:
        return module.plan_ids(module.parse(receipt.content()))
    except (BadAnswer, sealing.CannotOpen):
        return ()


attention.add(in_trouble)
handled.add(plans_of)
