"""What the listings of one product have in common."""

from django.db import models

from catalog.models.shared import SharedOrOwnQuerySet
from practice.models import SharedOrOwnModel

# How a count is written after its number, where an s does not do.
SIZES = {"gummy": "gummies", "fluid ounce": "fl oz", "millilitre": "mL", "gram": "g"}


class Product(SharedOrOwnModel):
    """What the listings of one product have in common. Shared when any shared listing has
    it; a practice's own while only its own listings do."""

    name = models.CharField(max_length=300)
    brand = models.CharField(max_length=200, blank=True)
    form = models.CharField(max_length=40, blank=True, help_text="capsule, tablet, powder …")
    count = models.CharField(max_length=20, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SharedOrOwnQuerySet.as_manager()

    def __str__(self):
        return self.name

    @property
    def size(self) -> str:
        """`60 capsules`, `8 fl oz`; '' where no count is given."""
        unit = SIZES.get(self.form, f"{self.form}s" if self.form else "")
        return f"{self.count} {unit}".strip() if self.count else ""
