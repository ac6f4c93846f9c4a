"""Parcels at the courier and what became of them."""

import secrets

from django.db import models
from django.db.models import Q

from practice.models import (
    Membership,
    Patient,
    Receipt,
    TenantForeignKey,
    TenantModel,
    TenantQuerySet,
    Work,
    WorkQuerySet,
)
from recommendations.models import Plan


def new_barcode() -> str:
    """Our per-order key at the courier, the same on every attempt (ScriptRun reference 5.2)."""
    return f"ORD-{secrets.token_hex(12).upper()}"


class DeliveryQuerySet(WorkQuerySet, TenantQuerySet):
    def open(self):
        return self.filter(state__in=Delivery.OPEN)


class Delivery(TenantModel, Work):
    """One parcel to one patient. The row is the queue entry and the outbox."""

    class State(models.TextChoices):
        READY = "ready", "Ready to book"
        SENDING = "sending", "Booking"
        ACCEPTED = "accepted", "On its way"
        DELIVERED = "delivered", "Delivered"
        FAILED = "failed", "Failed"
        REJECTED = "rejected", "Rejected"
        UNKNOWN = "unknown", "Outcome unknown"
        NEEDS_REVIEW = "needs_review", "Needs review"

    OPEN = ["ready", "sending", "unknown"]

    class Priority(models.TextChoices):
        ROUTINE = "routine", "Routine"
        URGENT = "urgent", "Urgent"
        STAT = "stat", "Stat"

    class Schedule(models.TextChoices):
        II = "II", "II"
        III = "III", "III"
        IV = "IV", "IV"
        V = "V", "V"

    patient = TenantForeignKey(Patient, on_delete=models.PROTECT, related_name="deliveries")
    plan = TenantForeignKey(
        Plan, on_delete=models.PROTECT, null=True, blank=True, related_name="deliveries"
    )
    booked_by = TenantForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=20, choices=State.choices, default=State.READY)
    barcode = models.CharField(max_length=64, default=new_barcode, editable=False)
    recipient_name = models.CharField(max_length=200, help_text="The driver reads this.")
    address_line = models.CharField(max_length=300)
    phone = models.CharField(max_length=16, blank=True)
    rx_number = models.CharField("prescription number", max_length=60, blank=True)
    copay = models.DecimalField(
        "copay to collect ($)", max_digits=8, decimal_places=2, null=True, blank=True
    )
    priority = models.CharField(max_length=10, choices=Priority.choices, default=Priority.ROUTINE)
    delivery_date = models.DateField()
    requires_signature = models.BooleanField("signature required", default=False)
    cold_chain = models.BooleanField("keep cold", default=False)
    controlled_schedule = models.CharField(
        "controlled substance schedule", max_length=3, choices=Schedule.choices, blank=True
    )
    notes = models.CharField(
        max_length=300, blank=True, help_text="The driver may read this: no clinical words."
    )
    parcel_id = models.CharField(max_length=120, blank=True)
    warnings = models.JSONField(default=list)
    fail_reason = models.CharField(max_length=200, blank=True)
    copay_collected = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True)
    review_reason = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    attempted_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(fields=["practice", "barcode"], name="one_barcode_a_delivery"),
            models.UniqueConstraint(
                fields=["practice", "parcel_id"],
                condition=~Q(parcel_id=""),
                name="one_parcel_a_delivery",
            ),
            models.CheckConstraint(
                condition=Q(controlled_schedule="") | Q(requires_signature=True),
                name="controlled_needs_signature",
            ),
        ]
        indexes = [
            models.Index(fields=["practice", "state", "-id"], name="delivery_by_state"),
            models.Index(fields=["practice", "patient", "-id"], name="delivery_by_patient"),
            models.Index(
                fields=["state", "not_before_at"],
                condition=Q(state__in=["ready", "sending", "unknown"]),
                name="delivery_to_do",
            ),
        ]

    def __str__(self):
        return f"Delivery {self.pk}"


class DeliveryEvent(TenantModel):
    """One courier event of one parcel. `delivery` is null while nobody knows the parcel."""

    delivery = TenantForeignKey(
        Delivery, on_delete=models.PROTECT, null=True, blank=True, related_name="events"
    )
    receipt = models.OneToOneField(Receipt, on_delete=models.PROTECT, related_name="delivery_event")
    parcel_id = models.CharField(max_length=120)
    type = models.CharField(max_length=60)
    happened_at = models.DateTimeField()
    data = models.JSONField(default=dict)

    class Meta:
        ordering = ["happened_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "parcel_id", "type", "happened_at"],
                name="one_event_a_parcel_type_time",
            )
        ]
        indexes = [
            models.Index(fields=["practice", "delivery", "happened_at"], name="event_by_delivery")
        ]

    def __str__(self):
        return f"{self.type} of {self.parcel_id}"


class Proof(TenantModel):
    """A photograph or signature taken at the door, fetched once and kept sealed."""

    class Kind(models.TextChoices):
        PHOTO = "photo", "Photograph"
        SIGNATURE = "signature", "Signature"

    delivery = TenantForeignKey(Delivery, on_delete=models.PROTECT, related_name="proofs")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    url = models.URLField(max_length=500)
    content_type = models.CharField(max_length=40, blank=True)
    sealed = models.TextField(blank=True, editable=False)
    fetched_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "delivery", "kind"], name="one_proof_a_kind"
            )
        ]

    def __str__(self):
        return f"{self.kind} of {self.delivery_id}"
