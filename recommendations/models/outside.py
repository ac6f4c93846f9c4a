"""Plans that clinicians made at a vendor itself."""

from django.db import models

from practice import outward, sealing
from practice.models import (
    Connection,
    Patient,
    PatientLink,
    TenantForeignKey,
    TenantModel,
    TenantQuerySet,
    Work,
    WorkQuerySet,
)
from practice.vendors import registry


class OutsidePlan(TenantModel):
    """A plan that was made at a vendor and not here. It is shown and never changed."""

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        ACTIVE = "active", "Active"
        CANCELLED = "cancelled", "Cancelled"
        UNKNOWN = "unknown", "State unknown"

    patient = TenantForeignKey(Patient, on_delete=models.PROTECT, related_name="outside_plans")
    vendor = models.CharField(max_length=30)
    account_id = models.CharField(max_length=120, help_text="The vendor's clinic.")
    vendor_plan_id = models.CharField(max_length=120)
    state = models.CharField(max_length=20, choices=State.choices)
    raw_state = models.CharField(max_length=60, blank=True)
    practitioner_id = models.CharField(max_length=120, blank=True, help_text="The vendor's.")
    link = models.URLField(max_length=500, blank=True, help_text="Where the patient orders.")
    lines = models.JSONField(default=list, help_text="[{sku, name, units, how, notes}].")
    raw = sealing.SealedTextField(blank=True, bound_to=("practice_id", "vendor", "vendor_plan_id"))
    made_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField()

    class Meta:
        ordering = ["-made_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "vendor", "vendor_plan_id"], name="one_outside_plan"
            )
        ]
        indexes = [
            models.Index(fields=["practice", "patient", "-made_at"], name="outside_by_patient")
        ]

    def __str__(self):
        return f"{self.vendor} {self.vendor_plan_id}"

    @property
    def label(self) -> str:
        return registry.VENDORS[self.vendor].label

    @property
    def shown_state(self) -> str:
        """Our word for the state; the vendor's where we have none, or where its own is all that
        is told."""
        theirs = self.state == self.State.UNKNOWN or self.status_note
        return self.raw_state if theirs and self.raw_state else self.get_state_display()

    @property
    def status_note(self) -> str:
        """What the vendor's word for the state does not tell."""
        return registry.VENDORS[self.vendor].status_note

    @property
    def order_link(self) -> str:
        """Where the patient orders; '' unless it leads to the vendor."""
        return self.link if outward.is_theirs(self.vendor, self.link) else ""


class PlanReadingQuerySet(WorkQuerySet, TenantQuerySet):
    pass


class PlanReading(TenantModel, Work):
    """The reading of the plans that a linked patient has at the vendor: one row a link, run
    over and over. `not_before_at` says when it is due again."""

    link = TenantForeignKey(PatientLink, on_delete=models.CASCADE, related_name="+")
    read_at = models.DateTimeField(null=True, blank=True)

    objects = PlanReadingQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["practice", "link"], name="one_reading")]
        indexes = [
            models.Index(
                fields=["not_before_at"],
                condition=models.Q(not_before_at__isnull=False),
                name="plans_to_read",
            )
        ]

    def __str__(self):
        return f"plans of link {self.link_id}"


class AddressReading(TenantModel, Work):
    """The reading of what one practitioner's account sent to one e-mail address, at a vendor that
    knows patients by it: run over and over. The row without an address reads which addresses
    the account knows. Practice-wide: a member who is narrowed to their own patients sees none.
    """

    connection = TenantForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    email = models.EmailField(blank=True, help_text="In lower case.")
    read_at = models.DateTimeField(null=True, blank=True)

    objects = PlanReadingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "connection", "email"], name="one_reading_an_address"
            )
        ]
        indexes = [
            models.Index(
                fields=["not_before_at"],
                condition=models.Q(not_before_at__isnull=False),
                name="addresses_to_read",
            )
        ]

    def __str__(self):
        return f"plans of an address over connection {self.connection_id}"
