"""The audit trail: who saw and did what, and the seals that show that nobody changed it."""

from django.db import models
from django.db.models.functions import Now

from practice.models.base import OperatorOrOwnModel, TenantQuerySet


class AuditEntry(OperatorOrOwnModel):
    """One thing that somebody saw or did. Added, never changed or removed.

    Changes of rows are written by triggers (`triggers.Audit`), everything else by
    `audit.note`. Persons and rows are kept as numbers and words, not as keys: an entry
    outlives what it speaks of. `practice` is null for what concerns the operator alone.
    """

    class Action(models.TextChoices):
        VIEWED = "viewed", "Viewed"
        SEARCHED = "searched", "Searched"
        CREATED = "created", "Created"
        CHANGED = "changed", "Changed"
        DELETED = "deleted", "Deleted"
        PRINTED = "printed", "Printed"
        EXPORTED = "exported", "Exported"
        SENT = "sent", "Sent"
        LAUNCHED = "launched", "Launched from an EMR"
        LOOKED = "looked", "Seen by the operator"
        SIGNED_IN = "signed_in", "Signed in"
        SIGNED_OUT = "signed_out", "Signed out"
        SIGN_IN_FAILED = "sign_in_failed", "Failed to sign in"
        ACCOUNT = "account", "Changed the account"

    at = models.DateTimeField(db_default=Now(), editable=False)
    action = models.CharField(max_length=20, choices=Action.choices)
    kind = models.CharField(max_length=60, blank=True, help_text="app.model, or a page's name.")
    object_id = models.BigIntegerField(null=True, blank=True)
    patient_id = models.BigIntegerField(null=True, blank=True)
    user_id = models.BigIntegerField(null=True, blank=True)
    who = models.CharField(max_length=150, blank=True)
    via = models.CharField(max_length=80, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    address = models.CharField(max_length=45, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    detail = models.JSONField(default=dict, help_text="For changes: field to [before, after].")

    objects = TenantQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "audit entries"
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["practice", "-at", "-id"], name="audit_by_time"),
            models.Index(fields=["practice", "patient_id", "-at"], name="audit_by_patient"),
            models.Index(fields=["practice", "user_id", "-at"], name="audit_by_person"),
            models.Index(fields=["practice", "action", "-at"], name="audit_by_action"),
            models.Index(fields=["at", "id"], name="audit_to_seal"),
        ]

    def __str__(self):
        return f"{self.action} {self.kind} {self.object_id or ''}".strip()


class AuditSeal(OperatorOrOwnModel):
    """The hash chain over one day of the trail, of all practices. `practice` stays null.

    `head` = SHA-256 over the head before it and every entry of the day in the order of
    their ids (`practice/audit_seal.py`).
    """

    day = models.DateField()
    rows = models.BigIntegerField()
    last_id = models.BigIntegerField(help_text="The highest id sealed so far.")
    head = models.CharField(max_length=64)
    columns = models.TextField(default="", help_text="What of an entry is sealed, with commas.")
    marks = models.BinaryField(
        default=b"", help_text="Twelve bytes an entry: they tell which one is wrong."
    )
    at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["day"]
        constraints = [
            models.UniqueConstraint("practice", "day", nulls_distinct=False, name="one_seal_a_day")
        ]

    def __str__(self):
        return f"{self.day} {self.head}"
