"""Laboratory orders and their results."""

from django.db import models
from django.db.models import Q

from practice import sealing
from practice.models import (
    Connection,
    Patient,
    TenantForeignKey,
    TenantModel,
    TenantQuerySet,
    Work,
    WorkQuerySet,
)


class LabQuerySet(WorkQuerySet, TenantQuerySet):
    pass


class LabOrder(TenantModel, Work):
    """A laboratory order as the vendor holds it, read again while it can still change."""

    class State(models.TextChoices):
        NOT_PURCHASED = "not_purchased", "Recommended"
        PURCHASED = "purchased", "Bought"
        TO_BOOK = "to_book", "Appointment to be booked"
        BOOKED = "booked", "Appointment booked"
        PROCESSING = "processing", "Sample at the laboratory"
        PARTIAL = "partial", "Some results"
        READY = "ready", "All results"
        AMENDED = "amended", "Results amended"
        TO_INTERPRET = "to_interpret", "To be interpreted"
        SHARED = "shared", "Interpretation shared"
        UNKNOWN = "unknown", "State unknown"

    patient = TenantForeignKey(Patient, on_delete=models.PROTECT, related_name="lab_orders")
    connection = TenantForeignKey(
        Connection, on_delete=models.PROTECT, related_name="+", help_text="Who reads it."
    )
    vendor = models.CharField(max_length=30)
    account_id = models.CharField(max_length=120, help_text="The vendor's clinic.")
    vendor_lab_order_id = models.CharField(max_length=120)
    name = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=20, choices=State.choices)
    raw_state = models.CharField(max_length=60, blank=True)
    tests = models.JSONField(default=list, help_text="[{id, name}].")
    raw = sealing.SealedTextField(
        blank=True, bound_to=("practice_id", "vendor", "vendor_lab_order_id")
    )
    first_seen_at = models.DateTimeField()
    changed_at = models.DateTimeField(help_text="When we first saw the present state.")
    amended_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField()

    objects = LabQuerySet.as_manager()

    class Meta:
        ordering = ["-first_seen_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "vendor", "vendor_lab_order_id"], name="one_lab_order"
            )
        ]
        indexes = [
            models.Index(fields=["practice", "patient", "-first_seen_at"], name="lab_by_patient"),
            models.Index(
                fields=["not_before_at"],
                condition=Q(not_before_at__isnull=False),
                name="lab_to_read",
            ),
        ]

    def __str__(self):
        return self.name or f"Laboratory order {self.vendor_lab_order_id}"


class LabResult(TenantModel, Work):
    """One result document. An amended one is kept beside what it amends, as the next version.

    Which tests it answers is not said by the vendor, and never guessed.
    """

    order = TenantForeignKey(LabOrder, on_delete=models.PROTECT, related_name="results")
    vendor_result_id = models.CharField(max_length=120)
    version = models.PositiveIntegerField(default=1)
    name = models.CharField(max_length=300, blank=True)
    content = sealing.SealedBinaryField(blank=True, default=b"")
    content_type = models.CharField(max_length=40, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    fetched_at = models.DateTimeField(null=True, blank=True)
    given_up = models.BooleanField(default=False)

    objects = LabQuerySet.as_manager()

    class Meta:
        ordering = ["vendor_result_id", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "order", "vendor_result_id", "version"],
                name="one_version_of_a_result",
            )
        ]
        indexes = [
            models.Index(
                fields=["not_before_at"],
                condition=Q(fetched_at__isnull=True, given_up=False),
                name="result_to_fetch",
            )
        ]

    def __str__(self):
        return self.name or self.vendor_result_id
