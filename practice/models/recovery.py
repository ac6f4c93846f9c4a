"""What vendors told us that never arrived, and what they no longer let us do."""

from django.db import models

from practice.models.base import TenantModel, TenantQuerySet, Work, WorkQuerySet

SILENT_AFTER = 3  # events in a row that no webhook brought


class EventSweepQuerySet(WorkQuerySet, TenantQuerySet):
    def silent(self):
        return self.filter(overdue__gte=SILENT_AFTER)


class EventSweep(TenantModel, Work):
    """The asking again for one account's events, by span: one row each, run over and over.

    What a sweep finds that no webhook brought becomes a receipt of its own
    (`Receipt.found_by`); the figures are of the run that is under way, or of the last one.
    `category` and `page` are where a run goes on.
    """

    class Span(models.TextChoices):
        RECENT = "recent", "Yesterday to tomorrow, hourly"
        MONTH = "month", "Thirty days, daily"

    vendor = models.CharField(max_length=30)
    account_id = models.CharField(max_length=120, help_text="The vendor's clinic.")
    span = models.CharField(max_length=10, choices=Span.choices)
    seen = models.PositiveIntegerField(default=0)
    missed = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    category = models.CharField(max_length=40, blank=True)
    page = models.PositiveIntegerField(default=1)
    skipped = models.JSONField(
        default=list, blank=True, help_text="Categories that nobody of this clinic may list."
    )
    overdue = models.PositiveIntegerField(
        default=0, help_text="Events that should have come by webhook and did not, in a row."
    )
    overdue_since = models.DateTimeField(null=True, blank=True)
    failed_deliveries = models.JSONField(
        default=list, blank=True, help_text="What the vendor says of webhooks that failed."
    )

    objects = EventSweepQuerySet.as_manager()

    class Meta:
        verbose_name = "check for missed events"
        verbose_name_plural = "checks for missed events"
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "vendor", "account_id", "span"], name="one_sweep_a_span"
            )
        ]
        indexes = [
            models.Index(
                fields=["not_before_at"],
                condition=models.Q(not_before_at__isnull=False),
                name="sweep_to_do",
            )
        ]

    def __str__(self):
        return f"{self.vendor} {self.account_id} {self.span}"

    @property
    def is_running(self) -> bool:
        return self.lease_until is not None

    @property
    def is_silent(self) -> bool:
        """Whether what happens there no longer comes by webhook."""
        return self.overdue >= SILENT_AFTER


class VendorRefusal(models.Model):
    """An operation that a vendor refuses to let our application do (403), whoever asks. The
    operator's: no practice has a part in it."""

    vendor = models.CharField(max_length=30)
    operation = models.CharField(max_length=60)
    times = models.PositiveIntegerField(default=1)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    request_id = models.CharField(
        max_length=128, blank=True, help_text="The vendor's, of the last one: its support asks."
    )
    lifted_at = models.DateTimeField(
        null=True, blank=True, help_text="When it worked again, or staff said so."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["vendor", "operation"], name="one_refusal_an_operation")
        ]

    def __str__(self):
        return f"{self.vendor} {self.operation}"
