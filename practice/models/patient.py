"""Patients and what happened to them."""

from django.db import models
from django.db.models.functions import Lower
from phonenumber_field.modelfields import PhoneNumberField

from practice.models.base import (
    TenantForeignKey,
    TenantModel,
    TenantQuerySet,
    Work,
    WorkQuerySet,
)
from practice.models.members import Membership

LONGEST_NAME = 200


class PatientQuerySet(TenantQuerySet):
    def current(self):
        return self.filter(archived_at__isnull=True)

    def named_like(self, words: str):
        """Every word occurs in the name, the e-mail or the record number. What is too long
        to be a name is cut off, and so is NUL, which the database refuses."""
        found = self
        for word in words.replace("\0", " ")[:LONGEST_NAME].split():
            found = found.filter(
                models.Q(first_name__icontains=word)
                | models.Q(last_name__icontains=word)
                | models.Q(email__icontains=word)
                | models.Q(record_number__iexact=word)
            )
        return found


class Patient(TenantModel):
    """A person the practice cares for."""

    class Sex(models.TextChoices):
        FEMALE = "female", "Female"
        MALE = "male", "Male"
        OTHER = "x", "Other"
        UNKNOWN = "", "Not recorded"

    first_name = models.CharField(max_length=120)
    last_name = models.CharField(max_length=120)
    birth_date = models.DateField(null=True, blank=True)
    sex = models.CharField(max_length=10, choices=Sex.choices, blank=True, default="")
    email = models.EmailField(blank=True)
    phone = PhoneNumberField(blank=True)
    record_number = models.CharField("record number (MRN)", max_length=40, blank=True)
    street = models.CharField("street and number", max_length=160, blank=True)
    unit = models.CharField("apartment or suite", max_length=40, blank=True)
    city = models.CharField(max_length=80, blank=True)
    state = models.CharField(max_length=2, blank=True, help_text="Two letters, for example FL.")
    postal_code = models.CharField("ZIP code", max_length=10, blank=True)
    allergies = models.CharField(
        max_length=300, blank=True, help_text="Comma-separated. Shown on every page of the patient."
    )
    practitioner = TenantForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="patients"
    )
    merged_into = TenantForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="merged_from"
    )
    archived_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = PatientQuerySet.as_manager()

    class Meta:
        ordering = ["last_name", "first_name", "id"]
        indexes = [
            models.Index(
                "practice", Lower("last_name"), Lower("first_name"), "id", name="patient_by_name"
            ),
            models.Index(fields=["practice", "-updated_at"], name="patient_by_change"),
            models.Index(fields=["practice", "practitioner"], name="patient_by_practitioner"),
            models.Index(fields=["practice", "birth_date"], name="patient_by_birth_date"),
            models.Index("practice", Lower("email"), name="patient_by_email"),
            models.Index(fields=["practice", "phone"], name="patient_by_phone"),
        ]

    def __str__(self):
        return self.name

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    @property
    def address_line(self) -> str:
        """The address on one line, as a courier wants it; '' while it is incomplete."""
        if not (self.street and self.city and self.state and self.postal_code):
            return ""
        street = f"{self.street} {self.unit}".strip()
        return f"{street}, {self.city}, {self.state} {self.postal_code}"

    @property
    def alerts(self) -> list[str]:
        return [word.strip() for word in self.allergies.split(",") if word.strip()]

    def archive(self, now):
        self.archived_at = now
        self.save(update_fields=["archived_at", "updated_at"])

    def restore(self):
        self.archived_at = None
        self.save(update_fields=["archived_at", "updated_at"])


class PatientEvent(TenantModel):
    """One line of a patient's timeline. `source` makes it idempotent: noting the same
    source twice keeps the first."""

    class Kind(models.TextChoices):
        PATIENT = "patient", "Patient"
        PLAN = "plan", "Plan"
        SENDING = "sending", "Sending"
        ORDER = "order", "Order"
        DELIVERY = "delivery", "Delivery"

    patient = TenantForeignKey(Patient, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    text = models.CharField(max_length=300)
    detail = models.TextField(blank=True)
    happened_at = models.DateTimeField()
    by = models.CharField(max_length=120, blank=True)
    view_name = models.CharField(max_length=60, blank=True)
    object_id = models.BigIntegerField(null=True, blank=True)
    source = models.CharField(max_length=120)

    class Meta:
        ordering = ["-happened_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["practice", "source"], name="one_event_a_source")
        ]
        indexes = [
            models.Index(
                fields=["practice", "patient", "-happened_at"], name="event_by_patient_time"
            )
        ]

    def __str__(self):
        return self.text


class PatientMerge(TenantModel):
    """Two rows of one person made one; `moved` and `taken` are what it takes to undo it."""

    kept = TenantForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    merged = TenantForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    moved = models.JSONField(default=dict, help_text="Model label to the ids that were moved.")
    taken = models.JSONField(default=dict, help_text="Field to [kept's former value, taken].")
    merged_at = models.DateTimeField()
    merged_by = models.CharField(max_length=120)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["-merged_at", "-id"]
        indexes = [
            models.Index(fields=["practice", "kept"], name="merge_by_kept"),
            models.Index(fields=["practice", "merged"], name="merge_by_merged"),
        ]

    def __str__(self):
        return f"{self.merged_id} into {self.kept_id}"


class PatientImportQuerySet(WorkQuerySet, TenantQuerySet):
    pass


class PatientImport(TenantModel, Work):
    """One uploaded file of patients: read and checked first, taken in once a person says so."""

    class State(models.TextChoices):
        CHECKED = "checked", "Checked"
        QUEUED = "queued", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        DISCARDED = "discarded", "Discarded"

    file_name = models.CharField(max_length=200)
    state = models.CharField(max_length=20, choices=State.choices, default=State.CHECKED)
    uploaded_by = TenantForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

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

    batch = TenantForeignKey(PatientImport, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField("line of the file")
    values = models.JSONField(default=dict)
    problems = models.JSONField(default=list, help_text="Sentences for the person.")
    state = models.CharField(max_length=20, choices=State.choices)
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
            models.Index(fields=["practice", "batch", "state", "number"], name="row_by_state")
        ]

    def __str__(self):
        return f"line {self.number}"
