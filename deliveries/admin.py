"""Read-only lists for the operator's staff. No names, addresses or proof."""

from django.contrib import admin
from django.urls import reverse

from deliveries.models import Delivery, DeliveryEvent, Proof
from practice import handled
from practice.admin import ReadOnlyAdmin


class ListedAdmin(ReadOnlyAdmin):
    """Shows the fields it names and no others."""

    def get_readonly_fields(self, request, obj=None):
        return self.fields


@admin.register(Delivery)
class DeliveryAdmin(ListedAdmin):
    list_display = ["id", "practice", "state", "attempts", "delivery_date", "created_at"]
    list_filter = ["state"]
    list_select_related = ["practice"]
    search_fields = ["barcode", "parcel_id"]
    fields = [
        *("practice", "state", "attempts", "not_before_at", "lease_until", "barcode", "parcel_id"),
        *("other_parcel_id", "priority", "delivery_date", "review_reason", "created_at"),
        *("attempted_at", "accepted_at", "delivered_at", "failed_at"),
    ]


@admin.register(DeliveryEvent)
class DeliveryEventAdmin(ListedAdmin):
    list_display = ["id", "practice", "type", "parcel_id", "delivery_id", "happened_at"]
    list_filter = ["type"]
    list_select_related = ["practice"]
    search_fields = ["parcel_id"]
    fields = ["practice", "type", "parcel_id", "delivery_id", "happened_at"]


@admin.register(Proof)
class ProofAdmin(ListedAdmin):
    list_display = ["id", "practice", "kind", "attempts", "fetched_at", "given_up"]
    list_filter = ["given_up"]
    list_select_related = ["practice"]
    fields = ["practice", "kind", "attempts", "fetched_at", "given_up", "last_error"]


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
