"""Plans and what is on them."""

import secrets
from collections.abc import Sequence

from django.db import models
from django.db.models import Q

from catalog.models import Listing
from practice.models import (
    Membership,
    Patient,
    TenantForeignKey,
    TenantModel,
)
from practice.vendors.contract import Slot

SLOTS = [
    (Slot.WAKING.value, "On waking"),
    (Slot.BREAKFAST.value, "Breakfast"),
    (Slot.MID_MORNING.value, "Mid-morning"),
    (Slot.MIDDAY.value, "Midday"),
    (Slot.AFTERNOON.value, "Afternoon"),
    (Slot.EVENING.value, "Evening"),
    (Slot.BEDTIME.value, "Bedtime"),
    (Slot.AS_NEEDED.value, "As needed"),
]


# Nothing that is taken for something else when it is read out or written down.
LEGIBLE = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
# As long as every reference is: a draft's texts are measured with it.
SAMPLE_REFERENCE = "0000-000"


class Plan(TenantModel):
    """What one clinician recommends to one patient."""

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        SIGNED = "signed", "Signed"
        STOPPED = "stopped", "Stopped"

    patient = TenantForeignKey(Patient, on_delete=models.PROTECT, related_name="plans")
    clinician = TenantForeignKey(Membership, on_delete=models.PROTECT, related_name="plans")
    state = models.CharField(max_length=20, choices=State.choices, default=State.DRAFT)
    message = models.CharField(
        "message to the patient", max_length=500, blank=True, help_text="The patient reads this."
    )
    notify_patient = models.BooleanField(
        default=True, help_text="Let the dispensaries e-mail the patient their order links."
    )
    reference = models.CharField(
        max_length=8,
        blank=True,
        editable=False,
        help_text="Made when it is signed. Stands on the regimen sheet and in texts at vendors.",
    )
    revision = models.PositiveIntegerField(
        default=0, help_text="Counts every change of the draft, so that two editors notice."
    )
    alerts = models.JSONField(
        default=list,
        editable=False,
        help_text="What the clinician was warned of and signed all the same: "
        "[{key, title, evidence, reason}].",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    signed_at = models.DateTimeField(null=True, blank=True)
    signed_by = TenantForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["-updated_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "reference"],
                condition=~Q(reference=""),
                name="one_plan_a_reference",
            )
        ]
        indexes = [
            models.Index(fields=["practice", "patient", "-updated_at"], name="plan_by_patient"),
            models.Index(fields=["practice", "state", "-updated_at"], name="plan_by_state"),
        ]

    def __str__(self):
        return f"Plan {self.pk}"

    @property
    def is_draft(self) -> bool:
        return self.state == self.State.DRAFT

    def touch(self):
        """Counts a change of the draft."""
        self.revision = models.F("revision") + 1
        self.save(update_fields=["revision", "updated_at"])
        self.refresh_from_db(fields=["revision"])

    def sign(self, by: Membership, now, alerts: Sequence[dict] = ()):
        self.state = self.State.SIGNED
        self.signed_by = by
        self.signed_at = now
        self.alerts = list(alerts)
        self.reference = self.reference or self._new_reference()
        fields = ("state", "signed_by", "signed_at", "alerts", "reference", "updated_at")
        self.save(update_fields=fields)

    def _new_reference(self) -> str:
        while True:
            letters = "".join(secrets.choice(LEGIBLE) for _ in range(7))
            found = f"{letters[:4]}-{letters[4:]}"
            if not Plan.objects.filter(practice_id=self.practice_id, reference=found).exists():
                return found


class Pack(TenantModel):
    """A MedPax: pills packed together by time of day, ordered as one item."""

    plan = TenantForeignKey(Plan, on_delete=models.CASCADE, related_name="packs")
    listing_vendor = models.CharField(max_length=30)
    sku = models.CharField("pack product", max_length=120)
    name = models.CharField(max_length=60)
    position = models.PositiveIntegerField(default=0)
    units = models.PositiveIntegerField("packs to buy", default=1)
    duration_days = models.PositiveIntegerField(null=True, blank=True)
    notes = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["position", "id"]
        indexes = [models.Index(fields=["practice", "plan", "position"], name="pack_by_plan")]

    def __str__(self):
        return self.name


class PackPill(TenantModel):
    """`quantity` pills of one product in each packet of one time of day."""

    pack = TenantForeignKey(Pack, on_delete=models.CASCADE, related_name="pills")
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="+")
    slot = models.CharField(max_length=20, choices=SLOTS)
    quantity = models.PositiveIntegerField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "pack", "listing", "slot"], name="one_pill_a_slot"
            ),
            models.CheckConstraint(
                condition=Q(quantity__gte=1, quantity__lte=6), name="one_to_six_pills"
            ),
        ]
        indexes = [models.Index(fields=["practice", "listing"], name="pill_by_listing")]

    def __str__(self):
        return f"{self.quantity} of {self.listing_id} at {self.slot}"


class PlanItem(TenantModel):
    """One product on a plan, from the vendor whose listing it is."""

    plan = TenantForeignKey(Plan, on_delete=models.CASCADE, related_name="items")
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveIntegerField(default=0)
    units = models.PositiveIntegerField("bottles to buy", default=1)
    duration_days = models.PositiveIntegerField(null=True, blank=True, help_text="Empty: ongoing.")
    as_needed = models.BooleanField(default=False)
    sig = models.CharField(
        "directions in words",
        max_length=300,
        blank=True,
        help_text="Used word for word when no times are set.",
    )
    notes = models.CharField("note to the patient", max_length=500, blank=True)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "plan", "listing"], name="one_item_a_listing"
            ),
            models.CheckConstraint(condition=Q(units__gte=1, units__lte=99), name="units_1_to_99"),
        ]
        indexes = [
            models.Index(fields=["practice", "plan", "position"], name="item_by_plan"),
            models.Index(fields=["practice", "listing"], name="item_by_listing"),
        ]

    def __str__(self):
        return f"Item {self.pk}"


class Dose(TenantModel):
    """`quantity` units of an item at one time of every day."""

    item = TenantForeignKey(PlanItem, on_delete=models.CASCADE, related_name="doses")
    slot = models.CharField(max_length=20, choices=SLOTS)
    quantity = models.DecimalField(max_digits=5, decimal_places=2)
    with_food = models.BooleanField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["practice", "item", "slot"], name="one_dose_a_slot"),
            models.CheckConstraint(
                condition=Q(quantity__gt=0, quantity__lte=99), name="dose_above_0"
            ),
        ]

    def __str__(self):
        return f"{self.quantity} at {self.slot}"
