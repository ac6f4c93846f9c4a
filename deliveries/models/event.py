"""What the courier reported."""

from django.db import models

from deliveries.models.delivery import Delivery
from practice.models import Receipt, TenantForeignKey, TenantModel


class DeliveryEvent(TenantModel):
    """One courier event of one parcel. `delivery` is null while nobody knows the parcel."""

    delivery = TenantForeignKey(
        Delivery, on_delete=models.PROTECT, null=True, blank=True, related_name="events"
    )
    receipt = models.ForeignKey(Receipt, on_delete=models.PROTECT, db_index=False, related_name="+")
    parcel_id = models.CharField(max_length=120)
    type = models.CharField(max_length=60)
    happened_at = models.DateTimeField()
    data = models.JSONField(default=dict)

    class Meta:
        ordering = ["happened_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["practice", "receipt"], name="one_event_a_receipt"),
            models.UniqueConstraint(
                fields=["practice", "parcel_id", "type", "happened_at"],
                name="one_event_a_parcel_type_time",
            ),
        ]
        indexes = [
            models.Index(fields=["practice", "delivery", "happened_at"], name="event_by_delivery")
        ]

    def __str__(self):
        return f"{self.type} of {self.parcel_id}"
