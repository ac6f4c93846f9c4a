"""Readings of a vendor's catalogue."""

from django.db import models

from catalog.models.listing import Listing
from catalog.models.shared import SharedOrOwnQuerySet
from practice.models import Connection, SharedOrOwnModel, TenantForeignKey, Work, WorkQuerySet
from practice.vendors import registry


class SyncRunQuerySet(WorkQuerySet, SharedOrOwnQuerySet):
    def open(self):
        return self.filter(state__in=SyncRun.OPEN)


class SyncRun(SharedOrOwnModel, Work):
    """One reading of one vendor's catalogue. Practice null: bought with the operator's own
    credentials, shared by all."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Reading"
        DONE = "done", "Done"
        NEEDS_REVIEW = "needs_review", "Needs a person"
        FAILED = "failed", "Failed"

    OPEN = ["waiting", "running"]
    HEADLINES = {
        "waiting": "{} is waiting to be read",
        "running": "Reading {}",
        "done": "{} was read",
        "needs_review": "{} gave a much shorter list than before",
        "failed": "{} was not read",
    }

    class Part(models.TextChoices):
        CATALOGUE = "catalogue", "Catalogue"
        PRIVATE_LABEL = "private_label", "Private label"

    vendor = models.CharField(max_length=30)
    part = models.CharField(max_length=20, choices=Part.choices, default=Part.CATALOGUE)
    connection = TenantForeignKey(
        Connection, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    state = models.CharField(max_length=20, choices=State.choices, default=State.WAITING)
    next_page = models.PositiveIntegerField(
        default=1, null=True, blank=True, help_text="Blank once every page was read."
    )
    total = models.PositiveIntegerField(null=True, blank=True)
    seen = models.PositiveIntegerField(default=0)
    added = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    missing = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = SyncRunQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "vendor", "part", "connection"],
                condition=models.Q(state__in=["waiting", "running"]),
                nulls_distinct=False,
                name="one_open_sync",
            )
        ]
        indexes = [
            models.Index(
                fields=["state", "not_before_at"],
                condition=models.Q(state__in=["waiting", "running"]),
                name="sync_to_do",
            ),
            models.Index(fields=["practice", "vendor", "part", "-id"], name="sync_latest"),
        ]

    def __str__(self):
        return f"{self.vendor} {self.part} {self.state}"

    @property
    def label(self) -> str:
        vendor = registry.VENDORS[self.vendor].label
        return vendor if self.part == self.Part.CATALOGUE else f"{vendor} private label"

    @property
    def headline(self) -> str:
        return self.HEADLINES[self.state].format(self.label)

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN


class ListingChange(SharedOrOwnModel):
    """What one reading found otherwise than before at one listing: `before` and `after` hold the
    fields that differ, of name, prices, stock and whether it is offered at all."""

    run = models.ForeignKey(
        SyncRun, on_delete=models.CASCADE, related_name="changes", db_index=False
    )
    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="+", db_index=False)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)

    objects = SharedOrOwnQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["practice", "run", "id"], name="change_by_run"),
            models.Index(fields=["practice", "listing"], name="change_by_listing"),
        ]

    def __str__(self):
        return f"Change of listing {self.listing_id} in run {self.run_id}"
