"""Two records of one person, and two persons that only look like one."""

from django.db import models

from practice.models.base import TenantForeignKey, TenantModel
from practice.models.patient import Patient


class PatientMerge(TenantModel):
    """Two rows of one person made one; what was moved, taken and ended is what it takes to
    undo it."""

    kept = TenantForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    merged = TenantForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    moved = models.JSONField(default=dict, help_text="Model label to the ids that were moved.")
    taken = models.JSONField(default=dict, help_text="Field to [kept's former value, taken].")
    ended = models.JSONField(default=list, help_text="Ids of the links that were ended.")
    archived_before_at = models.DateTimeField(
        null=True, blank=True, help_text="Since when the merged one had been archived."
    )
    merged_at = models.DateTimeField()
    merged_by = models.CharField(max_length=120)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.CharField(max_length=120, blank=True)
    left = models.JSONField(default=dict, help_text="What undoing left as it was, in words.")

    class Meta:
        ordering = ["-merged_at", "-id"]
        indexes = [
            models.Index(fields=["practice", "kept"], name="merge_by_kept"),
            models.Index(fields=["practice", "merged"], name="merge_by_merged"),
        ]

    def __str__(self):
        return f"{self.merged_id} into {self.kept_id}"


class PatientsApart(TenantModel):
    """A person said that these two are not the same. `first` has the lower id."""

    first = TenantForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    second = TenantForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    said_at = models.DateTimeField()
    said_by = models.CharField(max_length=120)

    class Meta:
        verbose_name_plural = "patients apart"
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "first", "second"], name="said_once_that_apart"
            ),
            models.CheckConstraint(
                condition=models.Q(first__lt=models.F("second")), name="lower_id_first"
            ),
        ]
        indexes = [models.Index(fields=["practice", "second"], name="apart_by_second")]

    def __str__(self):
        return f"{self.first_id} is not {self.second_id}"
