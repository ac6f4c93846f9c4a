"""Files of patients, line by line."""

from django.db import models

from practice import sealing
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
        """Asked for, due, and held by no living worker."""
        free = models.Q(lease_until__isnull=True) | models.Q(lease_until__lt=now)
        return self.filter(free, state__in=PatientImport.OPEN).due(now)


class PatientImport(TenantModel, Work):
    """One uploaded file of patients: read, then checked once a person said what its columns
    are, then taken in once a person says so."""

    class State(models.TextChoices):
        UPLOADED = "uploaded", "Not checked yet"
        TO_CHECK = "to_check", "Waiting to be checked"
        CHECKING = "checking", "Being checked"
        CHECK_FAILED = "check_failed", "Check stopped"
        CHECKED = "checked", "Checked"
        QUEUED = "queued", "Waiting"
        RUNNING = "running", "Running"
        FAILED = "failed", "Stopped halfway"
        DONE = "done", "Done"
        DISCARDED = "discarded", "Discarded"
        UNDONE = "undone", "Taken back"

    CHECKS = ["to_check", "checking"]
    ADDS = ["queued", "running"]
    OPEN = [*CHECKS, *ADDS]
    # The file is kept, and may be checked once more.
    CHECKABLE = ["uploaded", "check_failed", "checked"]

    file_name = models.CharField(max_length=200)
    digest = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the file.")
    lines = models.PositiveIntegerField(default=0, help_text="Of the file, without its heading.")
    tries = models.PositiveSmallIntegerField(
        default=0, help_text="By workers, since a person last asked."
    )
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
                condition=models.Q(state__in=["to_check", "checking", "queued", "running"]),
                name="import_to_do",
            ),
            models.Index(fields=["practice", "digest"], name="import_by_digest"),
        ]

    def __str__(self):
        return self.file_name


class PatientImportFile(TenantModel):
    """The file itself, sealed, for as long as it may have to be checked again."""

    batch = TenantForeignKey(PatientImport, on_delete=models.CASCADE, related_name="files")
    content = sealing.SealedBinaryField(bound_to=("practice_id", "batch_id"))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["practice", "batch"], name="one_file_an_import")
        ]

    def __str__(self):
        return f"file {self.batch_id}"

    def keep(self, content: bytes) -> None:
        sealing.seal(self, "content", content)
        self.save()

    def read(self) -> bytes:
        """Raises sealing.CannotOpen."""
        return sealing.unseal(self, "content")


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
