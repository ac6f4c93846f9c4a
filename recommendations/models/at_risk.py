"""What was said of products that are on plans and cannot be had."""

from django.db import models
from django.db.models import Q

from catalog.models import Listing
from practice.models import Membership, TenantForeignKey, TenantModel, TenantQuerySet


class Risk(models.TextChoices):
    DISCONTINUED = "discontinued", "Discontinued"
    GONE = "gone", "No longer listed"
    MISSING = "missing", "Missing from the last list"
    OUT_OF_STOCK = "out_of_stock", "Out of stock"


class RiskMarkQuerySet(TenantQuerySet):
    def standing(self):
        return self.filter(ended_at__isnull=True)


class RiskMark(TenantModel):
    """Somebody saw that a listing is at risk. It is out of sight for as long as its trouble is
    the same, and until `until_date` where one is given."""

    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="+", db_index=False)
    risk = models.CharField(max_length=20, choices=Risk.choices)
    note = models.CharField(max_length=300, blank=True)
    until_date = models.DateField(null=True, blank=True)
    marked_by = TenantForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    marked_at = models.DateTimeField()
    ended_by = TenantForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = RiskMarkQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "listing"],
                condition=Q(ended_at__isnull=True),
                name="one_mark_a_listing",
            )
        ]

    def __str__(self):
        return f"{self.risk} {self.listing_id}"

    def end(self, by: Membership, now):
        self.ended_by, self.ended_at = by, now
        self.save(update_fields=["ended_by", "ended_at"])
