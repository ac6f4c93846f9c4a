"""Reusable plans without a patient."""

from django.db import models
from django.db.models import Q

from catalog.models import Listing
from practice.models import Membership, TenantForeignKey, TenantModel


class Protocol(TenantModel):
    """A plan to start from. `owner` is None where it serves the whole practice; one that came
    from a vendor names it, and is written anew when it is taken in again."""

    name = models.CharField(max_length=200)
    message = models.CharField("message to the patient", max_length=500, blank=True)
    owner = TenantForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="protocols"
    )
    vendor = models.CharField(max_length=30, blank=True)
    account_id = models.CharField(max_length=120, blank=True)
    vendor_protocol_id = models.CharField(max_length=120, blank=True)
    left_out = models.JSONField(
        default=list, help_text="Sentences about what could not be taken in."
    )
    taken_in_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "vendor", "vendor_protocol_id"],
                condition=~Q(vendor_protocol_id=""),
                name="one_vendor_protocol",
            )
        ]
        indexes = [models.Index(fields=["practice", "name"], name="protocol_by_name")]

    def __str__(self):
        return self.name


class ProtocolItem(TenantModel):
    """One product of a protocol, as it will stand on a plan."""

    protocol = TenantForeignKey(Protocol, on_delete=models.CASCADE, related_name="items")
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveIntegerField(default=0)
    units = models.PositiveIntegerField("bottles to buy", default=1)
    duration_days = models.PositiveIntegerField(null=True, blank=True, help_text="Empty: ongoing.")
    as_needed = models.BooleanField(default=False)
    doses = models.JSONField(default=list, help_text="[{slot, quantity, with_food}], as text.")
    sig = models.CharField("directions in words", max_length=300, blank=True)
    notes = models.CharField("note to the patient", max_length=500, blank=True)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "protocol", "listing"], name="one_protocol_item_a_listing"
            ),
            models.CheckConstraint(
                condition=Q(units__gte=1, units__lte=99), name="protocol_units_1_to_99"
            ),
        ]

    def __str__(self):
        return f"Protocol item {self.pk}"
