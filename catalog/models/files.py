"""Pictures and data sheets of listings."""

from django.db import models

from catalog.models.listing import Listing
from catalog.models.shared import SharedOrOwnQuerySet
from practice.models import SharedOrOwnModel, Work, WorkQuerySet


class ListingFileQuerySet(WorkQuerySet, SharedOrOwnQuerySet):
    def to_fetch(self, now):
        """Rows whose time has come and that no living worker holds."""
        held = models.Q(lease_until__gte=now)
        return self.due(now).exclude(held)

    def here(self):
        return self.exclude(content_type="")

    def failed(self):
        """Those that the vendor could not be got to hand out, when it was asked last."""
        return self.exclude(last_error="")


class ListingFile(SharedOrOwnModel, Work):
    """A picture or a data sheet that the vendor gives to everybody, as it was fetched last.
    `not_before_at` is when it may be asked for again."""

    class Kind(models.TextChoices):
        IMAGE = "image", "Picture"
        DOCUMENT = "document", "Product data sheet"

    listing = models.ForeignKey(
        Listing, on_delete=models.CASCADE, related_name="files", db_index=False
    )
    kind = models.CharField(max_length=10, choices=Kind.choices)
    content_type = models.CharField(
        max_length=40, blank=True, help_text="As its bytes say; blank: there is no file here."
    )
    content = models.BinaryField(null=True, editable=False)
    fetched_at = models.DateTimeField(
        null=True, blank=True, help_text="When the vendor last answered, be it that it has none."
    )

    objects = ListingFileQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "listing", "kind"],
                nulls_distinct=False,
                name="one_file_a_kind",
            ),
            models.CheckConstraint(
                condition=models.Q(content_type="", content__isnull=True)
                | (~models.Q(content_type="") & models.Q(content__isnull=False)),
                name="file_of_a_type",
            ),
        ]
        indexes = [
            models.Index(
                fields=["not_before_at"],
                condition=models.Q(fetched_at__isnull=True),
                name="file_to_fetch",
            ),
        ]

    def __str__(self):
        return f"{self.kind} of listing {self.listing_id}"
