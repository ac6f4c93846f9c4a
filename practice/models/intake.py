"""Files of patients, line by line."""

from django.db import models

from practice.models.base import (
    TenantForeignKey,
    TenantModel,
    TenantQuerySet,
    Work,
    WorkQuerySet,
)
from practice.models.members import Membership
from practice.models.patient import Patient


class PatientImportQuerySet(WorkQuerySet, TenantQuerySet):
    def to_do(self, now):
        """Confirmed, due, and held by no living worker."""
        free = models.Q(lease_until__isnull=True) | models.Q(lease_until__lt=now)
        return self.filter(free, state__in=PatientImport.OPEN).due(now)


class PatientImport(TenantModel, Work):
    """One uploaded file of patients: read and checked first, taken in once a person says so."""

    class State(models.TextChoices):
        CHECKED = "checked", "Checked"
        QUEUED = "queued", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        DISCARDED = "discarded", "Discarded"
        UNDONE = "undone", "Taken back"

    OPEN = ["queued", "running"]

    file_name = models.CharField(max_length=200)
    state = models.CharField(max_length=20, choices=State.choices, default=State.CHECKED)
    columns = models.JSONField(default=list, help_text="[heading, what it is read as or ''].")
    uploaded_by = TenantForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    practitioner = TenantForeignKey(
        Membership,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Whose patients they become.",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.CharField(max_length=120, blank=True)

    objects = PatientImportQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["practice", "-created_at"], name="import_by_time"),
            models.Index(
                fields=["state", "not_before_at"],
                condition=models.Q(state__in=["queued", "running"]),
                name="import_to_do",
            ),
        ]

    def __str__(self):
        return self.file_name


class PatientImportRow(TenantModel):
    """One line of the file, what was read of it, and what became of it."""

    class State(models.TextChoices):
        READY = "ready", "New patient"
        ALIKE = "alike", "Here already?"
        WRONG = "wrong", "Cannot be taken in"
        ADDED = "added", "Added"
        SKIPPED = "skipped", "Left out"
        TAKEN_BACK = "taken_back", "Taken back"

    batch = TenantForeignKey(PatientImport, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField("line of the file")
    values = models.JSONField(default=dict)
    problems = models.JSONField(default=list, help_text="Sentences for the person.")
    state = models.CharField(max_length=20, choices=State.choices)
    add_anyway = models.BooleanField(default=False)
    patient = TenantForeignKey(
        Patient,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="The patient it became, or the one it looks like.",
    )

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["practice", "batch", "number"], name="one_row_a_line")
        ]
        indexes = [
            models.Index(fields=["practice", "batch", "state", "number"], name="row_by_state"),
            models.Index(fields=["practice", "patient"], name="row_by_patient"),
        ]

    def __str__(self):
        return f"line {self.number}"
