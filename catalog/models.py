"""The merged catalogue: each vendor's SKUs, and what they have in common."""

from decimal import Decimal

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models.functions import Upper

from practice.models import (
    Connection,
    SharedOrOwnModel,
    TenantForeignKey,
    TenantQuerySet,
    Work,
    WorkQuerySet,
)
from practice.vendors import registry, words
from practice.vendors.contract import Dose, Kind, Slot

# How a count is written after its number, where an s does not do.
SIZES = {"gummy": "gummies", "fluid ounce": "fl oz", "millilitre": "mL", "gram": "g"}


class SharedOrOwnQuerySet(TenantQuerySet):
    def seen_by(self, practice):
        """Shared rows and this practice's own."""
        return self.filter(models.Q(practice__isnull=True) | models.Q(practice=practice))

    def owned_by(self, practice_id):
        """Rows of one owner: a practice's, or the shared ones where it is None."""
        if practice_id is None:
            return self.filter(practice__isnull=True)
        return self.filter(practice_id=practice_id)


class Product(SharedOrOwnModel):
    """What the listings of one product have in common. Shared when any shared listing has
    it; a practice's own while only its own listings do."""

    name = models.CharField(max_length=300)
    brand = models.CharField(max_length=200, blank=True)
    form = models.CharField(max_length=40, blank=True, help_text="capsule, tablet, powder …")
    count = models.CharField(max_length=20, blank=True)
    search = SearchVectorField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SharedOrOwnQuerySet.as_manager()

    class Meta:
        indexes = [
            GinIndex(fields=["search"], name="product_search"),
            GinIndex(OpClass(Upper("name"), name="gin_trgm_ops"), name="product_name_trigram"),
        ]

    def __str__(self):
        return self.name

    @property
    def size(self) -> str:
        """`60 capsules`, `8 fl oz`; '' where no count is given."""
        unit = SIZES.get(self.form, f"{self.form}s" if self.form else "")
        return f"{self.count} {unit}".strip() if self.count else ""


class ListingQuerySet(SharedOrOwnQuerySet):
    def offered(self):
        """Listings a clinician can recommend as they are."""
        return self.filter(retired_at__isnull=True, kind=Kind.BOTTLE)

    def pills(self):
        return self.filter(retired_at__isnull=True, kind=Kind.PILL)


class Listing(SharedOrOwnModel):
    """One vendor's SKU. `raw` is the vendor's own object; the columns are what we read."""

    vendor = models.CharField(max_length=30)
    sku = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=[(kind.value, kind.value) for kind in Kind])
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, null=True, related_name="listings"
    )
    matched_by = models.CharField(
        max_length=20, blank=True, help_text="gtin, name, person or alone; blank: to be matched."
    )
    gtin = models.CharField(
        max_length=14, blank=True, help_text="The UPC in 14 digits; blank unless it is a real one."
    )
    name_key = models.CharField(
        max_length=700, blank=True, help_text="brand|name words|strength|form|count, folded."
    )
    bottle = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="twins",
        help_text="For a pill: the bottle of the same product.",
    )
    connection = TenantForeignKey(
        Connection,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Whose own listing this is (private label), if anybody's.",
    )
    vendor_product_id = models.CharField(max_length=120, blank=True)
    name = models.CharField(max_length=300)
    generic_name = models.CharField(max_length=300, blank=True)
    brand = models.CharField(max_length=200, blank=True)
    upc = models.CharField(max_length=40, blank=True)
    count = models.CharField(max_length=20, blank=True)
    count_unit = models.CharField(max_length=40, blank=True)
    flavor = models.CharField(max_length=80, blank=True)
    retail_price = models.DecimalField(max_digits=12, decimal_places=4, null=True, blank=True)
    wholesale_price = models.DecimalField(max_digits=12, decimal_places=4, null=True, blank=True)
    lowest_advertised = models.DecimalField(
        max_digits=12,
        decimal_places=4,
        null=True,
        blank=True,
        help_text="The lowest price that may be advertised, where the vendor names one.",
    )
    stock = models.IntegerField(null=True, blank=True)
    in_stock = models.BooleanField(null=True, blank=True)
    availability = models.CharField(max_length=60, blank=True)
    description_html = models.TextField(blank=True)
    facts_html = models.TextField(blank=True)
    warnings = models.JSONField(default=list)
    categories = models.JSONField(default=list)
    default_doses = models.JSONField(
        default=list, help_text="[{slot, quantity, with_food}], quantity as text."
    )
    default_sig = models.CharField(max_length=300, blank=True)
    pill_sku = models.CharField(max_length=120, blank=True)
    is_private_label = models.BooleanField(default=False)
    raw = models.JSONField(default=dict)
    digest = models.CharField(max_length=64, blank=True, help_text="SHA-256 of all that we read.")
    vendor_updated_at = models.DateTimeField(null=True, blank=True)
    first_seen_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)

    objects = ListingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "vendor", "sku", "connection"],
                nulls_distinct=False,
                name="one_listing_a_sku",
            )
        ]
        indexes = [
            models.Index(fields=["product", "vendor"], name="listing_by_product"),
            models.Index(fields=["practice", "sku"], name="listing_by_sku"),
            models.Index(fields=["practice", "pill_sku"], name="listing_by_pill"),
            models.Index(fields=["practice", "gtin"], name="listing_by_gtin"),
            models.Index(fields=["practice", "name_key"], name="listing_by_name_key"),
            models.Index(
                fields=["practice", "id"],
                condition=models.Q(matched_by="", kind="bottle"),
                name="listing_to_match",
            ),
        ]

    def __str__(self):
        return f"{self.vendor} {self.sku}"

    @property
    def is_available(self) -> bool | None:
        """Whether it can be had now; None when the vendor does not say."""
        if self.stock is not None:
            return self.stock > 0
        return self.in_stock

    @property
    def advice(self) -> str:
        """The vendor's default dose; in quotes, word for word, where it is no numbers."""
        doses = [
            Dose(Slot(dose["slot"]), Decimal(dose["quantity"]), dose["with_food"])
            for dose in self.default_doses
        ]
        quoted = f"“{self.default_sig}”" if self.default_sig else ""
        return words.sentences(words.doses(doses), quoted)

    def price_for(self, count: int) -> Decimal | None:
        return None if self.retail_price is None else self.retail_price * count


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
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    decided_by = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        verbose_name = "match to review"
        verbose_name_plural = "matches to review"
        ordering = ["-id"]
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
            models.Index(fields=["practice", "state", "-id"], name="review_by_state"),
        ]

    def __str__(self):
        return f"{self.one_id} and {self.other_id}"

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN

    def decide(self, state: str, by: str, now):
        self.state, self.decided_by, self.decided_at = state, by[:150], now
        self.save(update_fields=["state", "decided_by", "decided_at"])


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
