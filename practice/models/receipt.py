"""Every inbound webhook, as it came."""

from django.db import InterfaceError, OperationalError, connection, models

from practice import sealing
from practice.models.base import OperatorOrOwnModel, TenantQuerySet, Work, WorkQuerySet
from practice.vendors.contract import Verdict

# What is known of an event when it comes, in the order of the function's arguments.
TAKEN_IN = (
    *("practice_id", "vendor", "endpoint", "event_id", "event_type", "account_id"),
    *("verdict", "state", "found_by", "body", "received_at"),
)
TAKE_IN = f"SELECT * FROM practice_take_in({', '.join(['%s'] * len(TAKEN_IN))})"


class ReceiptQuerySet(WorkQuerySet, TenantQuerySet):
    def ready(self, now):
        """To be worked off, of practices that are not suspended."""
        return self.filter(state=Receipt.State.NEW, practice__suspended_at__isnull=True).due(now)

    def take_in(self, receipt):
        """(id, state) of the event's one row, in one statement and no unit: `receipt`, or the
        one that stands there already. That counts a repeat, and a fresh signature frees it
        from quarantine (`practice_take_in`, made by a migration)."""
        values = [getattr(receipt, name) for name in TAKEN_IN]
        if connection.in_atomic_block:
            return _take_in(values)
        # Not asked first whether it is still there, which costs as much as the statement.
        connection.health_check_done = True
        try:
            return _take_in(values)
        except (InterfaceError, OperationalError):
            if connection.is_usable():
                raise
            connection.close()
            return _take_in(values)


def _take_in(values):
    with connection.cursor() as cursor:
        cursor.execute(TAKE_IN, values)
        return cursor.fetchone()


class Receipt(OperatorOrOwnModel, Work):
    """One verified inbound request: stored first, answered, worked on afterwards.

    `endpoint` is the vendor and the path it came in by; (endpoint, event_id) is unique, so
    a repeat is answered and does nothing. `practice` is null until the event is routed.
    """

    class State(models.TextChoices):
        NEW = "new", "New"
        WORKING = "working", "Working"
        DONE = "done", "Done"
        IGNORED = "ignored", "Nothing to do"
        FAILED = "failed", "Failed"
        QUARANTINED = "quarantined", "Quarantined"

    class FoundBy(models.TextChoices):
        WEBHOOK = "webhook", "It came by webhook"
        SWEEP = "sweep", "Found by asking the vendor again"

    vendor = models.CharField(max_length=30)
    endpoint = models.CharField(max_length=100)
    event_id = models.CharField(max_length=200)
    event_type = models.CharField(max_length=100)
    account_id = models.CharField(max_length=120, blank=True)
    verdict = models.CharField(
        max_length=20, choices=[(verdict.value, verdict.value) for verdict in Verdict]
    )
    # Sealed before the row has its id or practice, so bound to what makes it the one it is.
    body = sealing.SealedBinaryField(bound_to=("endpoint", "event_id"))
    found_by = models.CharField(max_length=10, choices=FoundBy.choices, default=FoundBy.WEBHOOK)
    repeats = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=20, choices=State.choices, default=State.NEW)
    received_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)

    objects = ReceiptQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "event_id"], name="one_receipt_an_event")
        ]
        indexes = [
            models.Index(
                fields=["state", "not_before_at"],
                condition=models.Q(state__in=["new", "working"]),
                name="receipt_to_do",
            ),
            models.Index(fields=["id"], condition=models.Q(state="new"), name="receipt_next"),
            models.Index(fields=["practice", "-received_at"], name="receipt_by_time"),
        ]

    def __str__(self):
        return f"{self.vendor} {self.event_type} {self.event_id}"

    def keep(self, body: bytes):
        """Seals the request's bytes, which name a patient; `endpoint` and `event_id` are set."""
        sealing.seal(self, "body", body)

    def content(self) -> bytes:
        """The request's bytes as they came. Raises sealing.CannotOpen."""
        return sealing.unseal(self, "body")
