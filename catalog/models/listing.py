"""Each vendor's SKUs."""

from decimal import Decimal

from django.db import models

from catalog.facts_panel import FactsPanel
from catalog.models.product import Product
from catalog.models.shared import SharedOrOwnQuerySet
from practice.models import Connection, SharedOrOwnModel, TenantForeignKey
from practice.vendors import words
from practice.vendors.contract import Dose, Kind, Slot


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
    match_score = models.PositiveSmallIntegerField(
        null=True, editable=False, help_text="0 to 100, where the name tied it."
    )
    gtin = models.CharField(
        max_length=14, blank=True, help_text="The UPC in 14 digits; blank unless it is a real one."
    )
    name_key = models.CharField(
        max_length=700, blank=True, help_text="brand|name words|strength|form|count, folded."
    )
    family = models.BigIntegerField(
        null=True,
        editable=False,
        help_text="Digest of brand, words, strength and form: alike in all sizes of one thing.",
    )
    block = models.BigIntegerField(
        null=True,
        editable=False,
        help_text="Digest of the brand's first letters and the count: whom it is compared with.",
    )
    keyed_at = models.DateTimeField(
        null=True, editable=False, help_text="When matching last read another label from it."
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
    facts = models.JSONField(
        default=dict,
        help_text="FactsPanel.as_json() of facts_html; {} where the vendor gives none.",
    )
    daily_price = models.DecimalField(
        max_digits=12,
        decimal_places=4,
        null=True,
        blank=True,
        help_text="Retail price of a day at the default dose, else of one serving a day.",
    )
    warnings = models.JSONField(default=list)
    categories = models.JSONField(default=list)
    default_doses = models.JSONField(
        default=list, help_text="[{slot, quantity, with_food}], quantity as text."
    )
    default_sig = models.CharField(max_length=300, blank=True)
    pill_sku = models.CharField(max_length=120, blank=True)
    is_private_label = models.BooleanField(default=False)
    raw = models.JSONField(default=dict)
    digest = models.CharField(max_length=64, blank=True, help_text="Of all that was read.")
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
            models.Index(fields=["practice", "upc"], name="listing_by_upc"),
            models.Index(fields=["practice", "gtin"], name="listing_by_gtin"),
            models.Index(fields=["practice", "family"], name="listing_by_family"),
            models.Index(fields=["practice", "block"], name="listing_by_block"),
            models.Index(
                fields=["practice", "name_key", "id"],
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

    @property
    def panel(self) -> FactsPanel:
        return FactsPanel.of(self.facts)

    @property
    def month_price(self) -> Decimal | None:
        """Of 30 days, as `daily_price` is of one."""
        return None if self.daily_price is None else self.daily_price * 30

    def price_for(self, count: int) -> Decimal | None:
        return None if self.retail_price is None else self.retail_price * count
