"""What was sent to a vendor."""

import secrets

from django.db import models
from django.db.models import Q

from practice import outward
from practice.models import (
    Connection,
    TenantForeignKey,
    TenantModel,
    TenantQuerySet,
    Work,
    WorkQuerySet,
)
from practice.vendors import registry
from recommendations.models.plans import Plan


class SendingQuerySet(WorkQuerySet, TenantQuerySet):
    def open(self):
        return self.filter(state__in=Sending.OPEN)

    def stranded(self):
        """Parts that do not go: who signed them has no access any more, and nobody else's
        account is used for them."""
        return self.filter(
            state=Sending.State.QUEUED, connection__membership__deactivated_at__isnull=False
        )


def new_reference() -> str:
    return secrets.token_hex(16)


class Sending(TenantModel, Work):
    """One plan's part to one vendor. The row is the queue entry and the outbox."""

    class State(models.TextChoices):
        QUEUED = "queued", "Queued"
        SENDING = "sending", "Sending"
        HAND_OVER = "hand_over", "Waiting for hand-over"
        SENT = "sent", "Sent"
        CONFIRMED = "confirmed", "Confirmed"
        REFUSED = "refused", "Refused"
        UNKNOWN = "unknown", "Outcome unknown"
        NEEDS_REVIEW = "needs_review", "Needs review"

    OPEN = ["queued", "sending", "unknown"]

    class Road(models.TextChoices):
        API = "api", "by API"
        HAND_OVER = "hand_over", "in the vendor's own frame"

    class Question(models.TextChoices):
        """What the clinician is asked of a part that was held back: nothing was sent."""

        WORDS = "words", "It would not read as it was signed"
        REFERRAL = "referral", "Which referral code a new patient is given"

    plan = TenantForeignKey(Plan, on_delete=models.PROTECT, related_name="sendings")
    vendor = models.CharField(max_length=30)
    connection = TenantForeignKey(Connection, on_delete=models.PROTECT, related_name="+")
    road = models.CharField(max_length=20, choices=Road.choices)
    state = models.CharField(max_length=20, choices=State.choices, default=State.QUEUED)
    reference = models.CharField(max_length=32, default=new_reference, editable=False)
    fingerprint = models.CharField(max_length=64, blank=True)
    reviewed = models.JSONField(
        default=list, help_text="How each line was to read there when it was signed, in order."
    )
    question = models.CharField(max_length=20, choices=Question.choices, blank=True)
    referral_code = models.CharField(max_length=48, blank=True)
    referral_name = models.CharField(max_length=48, blank=True)
    vendor_plan_id = models.CharField(max_length=120, blank=True)
    request_id = models.CharField(
        max_length=128, blank=True, help_text="The vendor's, of the last attempt: its support asks."
    )
    raw_state = models.CharField(max_length=60, blank=True)
    link = models.URLField(max_length=500, blank=True)
    there_patient_id = models.CharField(
        max_length=120, blank=True, help_text="Whom the vendor's page was opened on."
    )
    differences = models.JSONField(
        default=list, help_text="What the vendor holds otherwise, a row a line (compare.py)."
    )
    accepted_at = models.DateTimeField(
        null=True, blank=True, help_text="When the clinician said that the differences are right."
    )
    accepted_by = models.CharField(max_length=120, blank=True)
    look_ups = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    attempted_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When the vendor's own page was first opened for it: what is older is not it.",
    )

    objects = SendingQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "plan", "vendor"], name="one_sending_a_vendor"
            ),
            models.UniqueConstraint(
                fields=["practice", "vendor", "vendor_plan_id"],
                condition=~Q(vendor_plan_id=""),
                name="one_sending_a_vendor_plan",
            ),
        ]
        indexes = [
            models.Index(
                fields=["state", "not_before_at"],
                condition=Q(state__in=["queued", "sending", "unknown"]),
                name="sending_to_do",
            ),
            models.Index(
                fields=["not_before_at"],
                condition=Q(state="hand_over", not_before_at__isnull=False),
                name="sending_to_find",
            ),
            models.Index(
                fields=["not_before_at"],
                condition=Q(state__in=["sent", "confirmed"], not_before_at__isnull=False),
                name="sending_to_follow",
            ),
        ]

    def __str__(self):
        return f"{self.vendor} {self.state}"

    @property
    def spec(self) -> registry.Vendor:
        return registry.VENDORS[self.vendor]

    @property
    def label(self) -> str:
        return self.spec.label

    @property
    def order_link(self) -> str:
        """Where the patient orders; '' unless it leads to the vendor."""
        return self.link if outward.is_theirs(self.vendor, self.link) else ""

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN

    @property
    def asks_about_words(self) -> bool:
        return self.state == self.State.NEEDS_REVIEW and self.question == self.Question.WORDS

    @property
    def asks_for_code(self) -> bool:
        return self.state == self.State.NEEDS_REVIEW and self.question == self.Question.REFERRAL

    @property
    def is_stranded(self) -> bool:
        return self.state == self.State.QUEUED and not self.connection.membership.is_active
