"""Laboratory orders and their results."""

import hashlib
import json

from django.db import models
from django.db.models import Q

from practice import sealing
from practice.models import (
    Connection,
    Membership,
    Patient,
    TenantForeignKey,
    TenantModel,
    TenantQuerySet,
    Work,
    WorkQuerySet,
)
from practice.vendors import registry
from recommendations.models.orders import LinkedQuerySet

MAX_ATTEMPTS = 10


class LabQuerySet(WorkQuerySet, TenantQuerySet):
    def free(self, now):
        """Held by no living worker."""
        return self.filter(Q(lease_until__isnull=True) | Q(lease_until__lt=now))


class LabOrderQuerySet(LabQuerySet, LinkedQuerySet):
    def to_read(self, now):
        """Their time to be read again has come."""
        return self.free(now).filter(not_before_at__lte=now)


class LabResultQuerySet(LabQuerySet):
    def to_fetch(self, now):
        return self.free(now).filter(fetched_at__isnull=True, given_up=False).due(now)

    def shown(self):
        """Those whose file is here."""
        return self.filter(fetched_at__isnull=False)


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
    vendor_patient_id = models.CharField(max_length=120, blank=True)
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

    objects = LabOrderQuerySet.as_manager()

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

    @property
    def label(self) -> str:
        return registry.VENDORS[self.vendor].label

    @property
    def title(self) -> str:
        return self.name or "Laboratory order"

    @property
    def state_in_words(self) -> str:
        """The state, with the vendor's own word where it is none that we know."""
        if self.state == self.State.UNKNOWN and self.raw_state:
            return f"State unknown: {self.raw_state}"
        return self.get_state_display()

    @property
    def shown_as(self) -> str:
        """The picture of the state, where its own name is another thing's elsewhere."""
        return {
            self.State.PARTIAL: "some_results",
            self.State.READY: "all_results",
        }.get(self.state, self.state)

    def keep(self, raw: dict) -> None:
        """Seals the vendor's own object, unless it is the one that is sealed already."""
        if sealing.unseal(self, "raw") != (text := json.dumps(raw, sort_keys=True)):
            sealing.seal(self, "raw", text)


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
    withdrawn_at = models.DateTimeField(
        null=True, blank=True, help_text="When the vendor was first seen not to list it any more."
    )
    opened_at = models.DateTimeField(
        null=True, blank=True, help_text="When whose patient it is first opened it."
    )
    opened_by = TenantForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = LabResultQuerySet.as_manager()

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

    def hold(self, content: bytes, content_type: str, now) -> None:
        sealing.seal(self, "content", content)
        self.content_type = content_type
        self.sha256 = hashlib.sha256(content).hexdigest()
        self.fetched_at = now
        self.lease_until = self.not_before_at = None
        self.last_error = ""
        self.save()

    def read(self) -> bytes:
        """The document in clear. Raises sealing.CannotOpen."""
        return sealing.unseal(self, "content")

    def try_later(self, why: str, until) -> None:
        """Gives up after MAX_ATTEMPTS."""
        self.not_before_at = until
        self._stop(why, given_up=self.attempts >= MAX_ATTEMPTS)

    def put_off(self, why: str, until) -> None:
        """Later, for a reason that is not the file's: it does not count."""
        self.attempts = max(0, self.attempts - 1)
        self.not_before_at = until
        self._stop(why, given_up=False)

    def give_up(self, why: str) -> None:
        self._stop(why, given_up=True)

    def ask_again(self) -> None:
        self.attempts, self.not_before_at = 0, None
        self._stop("", given_up=False)

    def open(self, by: Membership, now) -> None:
        self.opened_at, self.opened_by = now, by
        self.save(update_fields=["opened_at", "opened_by"])

    def _stop(self, why: str, *, given_up: bool) -> None:
        self.last_error = why
        self.given_up = given_up
        self.lease_until = None
        self.save(
            update_fields=["attempts", "last_error", "given_up", "lease_until", "not_before_at"]
        )
