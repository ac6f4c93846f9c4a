"""What a practice thinks of products, and which a clinician comes back to."""

from django.db import models
from django.db.models import Q

from catalog.models.product import Product
from practice.models import Membership, TenantForeignKey, TenantModel, TenantQuerySet


class Standing(models.TextChoices):
    PREFERRED = "preferred", "Preferred"
    ALLOWED = "allowed", "Allowed"
    AVOID = "avoid", "Avoid"
    NONE = "none", "Taken out"


class FormularyQuerySet(TenantQuerySet):
    def current(self):
        return self.filter(replaced_at__isnull=True)

    def said(self):
        """Those that say something of a product."""
        return self.current().exclude(standing=Standing.NONE)


class FormularyEntry(TenantModel):
    """One decision of a practice about a product. The one that was not replaced stands; those
    before it are its history."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="+", db_index=False)
    standing = models.CharField(max_length=10, choices=Standing.choices)
    reason = models.CharField(max_length=300, blank=True)
    decided_by = TenantForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()
    replaced_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = FormularyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "formulary entries"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "product"],
                condition=Q(replaced_at__isnull=True),
                name="one_standing_a_product",
            ),
            models.CheckConstraint(
                condition=~Q(standing=Standing.AVOID) | ~Q(reason=""), name="avoided_for_a_reason"
            ),
        ]
        indexes = [
            models.Index(fields=["practice", "product", "-id"], name="formulary_history"),
        ]

    def __str__(self):
        return f"{self.standing} {self.product_id}"


class Favourite(TenantModel):
    """A product that a member starred, for themselves."""

    membership = TenantForeignKey(Membership, on_delete=models.CASCADE, related_name="+")
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="+", db_index=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "membership", "product"], name="one_star_a_product"
            )
        ]

    def __str__(self):
        return f"{self.membership_id} likes {self.product_id}"
