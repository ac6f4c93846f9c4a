"""One parcel to one patient."""

import datetime as dt
import secrets

from django.db import models
from django.db.models import Case, Q, When

from practice.models import (
    Membership,
    Patient,
    TenantForeignKey,
    TenantModel,
    TenantQuerySet,
    Work,
    WorkQuerySet,
)
from recommendations.models import Plan


def new_barcode() -> str:
    """Our per-order key at the courier, the same on every attempt (ScriptRun reference 5.2)."""
    return f"ORD-{secrets.token_hex(12).upper()}"


class DeliveryQuerySet(WorkQuerySet, TenantQuerySet):
    def open(self):
        """Neither delivered nor ended."""
        return self.filter(state__in=Delivery.OPEN)

    def for_a_person(self):
        """Those that wait for somebody to decide."""
        return self.filter(Q(state=Delivery.State.NEEDS_REVIEW) | ~Q(review_reason=""))

    def most_pressing_first(self):
        """What a person must decide, then what is open, then the rest; newest first."""
        pressing = Case(
            When(Q(state=Delivery.State.NEEDS_REVIEW) | ~Q(review_reason=""), then=0),
            When(state__in=Delivery.OPEN, then=1),
            default=2,
        )
        return self.order_by(pressing, "-id")

    def to_do(self, now):
        """What a worker should take up: to book, of a worker that died, waited long enough.
        The urgent ones first (ScriptRun reference 6)."""
        state = Delivery.State
        due = self.filter(
            Q(state=state.SENDING, lease_until__lt=now)
            | Q(state__in=[state.READY, state.UNKNOWN], not_before_at__isnull=True)
            | Q(state__in=[state.READY, state.UNKNOWN], not_before_at__lte=now)
        )
        pressing = Case(When(priority="stat", then=0), When(priority="urgent", then=1), default=2)
        return due.order_by(pressing, "id")


class Delivery(TenantModel, Work):
    """One parcel to one patient. The row is the queue entry and the outbox.

    Up to ACCEPTED the state says what became of our booking; from there on it follows from
    the courier's events (`follow`). `review_reason` is a sentence for a person; once settled
    it stays in `settled_reason`, so that the same finding does not come back.
    """

    class State(models.TextChoices):
        READY = "ready", "To be booked"
        SENDING = "sending", "Booking"
        ACCEPTED = "accepted", "Booked"
        DELIVERED = "delivered", "Delivered"
        FAILED = "failed", "Failed"
        REJECTED = "rejected", "Rejected"
        UNKNOWN = "unknown", "Outcome unknown"
        NEEDS_REVIEW = "needs_review", "Needs review"

    OPEN = ["ready", "sending", "accepted", "unknown", "needs_review"]
    TONES = {State.READY: "queued", State.ACCEPTED: "booked", State.REJECTED: "refused"}

    class Priority(models.TextChoices):
        ROUTINE = "routine", "Routine"
        URGENT = "urgent", "Urgent"
        STAT = "stat", "Stat"

    class Schedule(models.TextChoices):
        II = "II", "II"
        III = "III", "III"
        IV = "IV", "IV"
        V = "V", "V"

    patient = TenantForeignKey(Patient, on_delete=models.PROTECT, related_name="deliveries")
    plan = TenantForeignKey(
        Plan, on_delete=models.PROTECT, null=True, blank=True, related_name="deliveries"
    )
    booked_by = TenantForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=20, choices=State.choices, default=State.READY)
    barcode = models.CharField(max_length=64, default=new_barcode, editable=False)
    recipient_name = models.CharField(max_length=200, help_text="The driver reads this.")
    address_line = models.CharField("address", max_length=300)
    phone = models.CharField(max_length=16, blank=True)
    rx_number = models.CharField("prescription number", max_length=60, blank=True)
    copay = models.DecimalField(
        "copay to collect ($)", max_digits=8, decimal_places=2, null=True, blank=True
    )
    priority = models.CharField(max_length=10, choices=Priority.choices, default=Priority.ROUTINE)
    delivery_date = models.DateField()
    requires_signature = models.BooleanField("signature required", default=False)
    cold_chain = models.BooleanField("keep cold", default=False)
    controlled_schedule = models.CharField(
        "controlled substance schedule", max_length=3, choices=Schedule.choices, blank=True
    )
    notes = models.CharField(
        max_length=300, blank=True, help_text="The driver may read this: no clinical words."
    )
    parcel_id = models.CharField(max_length=120, blank=True)
    other_parcel_id = models.CharField(
        max_length=120, blank=True, help_text="A second parcel the courier made of this order."
    )
    warnings = models.JSONField(default=list)
    fail_reason = models.CharField(max_length=200, blank=True)
    copay_collected = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True)
    review_reason = models.CharField(max_length=200, blank=True)
    settled_reason = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    attempted_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(fields=["practice", "barcode"], name="one_barcode_a_delivery"),
            models.UniqueConstraint(
                fields=["practice", "parcel_id"],
                condition=~Q(parcel_id=""),
                name="one_parcel_a_delivery",
            ),
            models.CheckConstraint(
                condition=Q(controlled_schedule="") | Q(requires_signature=True),
                name="controlled_needs_signature",
            ),
        ]
        indexes = [
            models.Index(fields=["practice", "state", "-id"], name="delivery_by_state"),
            models.Index(fields=["practice", "patient", "-id"], name="delivery_by_patient"),
            models.Index(
                fields=["state", "not_before_at"],
                condition=Q(state__in=["ready", "sending", "unknown"]),
                name="delivery_to_do",
            ),
        ]

    def __str__(self):
        return f"Delivery {self.pk}"

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN

    @property
    def tone(self) -> str:
        """The state in the words of the interface's status marks."""
        return self.TONES.get(self.state, self.state)

    @property
    def is_costly_to_repeat(self) -> bool:
        """A second visit would hand over a controlled substance or collect money twice."""
        return bool(self.controlled_schedule or self.copay)

    @property
    def has_handling(self) -> bool:
        """Anything out of the ordinary for the courier to heed."""
        urgent = self.priority != self.Priority.ROUTINE
        at_the_door = self.requires_signature or self.controlled_schedule or self.copay
        return bool(urgent or self.cold_chain or at_the_door)

    def is_overdue(self, today: dt.date) -> bool:
        """Booked, its day is over, and the courier has said nothing final."""
        return self.state == self.State.ACCEPTED and self.delivery_date < today

    # What became of an attempt. Each ends the worker's hold on the row.

    def put_back(self, why: str, until: dt.datetime | None):
        """Nothing was made at the courier: book again, from `until` on."""
        self._end_attempt(self.State.READY, why, until)

    def reject(self, why: str):
        self._end_attempt(self.State.REJECTED, why)

    def lose_sight(self, why: str, until: dt.datetime):
        """It may have been made: wait until then for the courier's own word."""
        self._end_attempt(self.State.UNKNOWN, why, until)

    def ask_a_person(self):
        self._end_attempt(self.State.NEEDS_REVIEW, self.last_error)

    def accept(self, parcel_id: str, now: dt.datetime):
        """The courier holds this order as `parcel_id`."""
        self.parcel_id = parcel_id
        self.accepted_at = now
        self.save(update_fields=["parcel_id", "accepted_at"])
        self._end_attempt(self.State.ACCEPTED, "")

    def _end_attempt(self, state, why, until=None):
        self.state = state
        self.last_error = why
        self.not_before_at = until
        self.lease_until = None
        self.save(update_fields=["state", "last_error", "not_before_at", "lease_until"])

    # What a person decided

    def settle(self):
        """The finding has been looked at."""
        self.settled_reason = self.review_reason
        self.review_reason = ""
        self.save(update_fields=["settled_reason", "review_reason"])
