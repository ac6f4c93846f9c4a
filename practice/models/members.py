"""Practices and the people who work in them."""

from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower

from practice.models.base import TenantForeignKey, TenantModel, TenantQuerySet
from practice.roles import Role, may

# First words of addresses that are not a practice's.
RESERVED_SLUGS = {
    "account",
    "admin",
    "connect",
    "health",
    "hooks",
    "join",
    "media",
    "session",
    "start",
    "static",
    "support",
}
IDLE_MINUTES = [(minutes, f"{minutes} minutes") for minutes in (5, 10, 15, 20, 30, 60)]


def validate_slug(slug):
    if slug in RESERVED_SLUGS:
        raise ValidationError("This address is taken. Choose another.")


def validate_time_zone(name):
    if name not in available_timezones():
        raise ValidationError("Choose a time zone from the list, for example America/New_York.")


class Practice(models.Model):
    """A tenant: one organisation of clinicians."""

    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=60, unique=True, validators=[validate_slug])
    time_zone = models.CharField(
        max_length=60, default="America/New_York", validators=[validate_time_zone]
    )
    prices_on_documents = models.BooleanField(
        default=False, help_text="Show retail prices on what patients are given."
    )
    order_links_on_documents = models.BooleanField(
        default=True, help_text="Show where the dispensaries take the order, on the sheet."
    )
    requires_second_factor = models.BooleanField(
        default=False, help_text="Members without a second step can reach nothing but its set-up."
    )
    idle_minutes = models.PositiveSmallIntegerField(
        "minutes without activity until the session ends", choices=IDLE_MINUTES, default=15
    )
    restricts_patients = models.BooleanField(
        default=False, help_text="Practitioners see their own patients only."
    )
    assistants_see_wholesale = models.BooleanField(
        default=False, help_text="Assistants see wholesale prices."
    )
    suspended_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


class MembershipQuerySet(TenantQuerySet):
    def active(self):
        return self.filter(deactivated_at__isnull=True, practice__suspended_at__isnull=True)

    def ever_of_user(self, user_id):
        """All places of one person by practice, also those that ended or are suspended: see
        `Membership.is_open`."""
        own = self.filter(user_id=user_id)
        return own.select_related("practice").order_by("practice__name", "id")

    def clinicians(self):
        return self.active().filter(is_clinician=True).order_by("name")


class Membership(TenantModel):
    """One person's place in one practice."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="memberships"
    )
    role = models.CharField(max_length=20, choices=Role.choices)
    name = models.CharField(max_length=120, help_text="As patients read it, with title.")
    is_clinician = models.BooleanField(default=False)
    deactivated_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["practice", "user"], name="one_membership_a_practice"),
            models.CheckConstraint(
                condition=~models.Q(role=Role.PRACTITIONER) | models.Q(is_clinician=True),
                name="practitioners_are_clinicians",
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def is_active(self) -> bool:
        return self.deactivated_at is None

    @property
    def is_open(self) -> bool:
        """Whether this person gets in: active, and the practice not suspended."""
        return self.is_active and self.practice.suspended_at is None

    def may(self, action: str) -> bool:
        """Whether this person may do `action`, a key of the roles table."""
        return may(self, action)


class InvitationQuerySet(TenantQuerySet):
    def open(self):
        """Neither accepted nor revoked; it may have expired."""
        return self.filter(accepted_at__isnull=True, revoked_at__isnull=True)


class Invitation(TenantModel):
    """Somebody asked by e-mail to join a practice. The link's secret is kept as its hash."""

    email = models.EmailField()
    name = models.CharField(max_length=120, help_text="As patients read it, with title.")
    role = models.CharField(max_length=20, choices=Role.choices)
    is_clinician = models.BooleanField(default=False)
    token_hash = models.CharField(max_length=64, editable=False)
    invited_by = TenantForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = TenantForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                "practice",
                Lower("email"),
                condition=models.Q(accepted_at__isnull=True, revoked_at__isnull=True),
                name="one_open_invitation_an_email",
            ),
            models.CheckConstraint(
                condition=~models.Q(role=Role.PRACTITIONER) | models.Q(is_clinician=True),
                name="invited_practitioners_are_clinicians",
            ),
        ]
        indexes = [models.Index(fields=["practice", "token_hash"], name="invitation_by_token")]

    def __str__(self):
        return f"{self.email} as {self.role}"


class CoverQuerySet(TenantQuerySet):
    def on(self, day):
        """Those that hold on `day`, the practice's own."""
        return self.filter(first_date__lte=day, last_date__gte=day, ended_at__isnull=True)


class Cover(TenantModel):
    """One clinician stands in for another from one day to another, both included."""

    absent = TenantForeignKey(Membership, on_delete=models.PROTECT, related_name="covered_by")
    by = TenantForeignKey(Membership, on_delete=models.PROTECT, related_name="covers")
    first_date = models.DateField()
    last_date = models.DateField()
    arranged_by = models.CharField(max_length=120)
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = CoverQuerySet.as_manager()

    class Meta:
        ordering = ["first_date", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(last_date__gte=models.F("first_date")),
                name="cover_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=~models.Q(absent=models.F("by")), name="nobody_covers_for_themselves"
            ),
        ]
        indexes = [models.Index(fields=["practice", "by", "last_date"], name="cover_by_person")]

    def __str__(self):
        return f"{self.by_id} for {self.absent_id}"

    def end(self, now):
        self.ended_at = now
        self.save(update_fields=["ended_at"])


class SupportViewQuerySet(TenantQuerySet):
    def running(self, now):
        """Neither stopped nor over, as somebody who still has the place in the practice."""
        return self.filter(
            ended_at__isnull=True,
            expires_at__gt=now,
            membership__deactivated_at__isnull=True,
            membership__user__is_active=True,
            practice__suspended_at__isnull=True,
        )

    def since(self, moment):
        return self.filter(begun_at__gte=moment)


class SupportView(TenantModel):
    """A time in which the operator's staff saw a practice as one of its members does."""

    membership = TenantForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    staff = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300)
    begun_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    owners_told_at = models.DateTimeField(null=True, blank=True)

    objects = SupportViewQuerySet.as_manager()

    class Meta:
        ordering = ["-begun_at", "-id"]
        indexes = [
            models.Index(fields=["practice", "-begun_at"], name="support_view_by_time"),
            models.Index(
                fields=["staff"],
                condition=models.Q(ended_at__isnull=True),
                name="support_view_running",
            ),
            models.Index(
                fields=["begun_at"],
                condition=models.Q(owners_told_at__isnull=True),
                name="support_view_to_tell",
            ),
        ]

    def __str__(self):
        return f"{self.staff_id} as {self.membership_id}"

    @property
    def over_at(self):
        """When it was stopped, or when it ends by itself."""
        return self.ended_at or self.expires_at

    @property
    def staff_name(self) -> str:
        return self.staff.get_full_name() or self.staff.email
