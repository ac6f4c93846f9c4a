"""Upper limits of nutrients that staff set."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class UpperLimit(models.Model):
    """What adults may take of a nutrient a day, in place of the published limit. The whole
    installation shares it. A row is never changed: the newest of a nutrient stands."""

    nutrient = models.CharField(max_length=30)
    amount = models.DecimalField(
        max_digits=9,
        decimal_places=2,
        null=True,
        blank=True,
        help_text="A day, in the unit in brackets. Empty: adults have no limit.",
    )
    source = models.CharField(max_length=300, help_text="Which authority and which report.")
    published = models.PositiveSmallIntegerField("year of the report")
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", editable=False
    )
    set_at = models.DateTimeField(editable=False)

    class Meta:
        ordering = ["nutrient", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__isnull=True) | Q(amount__gt=0), name="limit_above_0"
            ),
            models.CheckConstraint(condition=~Q(source=""), name="limit_has_a_source"),
        ]
        indexes = [models.Index(fields=["nutrient", "-id"], name="limit_by_nutrient")]

    def __str__(self):
        return f"Upper limit of {self.nutrient}"
