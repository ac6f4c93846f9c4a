"""Pairs of listings that may be one product."""

from django.db import models

from catalog.models.listing import Listing
from catalog.models.shared import SharedOrOwnQuerySet
from practice.models import SharedOrOwnModel


class ReviewQuerySet(SharedOrOwnQuerySet):
    def open(self):
        """Those to decide: still open, and the two still two products."""
        return self.filter(state=Review.State.OPEN).exclude(one__product=models.F("other__product"))

    def decided(self):
        return self.exclude(state=Review.State.OPEN)


class Review(SharedOrOwnModel):
    """Two listings that may be one product: nothing that was read says so for sure, or a
    person said it. Practice null: both are shared. `one` is the one with the lower id."""

    class State(models.TextChoices):
        OPEN = "open", "To decide"
        SAME = "same", "The same"
        APART = "apart", "Not the same"

    class Evidence(models.TextChoices):
        GTIN = "gtin", "Same barcode, labels differ"
        NAME = "name", "Same name, another barcode or none"
        SPLIT = "split", "Split by a person"

    one = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="+", db_index=False)
    other = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="+", db_index=False)
    evidence = models.CharField(max_length=10, choices=Evidence.choices)
    score = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="How much the labels agree, 0 to 100."
    )
    parts = models.JSONField(
        default=list, help_text="[{label, one, other, says, cost}] of the labels when it was asked."
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    decided_by = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        verbose_name = "match to review"
        verbose_name_plural = "matches to review"
        ordering = ["-score", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "one", "other"], nulls_distinct=False, name="one_review_a_pair"
            ),
            models.CheckConstraint(
                condition=models.Q(one__lt=models.F("other")), name="reviewed_in_order"
            ),
        ]
        indexes = [
            models.Index(fields=["practice", "other"], name="review_by_other"),
            models.Index(fields=["practice", "state", "-score", "-id"], name="review_by_score"),
        ]

    def __str__(self):
        return f"{self.one_id} and {self.other_id}"

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN

    def reopen(self):
        self.state, self.decided_by, self.decided_at = self.State.OPEN, "", None
        self.save(update_fields=["state", "decided_by", "decided_at"])

    def decide(self, state: str, by: str, now):
        self.state, self.decided_by, self.decided_at = state, by[:150], now
        self.save(update_fields=["state", "decided_by", "decided_at"])
