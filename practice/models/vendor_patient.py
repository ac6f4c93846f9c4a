"""Patients as a dispensary holds them, for a person to say who they are here."""

from django.db import models

from practice.models.base import (
    TenantForeignKey,
    TenantModel,
    TenantQuerySet,
    Work,
    WorkQuerySet,
)
from practice.models.connection import Connection
from practice.models.members import Membership
from practice.models.patient import Patient


class VendorPatient(TenantModel):
    """One patient of a dispensary's account, as it was last read there."""

    class Decision(models.TextChoices):
        OPEN = "open", "To be decided"
        LINKED = "linked", "Linked to a patient of ours"
        ADDED = "added", "Taken in as a new patient"
        LEFT = "left", "Left out"

    vendor = models.CharField(max_length=30)
    account_id = models.CharField(max_length=120, help_text="The vendor's clinic.")
    vendor_patient_id = models.CharField(max_length=120)
    first_name = models.CharField(max_length=120, blank=True)
    last_name = models.CharField(max_length=120, blank=True)
    email = models.CharField(max_length=254, blank=True)
    birth_date = models.DateField(null=True, blank=True)
    sex = models.CharField(max_length=10, choices=Patient.Sex.choices, blank=True, default="")
    phone = models.CharField(max_length=40, blank=True, help_text="As the vendor writes it.")
    our_id = models.CharField(max_length=120, blank=True, help_text="What we left there, if any.")
    is_dependent = models.BooleanField(null=True, blank=True)
    guardian_id = models.CharField(max_length=120, blank=True, help_text="The vendor's patient.")
    is_archived = models.BooleanField(default=False)
    decision = models.CharField(max_length=10, choices=Decision.choices, default=Decision.OPEN)
    decided_by = models.CharField(max_length=120, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField()
    changed_at = models.DateTimeField(
        null=True, blank=True, help_text="When a change there came that nobody has looked at."
    )

    class Meta:
        ordering = ["last_name", "first_name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "vendor", "account_id", "vendor_patient_id"],
                name="one_row_a_vendor_patient",
            )
        ]
        indexes = [
            models.Index(
                fields=["practice", "decision", "last_name", "first_name"],
                name="vendor_patient_to_decide",
            )
        ]

    def __str__(self):
        return f"{self.vendor} {self.vendor_patient_id}"

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


class PatientReadingQuerySet(WorkQuerySet, TenantQuerySet):
    pass


class PatientReading(TenantModel, Work):
    """One reading of all patients of an account, page by page."""

    class State(models.TextChoices):
        QUEUED = "queued", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    OPEN = ["queued", "running"]

    connection = TenantForeignKey(Connection, on_delete=models.PROTECT, related_name="+")
    asked_by = TenantForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=20, choices=State.choices, default=State.QUEUED)
    next_page = models.PositiveIntegerField(default=1)
    seen = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(null=True, blank=True)
    asked_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = PatientReadingQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "connection"],
                condition=models.Q(state__in=["queued", "running"]),
                name="one_open_reading_a_connection",
            )
        ]
        indexes = [
            models.Index(
                fields=["state", "not_before_at"],
                condition=models.Q(state__in=["queued", "running"]),
                name="patient_reading_to_do",
            ),
            models.Index(fields=["practice", "-asked_at"], name="patient_reading_by_time"),
        ]

    def __str__(self):
        return f"reading {self.pk} of connection {self.connection_id}"


class PatientCreationQuerySet(WorkQuerySet, TenantQuerySet):
    pass


class PatientCreation(TenantModel, Work):
    """A patient of ours whom a vendor was asked to create, written down before it is asked: an
    answer that is lost is looked up, and nobody is created twice."""

    class State(models.TextChoices):
        OPEN = "open", "Asked, not known whether it happened"
        MADE = "made", "Created"
        NOT_MADE = "not_made", "Not created"

    patient = TenantForeignKey(Patient, on_delete=models.PROTECT, related_name="creations")
    connection = TenantForeignKey(Connection, on_delete=models.PROTECT, related_name="+")
    asked_by = TenantForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    our_id = models.CharField(max_length=120, help_text="What the patient carries there.")
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    asked_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)

    objects = PatientCreationQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-id"]
        verbose_name_plural = "patients to be created at a dispensary"
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "patient", "connection"],
                condition=models.Q(state="open"),
                name="one_open_creation",
            )
        ]
        indexes = [
            models.Index(
                fields=["not_before_at"],
                condition=models.Q(state="open"),
                name="creation_to_settle",
            ),
            models.Index(fields=["practice", "patient"], name="creation_by_patient"),
        ]

    def __str__(self):
        return f"creation of {self.our_id}"

    def settle(self, state: str, now):
        self.state, self.settled_at, self.lease_until = state, now, None
        self.save(update_fields=["state", "settled_at", "lease_until"])
