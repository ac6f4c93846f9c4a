"""What patients ordered at a vendor."""

from django.db import models

from practice import sealing
from practice.models import Patient, TenantForeignKey, TenantModel


class Order(TenantModel):
    """An order as the vendor holds it. Its money is not documented and not read."""

    patient = TenantForeignKey(Patient, on_delete=models.PROTECT, related_name="orders")
    vendor = models.CharField(max_length=30)
    account_id = models.CharField(max_length=120, help_text="The vendor's clinic.")
    vendor_order_id = models.CharField(max_length=120)
    number = models.CharField(max_length=60, blank=True)
    raw_state = models.CharField(max_length=60, blank=True)
    placed_at = models.DateTimeField(null=True, blank=True)
    lines = models.JSONField(default=list, help_text="[{sku, name, quantity, kind, raw_kind}].")
    plan_ids = models.JSONField(default=list, help_text="The vendor's ids of plans.")
    raw = sealing.SealedTextField(blank=True, bound_to=("practice_id", "vendor", "vendor_order_id"))
    read_at = models.DateTimeField()

    class Meta:
        ordering = ["-placed_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "vendor", "vendor_order_id"], name="one_vendor_order"
            )
        ]
        indexes = [
            models.Index(fields=["practice", "patient", "-placed_at"], name="order_by_patient")
        ]

    def __str__(self):
        return f"{self.vendor} {self.number or self.vendor_order_id}"
