"""The desk of parcels in trouble. No names, addresses or proof: the portal has those."""

import datetime as dt
from collections import Counter
from functools import reduce
from operator import or_

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanWidget

from deliveries import review, steps
from deliveries.models import Delivery, DeliveryEvent, Proof
from practice import attention, handled, tenancy
from practice.admin import ReadOnlyAdmin, confirm
from practice.admin.lights import light
from practice.models import CourierAccount

State = Delivery.State
LIGHTS = {
    State.ACCEPTED: "green",
    State.DELIVERED: "green",
    State.FAILED: "red",
    State.REJECTED: "red",
    State.NEEDS_REVIEW: "red",
}
# What ended badly stays on the desk for so long.
LATELY = dt.timedelta(days=14)
# Behind all clocks: a day that is over there is over at every practice.
LAST_ZONE = dt.timedelta(hours=12)
PAUSED = CourierAccount.objects.filter(
    practice=OuterRef("practice"), state=CourierAccount.State.PAUSED
)


def troubles(now) -> dict[str, tuple[str, Q]]:
    """Each kind of trouble: its words, and which parcels are in it."""
    over = Q(state=State.ACCEPTED, delivery_date__lt=(now - LAST_ZONE).date())
    return {
        "review": ("Needs a decision", Q(state=State.NEEDS_REVIEW) | ~Q(review_reason="")),
        "unknown": ("Outcome unknown", Q(state=State.UNKNOWN)),
        "late": ("Late, its day is over", over),
        "failed": ("Failed lately", Q(state=State.FAILED, failed_at__gt=now - LATELY)),
        "refused": ("Refused lately", Q(state=State.REJECTED, attempted_at__gt=now - LATELY)),
        "paused": ("Courier account paused", Q(state=State.READY, is_paused=True)),
    }


class TroubleFilter(admin.SimpleListFilter):
    """The desk shows what is in trouble unless it is asked for all."""

    title = "trouble"
    parameter_name = "trouble"

    def lookups(self, request, model_admin):
        return [*((key, words) for key, (words, _) in troubles(timezone.now()).items()), ALL]

    def choices(self, changelist):
        first, *others = super().choices(changelist)
        return [first | {"display": "Any trouble"}, *others]

    def queryset(self, request, queryset):
        known = {key: found for key, (_, found) in troubles(timezone.now()).items()}
        if self.value() == ALL[0]:
            return queryset
        return queryset.filter(known.get(self.value()) or reduce(or_, known.values()))


ALL = ("all", "All parcels")


class Found(confirm.Reason):
    parcel_id = forms.CharField(
        label="Package id",
        max_length=120,
        help_text="As the courier's dashboard shows it.",
        widget=UnfoldAdminTextInputWidget,
    )


class Again(confirm.Reason):
    is_gone = forms.BooleanField(
        label="I asked the courier: the first parcel does not exist",
        required=False,
        widget=UnfoldBooleanWidget,
    )


class ListedAdmin(ReadOnlyAdmin):
    """Shows the fields it names and no others."""

    list_select_related = ["practice"]

    def get_readonly_fields(self, request, obj=None):
        return self.fields


@admin.register(Delivery)
class DeliveryAdmin(ListedAdmin):
    list_display = [
        *("id", "practice", "shown_state", "trouble", "delivery_date", "attempts", "created_at"),
    ]
    list_filter = [TroubleFilter, "state"]
    search_fields = ["barcode", "parcel_id"]
    ordering = ["-id"]
    fields = [
        *("practice", "shown_state", "trouble", "attempts", "not_before_at", "lease_until"),
        *("barcode", "parcel_id", "other_parcel_id", "priority", "delivery_date"),
        *("review_reason", "settled_reason", "created_at", "attempted_at", "accepted_at"),
        *("delivered_at", "failed_at"),
    ]
    deeds = ("found", "again", "settle")
    with_all_rows = "?trouble=all"

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(is_paused=Exists(PAUSED))

    @admin.display(description="State", ordering="state")
    def shown_state(self, delivery):
        return light(LIGHTS.get(delivery.state, "amber"), delivery.get_state_display())

    @admin.display(description="Trouble")
    def trouble(self, delivery):
        """Kinds, not the courier's own words: those may name the patient."""
        today = (timezone.now() - LAST_ZONE).date()
        said = [
            delivery.review_reason,
            "waits for a decision" if delivery.state == State.NEEDS_REVIEW else "",
            "nobody knows whether it was booked" if delivery.state == State.UNKNOWN else "",
            "its day is over" if delivery.is_overdue(today) else "",
            "failed" if delivery.state == State.FAILED else "",
            "refused by the courier" if delivery.state == State.REJECTED else "",
            "account paused" if delivery.is_paused and delivery.state == State.READY else "",
        ]
        return ", ".join(filter(None, said)) or "—"

    @confirm.deed(
        "Found at the courier",
        explain="You saw the parcel at the courier. Its package id ties it to this delivery, and "
        "what the courier reported of it counts from now on.",
        button="Tie",
        form=Found,
        watches=("state", "parcel_id"),
        most=1,
    )
    def found(self, request, rows, given):
        [delivery] = rows
        return self._decided(
            "Tied to the parcel",
            rows,
            lambda by, now: review.it_is_there(delivery, given["parcel_id"], by, now),
        )

    @confirm.deed(
        "Book again",
        explain="You asked the courier, and there is no parcel. The order is booked once more "
        "with the same barcode. With a copay or a controlled substance that has to be confirmed.",
        form=Again,
        watches=("state",),
        most=1,
    )
    def again(self, request, rows, given):
        [delivery] = rows
        return self._decided(
            "Will be booked again",
            rows,
            lambda by, now: review.send_again(delivery, by, given["is_gone"], now),
        )

    @confirm.deed(
        "Mark as looked at",
        explain="The finding (a copay that differs, a failure after the delivery, a second "
        "parcel) was looked at, and does not come back.",
        form=confirm.Reason,
        watches=("review_reason",),
        most=100,
    )
    def settle(self, request, rows, given):
        by, now = _staff(), timezone.now()
        for delivery in rows:
            review.settle(delivery, by, now)
        return Counter({confirm.Outcome("Looked at"): len(rows)})

    @staticmethod
    def _decided(words, rows, decide):
        try:
            decide(_staff(), timezone.now())
        except review.CannotDecide as why:
            return Counter({confirm.Outcome(f"{why} Nothing was done", messages.ERROR): len(rows)})
        return Counter({confirm.Outcome(words): len(rows)})


class OrphanFilter(admin.SimpleListFilter):
    title = "whose parcel"
    parameter_name = "orphans"

    def lookups(self, request, model_admin):
        return [("yes", "No delivery knows it")]

    def queryset(self, request, queryset):
        return queryset.filter(delivery__isnull=True) if self.value() == "yes" else queryset


@admin.register(DeliveryEvent)
class DeliveryEventAdmin(ListedAdmin):
    """What the courier reported. An orphan is tied by "Found at the courier" on its delivery."""

    list_display = ["id", "practice", "type", "parcel_id", "whose", "happened_at"]
    list_filter = [OrphanFilter, "type"]
    list_select_related = ["practice", "delivery"]
    search_fields = ["parcel_id"]
    ordering = ["-id"]
    fields = ["practice", "type", "parcel_id", "whose", "happened_at"]

    @admin.display(description="Delivery")
    def whose(self, event):
        if event.delivery is None:
            return light("amber", "No delivery knows it")
        page = reverse("admin:deliveries_delivery_change", args=[event.delivery_id])
        return format_html('<a class="staff-link" href="{}">{}</a>', page, event.delivery)


@admin.register(Proof)
class ProofAdmin(ListedAdmin):
    list_display = ["id", "practice", "kind", "attempts", "fetched_at", "given_up"]
    list_filter = ["given_up"]
    fields = ["practice", "kind", "attempts", "fetched_at", "given_up", "last_error"]


def _staff() -> str:
    """As the patient's timeline names who decided."""
    return f"{tenancy.actor().who}, operator's staff"


def parcels(practice, now):
    """Parcels in each kind of trouble, and events that no delivery knows."""
    rows = Delivery.objects.for_practice(practice) if practice else Delivery.objects.all()
    events = DeliveryEvent.objects.filter(delivery__isnull=True)
    if practice:
        events = events.for_practice(practice)
    kinds = troubles(now)
    counts = rows.annotate(is_paused=Exists(PAUSED)).aggregate(
        **{key: Count("pk", filter=found) for key, (_, found) in kinds.items()}
    )
    page = reverse("admin:deliveries_delivery_changelist")
    figures = [
        attention.Figure(
            f"Parcels: {words[0].lower()}{words[1:]}",
            counts[key],
            f"{page}?trouble={key}",
            attention.RED if key in ("review", "paused") else attention.AMBER,
        )
        for key, (words, _) in kinds.items()
    ]
    orphans = reverse("admin:deliveries_deliveryevent_changelist") + "?orphans=yes"
    words = "Courier events no delivery knows"
    return [*figures, attention.Figure(words, events.count(), orphans, attention.AMBER)]


attention.add(parcels)


def events_of(receipts):
    """The courier's events that receipts brought, and whose parcels they are of."""
    events = DeliveryEvent.objects.filter(receipt__in=[receipt.pk for receipt in receipts])
    found = {}
    for pk, receipt_id, delivery_id in events.values_list("pk", "receipt_id", "delivery_id"):
        event = reverse("admin:deliveries_deliveryevent_change", args=[pk])
        found[receipt_id] = [handled.Handled(f"event {pk}", event)]
        if delivery_id:
            parcel = reverse("admin:deliveries_delivery_change", args=[delivery_id])
            found[receipt_id].append(handled.Handled(f"delivery {delivery_id}", parcel))
    return found


handled.add(events_of)
steps.register()
