"""What patients ordered at a vendor."""

import json

from django.db import models
from django.db.models import Exists, OuterRef, Q

from practice import sealing
from practice.models import (
    Patient,
    PatientLink,
    TenantForeignKey,
    TenantModel,
    TenantQuerySet,
    Work,
    WorkQuerySet,
)
from practice.vendors import registry


class LinkedQuerySet(TenantQuerySet):
    def of_linked(self):
        """Of patients who are still linked to whom it belongs at the vendor: what was read
        under a link that was taken back may be somebody else's."""
        links = PatientLink.objects.standing().filter(
            practice=OuterRef("practice"),
            patient=OuterRef("patient"),
            vendor=OuterRef("vendor"),
            account_id=OuterRef("account_id"),
            vendor_patient_id=OuterRef("vendor_patient_id"),
        )
        return self.filter(Exists(links))


class OrderQuerySet(LinkedQuerySet):
    def newest(self):
        """The last ordered first, those without a date at the end."""
        return self.order_by(models.F("placed_at").desc(nulls_last=True), "-pk")


class Order(TenantModel):
    """An order as the vendor holds it. Its money is not documented and not read."""

    LABS = "labs"

    patient = TenantForeignKey(Patient, on_delete=models.PROTECT, related_name="orders")
    vendor = models.CharField(max_length=30)
    account_id = models.CharField(max_length=120, help_text="The vendor's clinic.")
    vendor_patient_id = models.CharField(max_length=120, blank=True)
    vendor_order_id = models.CharField(max_length=120)
    number = models.CharField(max_length=60, blank=True)
    raw_state = models.CharField(max_length=60, blank=True)
    placed_at = models.DateTimeField(null=True, blank=True)
    lines = models.JSONField(default=list, help_text="[{sku, name, quantity, kind, raw_kind}].")
    plan_ids = models.JSONField(default=list, help_text="The vendor's ids of plans.")
    raw = sealing.SealedTextField(blank=True, bound_to=("practice_id", "vendor", "vendor_order_id"))
    read_at = models.DateTimeField()

    objects = OrderQuerySet.as_manager()

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

    @property
    def in_words(self) -> str:
        """`3 products and 1 laboratory test`."""
        lab = sum(line["kind"] == self.LABS for line in self.lines)
        parts = [
            f"{count} {word}{'' if count == 1 else 's'}"
            for count, word in ((len(self.lines) - lab, "product"), (lab, "laboratory test"))
            if count
        ]
        return " and ".join(parts) or "nothing that Regimen could read"

    @property
    def label(self) -> str:
        return registry.VENDORS[self.vendor].label

    def keep(self, raw: dict) -> None:
        """Seals the vendor's own object, unless it is the one that is sealed already."""
        if sealing.unseal(self, "raw") != (text := json.dumps(raw, sort_keys=True)):
            sealing.seal(self, "raw", text)


class OrderReadingQuerySet(WorkQuerySet, TenantQuerySet):
    def to_do(self, now):
        """Due, of a link that stands, and held by no living worker."""
        free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
        return self.filter(free, link__unlinked_at__isnull=True).due(now)


class OrderReading(TenantModel, Work):
    """What one linked patient ordered is read every night: nothing tells of a refund."""

    link = TenantForeignKey(PatientLink, on_delete=models.PROTECT, related_name="order_readings")
    read_at = models.DateTimeField(null=True, blank=True)
    labs_refused_at = models.DateTimeField(
        null=True, blank=True, help_text="Since when the vendor does not show us laboratory orders."
    )

    objects = OrderReadingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["practice", "link"], name="one_reading_a_link")
        ]
        indexes = [models.Index(fields=["not_before_at"], name="orders_to_read")]

    def __str__(self):
        return f"orders of link {self.link_id}"
