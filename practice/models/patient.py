"""Patients and what happened to them."""

from django.db import models
from django.db.models.functions import Lower
from phonenumber_field.modelfields import PhoneNumberField

from practice.models.base import (
    TenantForeignKey,
    TenantModel,
    TenantQuerySet,
)
from practice.models.members import Membership

LONGEST_NAME = 200


class PatientQuerySet(TenantQuerySet):
    def current(self):
        return self.filter(archived_at__isnull=True)

    def standing(self):
        """All but those that were merged into another."""
        return self.filter(merged_into__isnull=True)

    def held(self):
        """Locks the rows until the unit ends, so that nobody merges a patient away while
        something is made for them."""
        return self.select_for_update(of=["self"])

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
            models.Index(fields=["practice", "record_number"], name="patient_by_record_number"),
            models.Index(
                fields=["practice", "merged_into"],
                condition=models.Q(merged_into__isnull=False),
                name="patient_by_merged_into",
            ),
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
        LAB = "lab", "Laboratory"
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
